// SPDX-License-Identifier: GPL-2.0-only
/*
 * Totals and rates of topics and subscribers
 *
 * A report compares two samples of the broker's counters. A topic or subscriber
 * that is missing from the first sample started at 0 after it.
 */
#include "stats.h"

#include "policy.h"
#include "streams.h"
#include "subscriber_print.h"
#include "text.h"
#include "topic_print.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Counters of a topic, with its id, or of a subscriber, with its port id. */
struct count {
	uint32_t id;
	uint64_t messages;
	uint64_t bytes;
};

struct look {
	double time;	   /* seconds of CLOCK_MONOTONIC */
	void *topics;	   /* tsearch(3) tree of struct count */
	void *subscribers; /* tsearch(3) tree of struct count */
};

struct stats {
	struct bus *bus;
	const struct topic_options *options;
	struct output *output;
	bool reports; /* false for the first sample */
	struct look earlier;
	struct look now;
};

static double seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int compare_ids(const void *a, const void *b)
{
	const struct count *x = a;
	const struct count *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static void forget(struct look *look)
{
	tdestroy(look->topics, free);
	tdestroy(look->subscribers, free);
}

/* Returns 0 or -ENOMEM. */
static int remember(void **tree, const struct count *count)
{
	struct count *copy = malloc(sizeof(*copy));
	struct count **found;

	if (!copy)
		return -ENOMEM;
	*copy = *count;
	found = tsearch(copy, tree, compare_ids);
	if (!found || *found != copy)
		free(copy);
	return found ? 0 : -ENOMEM;
}

/*
 * Returns the growth since the earlier sample. If the count has decreased, the
 * port id belongs to another subscriber now.
 */
static struct count growth(void *earlier, const struct count *now)
{
	struct count **found = tfind(now, &earlier, compare_ids);
	struct count growth = *now;

	if (found && (*found)->messages <= now->messages) {
		growth.messages -= (*found)->messages;
		growth.bytes -= (*found)->bytes;
	}
	return growth;
}

static double seconds(const struct stats *stats)
{
	return stats->now.time - stats->earlier.time;
}

static double rate(const struct stats *stats, uint64_t count)
{
	return (double)count / seconds(stats);
}

static void add_real(json_t *object, const char *name, double value)
{
	json_object_set_new(object, name, json_real(value));
}

static int print_topic_json(const struct stats *stats,
			    const struct bus_topic *topic,
			    const struct count *growth)
{
	json_t *object = topic_json(topic);

	add_real(object, "seconds", seconds(stats));
	add_real(object, "messages_per_s", rate(stats, growth->messages));
	add_real(object, "bytes_per_s", rate(stats, growth->bytes));
	return output_json(stats->output, object);
}

static int print_topic(const struct stats *stats, const struct bus_topic *topic,
		       const struct count *growth)
{
	if (stats->options->json)
		return print_topic_json(stats, topic, growth);
	fprintf(stats->output->file,
		"%-10.1f %-12.1f %-12" PRIu64 " %-12" PRIu64 " %-5" PRIu32
		" %-6s %-6" PRIu32 " ",
		rate(stats, growth->messages), rate(stats, growth->bytes),
		topic->seq, topic->bytes, topic->subscribers,
		topic->listeners ? "yes" : "no", topic->kept);
	text_print_topic(stats->output->file, topic->name);
	return output_end_line(stats->output);
}

static int look_at_topic(const struct bus_topic *topic, void *data)
{
	const struct count count = { .id = topic->id,
				     .messages = topic->seq,
				     .bytes = topic->bytes };
	struct stats *stats = data;
	struct count grown;
	int err;

	err = remember(&stats->now.topics, &count);
	if (err || !stats->reports)
		return err;
	grown = growth(stats->earlier.topics, &count);
	return print_topic(stats, topic, &grown);
}

static int print_subscriber_json(const struct stats *stats,
				 const struct bus_subscriber *subscriber,
				 const struct count *growth)
{
	json_t *object = subscriber_json(subscriber);

	add_real(object, "seconds", seconds(stats));
	add_real(object, "delivered_per_s", rate(stats, growth->messages));
	return output_json(stats->output, object);
}

static int print_subscriber(const struct stats *stats,
			    const struct bus_subscriber *subscriber,
			    const struct count *growth)
{
	const char *program = subscriber->program;
	char backlog[SUBSCRIBER_BACKLOG_SIZE];

	if (stats->options->json)
		return print_subscriber_json(stats, subscriber, growth);
	fprintf(stats->output->file,
		"%-11.1f %-10" PRIu64 " %-12s %-6s %-11s %-8" PRIu32 " ",
		rate(stats, growth->messages), subscriber->stats->lost,
		subscriber_backlog(backlog, subscriber),
		subscriber_state(subscriber),
		policy_name(subscriber->limits->overflow), subscriber->pid);
	text_print_escaped(stats->output->file, program, strlen(program));
	return output_end_line(stats->output);
}

static int look_at_subscriber(const struct bus_subscriber *subscriber,
			      void *data)
{
	const struct count count = { .id = subscriber->portid,
				     .messages =
					     subscriber_delivered(subscriber) };
	struct stats *stats = data;
	struct count grown;
	int err;

	err = remember(&stats->now.subscribers, &count);
	if (err || !stats->reports)
		return err;
	grown = growth(stats->earlier.subscribers, &count);
	return print_subscriber(stats, subscriber, &grown);
}

static int print_topics_header(const struct stats *stats)
{
	if (!stats->reports || stats->options->json)
		return 0;
	fprintf(stats->output->file,
		"%-10s %-12s %-12s %-12s %-5s %-6s %-6s %s", "MESSAGES/S",
		"BYTES/S", "MESSAGES", "BYTES", "SUBS", "LISTEN", "KEPT",
		"TOPIC");
	return output_end_line(stats->output);
}

static int print_subscribers_header(const struct stats *stats)
{
	if (!stats->reports || stats->options->json)
		return 0;
	fprintf(stats->output->file, "\n%-11s %-10s %-12s %-6s %-11s %-8s %s",
		"DELIVERED/S", "LOST", "BACKLOG", "STATE", "POLICY", "PID",
		"PROGRAM");
	return output_end_line(stats->output);
}

/* Takes a sample, and reports unless it is the first one. */
static int look(struct stats *stats)
{
	const char *topic = stats->options->topic;
	int err;

	forget(&stats->earlier);
	stats->earlier = stats->now;
	stats->now = (struct look){ .time = seconds_now() };
	err = print_topics_header(stats);
	if (!err && topic)
		err = bus_topic_get(stats->bus, topic, look_at_topic, stats);
	else if (!err)
		err = bus_topic_list(stats->bus, look_at_topic, stats);
	if (!err)
		err = print_subscribers_header(stats);
	return err ? err :
		     bus_subscriber_list(stats->bus, topic, look_at_subscriber,
					 stats);
}

/* Returns 0, or a negative errno such as -ECANCELED if output has no reader. */
static int wait_until(double time)
{
	double left;
	int err;

	do {
		left = time - seconds_now();
		err = streams_wait(-1, left > 0 ? left : 0);
	} while (!err && left > 0);
	return err;
}

static int report_repeatedly(struct stats *stats)
{
	const struct topic_options *options = stats->options;
	double next = seconds_now();
	uint64_t i;
	int err;

	err = look(stats);
	stats->reports = true;
	for (i = 0; !err && (!options->count || i < options->count); i++) {
		next += options->interval;
		err = wait_until(next);
		if (!err && i && !options->json)
			err = output_end_line(stats->output);
		if (!err)
			err = look(stats);
	}
	return err;
}

/* Prints the requested number of reports. Returns 0, or a negative errno. */
int stats_run(struct bus *bus, const struct topic_options *options,
	      struct output *output)
{
	struct stats stats = {
		.bus = bus,
		.options = options,
		.output = output,
	};
	int err;

	err = report_repeatedly(&stats);
	forget(&stats.earlier);
	forget(&stats.now);
	return err;
}
