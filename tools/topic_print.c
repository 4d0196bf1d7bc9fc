// SPDX-License-Identifier: GPL-2.0-only
/*
 * Output of topics: as table rows, in full, and as JSON
 */
#include "topic_print.h"

#include "access.h"
#include "text.h"

#include <inttypes.h>

int topic_print_header(struct output *output)
{
	fprintf(output->file,
		"%-6s %-6s %-8s %-4s %-12s %-12s %-5s %-6s %-9s %s", "ID",
		"GROUP", "OWNER", "MODE", "MESSAGES", "BYTES", "SUBS", "LISTEN",
		"HISTORY", "TOPIC");
	return output_end_line(output);
}

int topic_print_row(const struct bus_topic *topic, void *data)
{
	struct output *output = data;
	char owner[ACCESS_NAME_SIZE];
	char history[32] = "-";

	access_user_name(owner, topic->uid);
	if (topic->history)
		snprintf(history, sizeof(history), "%" PRIu32 "/%" PRIu32,
			 topic->kept, topic->history);
	fprintf(output->file,
		"%-6" PRIu32 " %-6" PRIu32 " %-8s %04" PRIo32 " %-12" PRIu64
		" %-12" PRIu64 " %-5" PRIu32 " %-6s %-9s ",
		topic->id, topic->group, owner, topic->mode, topic->seq,
		topic->bytes, topic->subscribers,
		topic->listeners ? "yes" : "no", history);
	text_print_topic(output->file, topic->name);
	return output_end_line(output);
}

int topic_print_details(const struct bus_topic *topic, void *data)
{
	char user[ACCESS_NAME_SIZE], group[ACCESS_NAME_SIZE];
	struct output *output = data;
	FILE *file = output->file;

	access_user_name(user, topic->uid);
	access_group_name(group, topic->gid);
	fprintf(file, "topic        ");
	text_print_topic(file, topic->name);
	fprintf(file, "\ntype         %s\n",
		topic->type[0] ? topic->type : "(not set)");
	fprintf(file, "id           %" PRIu32 "\n", topic->id);
	fprintf(file, "group        %" PRIu32 "\n", topic->group);
	fprintf(file, "owner        %s:%s\n", user, group);
	fprintf(file, "mode         %04" PRIo32 "\n", topic->mode);
	if (topic->kernel)
		fprintf(file,
			"publishers   %s; deferred: %" PRIu64 ", lost: %" PRIu64
			"\n",
			topic->name[0] == '$' ? "the broker" : "kernel modules",
			topic->deferred, topic->lost);
	fprintf(file, "messages     %" PRIu64 "\n", topic->seq);
	fprintf(file, "bytes        %" PRIu64 "\n", topic->bytes);
	fprintf(file, "subscribers  %" PRIu32 "\n", topic->subscribers);
	fprintf(file, "listeners    %s\n", topic->listeners ? "yes" : "no");
	if (topic->history)
		fprintf(file,
			"history      %" PRIu32 " messages, %" PRIu32
			" bytes; kept: %" PRIu32 ", %" PRIu32 "\n",
			topic->history, topic->history_bytes, topic->kept,
			topic->kept_bytes);
	else
		fprintf(file, "history      none\n");
	fprintf(file, "may block    %s", topic->allow_block ? "yes" : "no");
	return output_end_line(output);
}

json_t *topic_json(const struct bus_topic *topic)
{
	return json_pack(
		"{s:s, s:s, s:I, s:I, s:b, s:I, s:I, s:o, s:I, s:I, s:I, s:b,"
		" s:I, s:I, s:I, s:I, s:b, s:I, s:I}",
		"topic", topic->name, "type", topic->type, "id",
		(json_int_t)topic->id, "group", (json_int_t)topic->group,
		"kernel", topic->kernel, "uid", (json_int_t)topic->uid, "gid",
		(json_int_t)topic->gid, "mode",
		json_sprintf("%04" PRIo32, topic->mode), "messages",
		(json_int_t)topic->seq, "bytes", (json_int_t)topic->bytes,
		"subscribers", (json_int_t)topic->subscribers, "listeners",
		topic->listeners, "history", (json_int_t)topic->history,
		"history_bytes", (json_int_t)topic->history_bytes, "kept",
		(json_int_t)topic->kept, "kept_bytes",
		(json_int_t)topic->kept_bytes, "allow_block",
		topic->allow_block, "deferred", (json_int_t)topic->deferred,
		"lost", (json_int_t)topic->lost);
}

int topic_print_json(const struct bus_topic *topic, void *data)
{
	return output_json(data, topic_json(topic));
}
