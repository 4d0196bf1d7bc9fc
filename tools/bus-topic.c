// SPDX-License-Identifier: GPL-2.0-only
/*
 * bus-topic: manage and inspect topics
 */
#include "tool_options.h"
#include "stats.h"
#include "streams.h"
#include "subscriber_print.h"
#include "topic_print.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int list(struct bus *bus, bool json, struct output *output)
{
	int err = 0;

	if (json)
		return bus_topic_list(bus, topic_print_json, output);
	err = topic_print_header(output);
	return err ? err : bus_topic_list(bus, topic_print_row, output);
}

static int keep_json(const struct bus_topic *topic, void *data)
{
	*(json_t **)data = topic_json(topic);
	return 0;
}

static int add_subscriber(const struct bus_subscriber *subscriber, void *data)
{
	json_array_append_new(data, subscriber_json(subscriber));
	return 0;
}

static int add_pattern(const char *pattern, void *data)
{
	json_array_append_new(data, json_string(pattern));
	return 0;
}

/* Adds its patterns to each subscriber. One that is gone has no patterns. */
static int add_patterns(struct bus *bus, json_t *subscribers)
{
	json_t *subscriber, *patterns;
	uint32_t portid;
	size_t i;
	int err = 0;

	for (i = 0; i < json_array_size(subscribers) && !err; i++) {
		subscriber = json_array_get(subscribers, i);
		portid = (uint32_t)json_integer_value(
			json_object_get(subscriber, "portid"));
		patterns = json_array();
		err = bus_subscriber_patterns(bus, portid, add_pattern,
					      patterns);
		json_object_set_new(subscriber, "patterns", patterns);
		if (err == -ENOTCONN)
			err = 0;
	}
	return err;
}

static int show_json(struct bus *bus, const char *topic, struct output *output)
{
	json_t *subscribers = json_array();
	json_t *object = NULL;
	int err;

	err = bus_topic_get(bus, topic, keep_json, &object);
	if (!err)
		err = bus_subscriber_list(bus, topic, add_subscriber,
					  subscribers);
	if (!err)
		err = add_patterns(bus, subscribers);
	json_object_set_new(object, "subscriber_list", subscribers);
	if (!err)
		return output_json(output, object);
	json_decref(object);
	return err;
}

static int show(struct bus *bus, const char *topic, struct output *output)
{
	struct subscriber_table table = { .output = output };
	int err;

	err = bus_topic_get(bus, topic, topic_print_details, output);
	return err ? err :
		     bus_subscriber_list(bus, topic, subscriber_print_row,
					 &table);
}

static int run(struct bus *bus, const struct topic_options *options,
	       struct output *output)
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
		return list(bus, options->json, output);
	case TOPIC_STATS:
		return stats_run(bus, options, output);
	case TOPIC_SHOW:
		break;
	}
	if (options->json)
		return show_json(bus, options->topic, output);
	return show(bus, options->topic, output);
}

/* Output errors are reported at exit. Returns the exit status. */
static int tell(const struct topic_options *options, const struct bus *bus,
		int err)
{
	if (err && err != -ECANCELED)
		fprintf(stderr, "bus-topic: %s%s%s\n",
			options->topic ? options->topic : "",
			options->topic ? ": " : "", bus_strerror(bus, err));
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct topic_options options;
	struct output output;
	enum parsed parsed;
	struct bus *bus;
	int status;
	int err;

	streams_open("bus-topic");
	output.file = stdout;
	parsed = topic_options_parse(&options, argc, argv);
	if (parsed != PARSED_RUN)
		return parsed == PARSED_DONE ? EXIT_SUCCESS : EXIT_FAILURE;

	err = bus_open(&bus);
	if (!err)
		err = run(bus, &options, &output);
	status = tell(&options, bus, err);
	bus_close(bus);
	return status;
}
