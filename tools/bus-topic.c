// SPDX-License-Identifier: GPL-2.0-only
/*
 * bus-topic: create, change, delete, list and show topics
 */
#include "access.h"
#include "options.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print_row(const struct bus_topic *topic, void *data)
{
	char owner[ACCESS_NAME_SIZE];

	access_user_name(owner, topic->uid);
	printf("%-6" PRIu32 " %-6" PRIu32 " %-8s %04" PRIo32 " %-12" PRIu64
	       " %-5" PRIu32 " %-6s %s\n",
	       topic->id, topic->group, owner, topic->mode, topic->seq,
	       topic->subscribers, topic->listeners ? "yes" : "no",
	       topic->name);
	return 0;
}

static int print_details(const struct bus_topic *topic, void *data)
{
	char user[ACCESS_NAME_SIZE], group[ACCESS_NAME_SIZE];

	access_user_name(user, topic->uid);
	access_group_name(group, topic->gid);
	printf("topic        %s\n", topic->name);
	printf("type         %s\n",
	       topic->type[0] ? topic->type : "(not told)");
	printf("id           %" PRIu32 "\n", topic->id);
	printf("group        %" PRIu32 "\n", topic->group);
	printf("owner        %s:%s\n", user, group);
	printf("mode         %04" PRIo32 "\n", topic->mode);
	if (topic->kernel)
		printf("publishers   kernel modules; deferred: %" PRIu64
		       ", lost: %" PRIu64 "\n",
		       topic->deferred, topic->lost);
	printf("messages     %" PRIu64 "\n", topic->seq);
	printf("bytes        %" PRIu64 "\n", topic->bytes);
	printf("subscribers  %" PRIu32 "\n", topic->subscribers);
	printf("listeners    %s\n", topic->listeners ? "yes" : "no");
	if (topic->history)
		printf("history      %" PRIu32 " messages, %" PRIu32
		       " bytes; kept: %" PRIu32 ", %" PRIu32 "\n",
		       topic->history, topic->history_bytes, topic->kept,
		       topic->kept_bytes);
	else
		printf("history      none\n");
	printf("may block    %s\n", topic->allow_block ? "yes" : "no");
	return 0;
}

static int print_json(const struct bus_topic *topic, void *data)
{
	json_t *object = json_pack(
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

	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
	return 0;
}

static int run(struct bus *bus, const struct topic_options *options)
{
	switch (options->command) {
	case TOPIC_CREATE:
		return bus_topic_create(bus, options->topic, &options->create);
	case TOPIC_CHANGE:
		return bus_topic_change(bus, options->topic,
					&options->create.access);
	case TOPIC_DELETE:
		return bus_topic_delete(bus, options->topic);
	case TOPIC_LIST:
		if (options->json)
			return bus_topic_list(bus, print_json, NULL);
		printf("%-6s %-6s %-8s %-4s %-12s %-5s %-6s %s\n", "ID",
		       "GROUP", "OWNER", "MODE", "MESSAGES", "SUBS", "LISTEN",
		       "TOPIC");
		return bus_topic_list(bus, print_row, NULL);
	case TOPIC_SHOW:
		break;
	}
	return bus_topic_get(bus, options->topic,
			     options->json ? print_json : print_details, NULL);
}

int main(int argc, char **argv)
{
	struct topic_options options;
	enum parsed parsed;
	struct bus *bus;
	int err;

	parsed = topic_options_parse(&options, argc, argv);
	if (parsed != PARSED_RUN)
		return parsed == PARSED_DONE ? EXIT_SUCCESS : EXIT_FAILURE;

	signal(SIGPIPE, SIG_IGN);
	err = bus_open(&bus);
	if (!err)
		err = run(bus, &options);
	if (err)
		fprintf(stderr, "bus-topic: %s%s%s\n",
			options.topic ? options.topic : "",
			options.topic ? ": " : "", bus_strerror(bus, err));
	bus_close(bus);
	if (fflush(stdout) && errno != EPIPE) {
		fprintf(stderr, "bus-topic: cannot write: %s\n",
			strerror(errno));
		return EXIT_FAILURE;
	}
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
