// SPDX-License-Identifier: GPL-2.0-only
/*
 * Output of subscribers: as table rows, and as JSON
 */
#include "subscriber_print.h"

#include "access.h"
#include "policy.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

uint64_t subscriber_delivered(const struct bus_subscriber *subscriber)
{
	return subscriber->stats->live + subscriber->stats->drained;
}

const char *subscriber_state(const struct bus_subscriber *subscriber)
{
	return subscriber->state == BUS_LIVE ? "live" : "queued";
}

/*
 * Formats the messages in the backlog and its limit. @text is a buffer of
 * SUBSCRIBER_BACKLOG_SIZE bytes.
 */
const char *subscriber_backlog(char *text,
			       const struct bus_subscriber *subscriber)
{
	snprintf(text, SUBSCRIBER_BACKLOG_SIZE, "%" PRIu32 "/%" PRIu32,
		 subscriber->stats->backlog_messages,
		 subscriber->limits->messages);
	return text;
}

json_t *subscriber_json(const struct bus_subscriber *subscriber)
{
	const struct bus_backlog *limits = subscriber->limits;
	const struct bus_stats *stats = subscriber->stats;
	const char *program = subscriber->program;
	size_t len = strlen(program);
	char *clean = text_clean(program, len, SIZE_MAX, &len);
	json_t *object;

	object = json_pack(
		"{s:I, s:I, s:I, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I,"
		" s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
		"portid", (json_int_t)subscriber->portid, "pid",
		(json_int_t)subscriber->pid, "uid", (json_int_t)subscriber->uid,
		"program", clean ? clean : "", "state",
		subscriber_state(subscriber), "overflow",
		policy_name(limits->overflow), "backlog",
		(json_int_t)stats->backlog_messages, "backlog_max",
		(json_int_t)limits->messages, "backlog_bytes",
		(json_int_t)stats->backlog_bytes, "backlog_bytes_max",
		(json_int_t)limits->bytes, "coalesce_us",
		(json_int_t)limits->coalesce_us, "subscriptions",
		(json_int_t)subscriber->subscriptions, "delivered",
		(json_int_t)subscriber_delivered(subscriber), "live",
		(json_int_t)stats->live, "drained", (json_int_t)stats->drained,
		"lost", (json_int_t)stats->lost, "reported",
		(json_int_t)stats->reported, "gaps", (json_int_t)stats->gaps,
		"overruns", (json_int_t)stats->overruns);
	free(clean);
	return object;
}

static int print_header(struct output *output)
{
	fprintf(output->file,
		"\n%-8s %-8s %-6s %-12s %-11s %-10s %-10s %-8s %-6s %s", "PID",
		"USER", "STATE", "BACKLOG", "POLICY", "DELIVERED", "DRAINED",
		"LOST", "GAPS", "PROGRAM");
	return output_end_line(output);
}

int subscriber_print_row(const struct bus_subscriber *subscriber, void *data)
{
	const struct bus_stats *stats = subscriber->stats;
	const char *program = subscriber->program;
	struct subscriber_table *table = data;
	FILE *file = table->output->file;
	char backlog[SUBSCRIBER_BACKLOG_SIZE];
	char user[ACCESS_NAME_SIZE];

	if (!table->begun && print_header(table->output))
		return -ECANCELED;
	table->begun = true;
	access_user_name(user, subscriber->uid);
	fprintf(file,
		"%-8" PRIu32 " %-8s %-6s %-12s %-11s %-10" PRIu64 " %-10" PRIu64
		" %-8" PRIu64 " %-6" PRIu64 " ",
		subscriber->pid, user, subscriber_state(subscriber),
		subscriber_backlog(backlog, subscriber),
		policy_name(subscriber->limits->overflow),
		subscriber_delivered(subscriber), stats->drained, stats->lost,
		stats->gaps);
	text_print_escaped(file, program, strlen(program));
	return output_end_line(table->output);
}
