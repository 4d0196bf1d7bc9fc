// SPDX-License-Identifier: GPL-2.0-only
/*
 * bus-pub: publish
 */
#include "event.h"
#include "options.h"
#include "streams.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct publisher {
	struct bus *bus;
	const struct pub_options *options;
	bool waited; /* something was published: the interval is due */
};

static bool fail(const char *what, const char *why)
{
	fprintf(stderr, "bus-pub: %s: %s\n", what, why);
	return false;
}

static void wait_interval(struct publisher *publisher)
{
	double seconds = publisher->options->interval;
	struct timespec left = {
		.tv_sec = (time_t)seconds,
		.tv_nsec = (long)((seconds - floor(seconds)) * 1e9),
	};

	if (publisher->waited)
		while (nanosleep(&left, &left) && errno == EINTR)
			;
	publisher->waited = true;
}

/* If it cannot be written, the reason is told at exit. */
static bool print_result(const struct bus_result *result)
{
	printf("seq %" PRIu64 " live %" PRIu32 " queued %" PRIu32
	       " dropped %" PRIu32 "\n",
	       result->seq, result->live, result->queued, result->dropped);
	return fflush(stdout) == 0;
}

/* Publishes @event, or bytes if that is NULL. */
static bool publish_one(struct publisher *publisher,
			const Kbus__V1__Event *event, const void *payload,
			size_t size)
{
	const struct pub_options *options = publisher->options;
	struct bus_result result;
	const struct bus_publish_options how = {
		.key = options->key,
		.key_size = options->key ? strlen(options->key) : 0,
		.wait_ms = options->wait_ms,
		.result = options->verbose ? &result : NULL,
	};
	int err;

	wait_interval(publisher);
	/* Who was stopped while waiting for room, and goes on, waits anew. */
	do {
		if (event)
			err = bus_publish_message(publisher->bus,
						  options->topic, &event->base,
						  &how);
		else
			err = bus_publish(publisher->bus, options->topic,
					  payload, size, &how);
	} while (err == -EINTR);
	if (err)
		return fail(options->topic, bus_strerror(publisher->bus, err));
	return !options->verbose || print_result(&result);
}

static bool publish_event(struct publisher *publisher,
			  const Kbus__V1__Event *event)
{
	return publish_one(publisher, event, NULL, 0);
}

static bool publish_repeatedly(struct publisher *publisher,
			       const Kbus__V1__Event *event)
{
	uint64_t i;

	for (i = 0; i < publisher->options->repeat; i++)
		if (!publish_event(publisher, event))
			return false;
	return true;
}

static Kbus__V1__Event *new_event(const char *text, size_t len)
{
	Kbus__V1__Event *event = event_new();

	if (event && text && !event_set_text(event, text, len)) {
		event_free(event);
		event = NULL;
	}
	if (!event)
		fail("event", "memory is short");
	return event;
}

static bool publish_fields(struct publisher *publisher)
{
	const struct pub_options *options = publisher->options;
	const char *text = options->message;
	Kbus__V1__Event *event = new_event(text, text ? strlen(text) : 0);
	const char *fault;
	bool ok = event;
	int i;

	for (i = 0; ok && i < options->field_count; i++)
		if (!event_add_argument(event, options->fields[i], &fault))
			ok = fail(options->fields[i], fault);
	if (ok)
		ok = publish_repeatedly(publisher, event);
	event_free(event);
	return ok;
}

static bool publish_line(struct publisher *publisher, const char *line,
			 size_t len)
{
	Kbus__V1__Event *event = new_event(line, len);
	bool ok = event && publish_event(publisher, event);

	event_free(event);
	return ok;
}

static bool publish_object(struct publisher *publisher, const char *line,
			   size_t len)
{
	const char *text = publisher->options->message;
	Kbus__V1__Event *event = NULL;
	json_error_t error = { .text = "" };
	const char *fault = error.text;
	json_t *object;
	bool ok = false;

	object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	if (object)
		event = new_event(text, text ? strlen(text) : 0);
	if (event && event_add_json(event, object, &fault))
		ok = publish_repeatedly(publisher, event);
	else
		fail("JSON", fault);
	event_free(event);
	json_decref(object);
	return ok;
}

static bool publish_input(struct publisher *publisher,
			  bool (*publish)(struct publisher *publisher,
					  const char *line, size_t len))
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	bool ok = true;

	while (ok && (len = getline(&line, &size, stdin)) >= 0) {
		if (len && line[len - 1] == '\n')
			len--;
		ok = publish(publisher, line, len);
	}
	free(line);
	if (ok && ferror(stdin))
		return fail("standard input", strerror(errno));
	return ok;
}

static bool publish_file(struct publisher *publisher)
{
	const struct pub_options *options = publisher->options;
	static char buffer[BUS_PAYLOAD_MAX + 1];
	FILE *file = stdin;
	size_t size;
	uint64_t i;
	int err;

	if (strcmp(options->file, "-") != 0)
		file = fopen(options->file, "re");
	if (!file)
		return fail(options->file, strerror(errno));
	size = fread(buffer, 1, sizeof(buffer), file);
	err = ferror(file) ? errno : 0;
	if (file != stdin)
		fclose(file);
	if (err)
		return fail(options->file, strerror(err));

	for (i = 0; i < options->repeat; i++)
		if (!publish_one(publisher, NULL, buffer, size))
			return false;
	return true;
}

static bool publish(struct publisher *publisher)
{
	const char *json = publisher->options->json;

	switch (publisher->options->source) {
	case PUB_LINES:
		return publish_input(publisher, publish_line);
	case PUB_JSON:
		if (json)
			return publish_object(publisher, json, strlen(json));
		return publish_input(publisher, publish_object);
	case PUB_FILE:
		return publish_file(publisher);
	case PUB_FIELDS:
		break;
	}
	return publish_fields(publisher);
}

int main(int argc, char **argv)
{
	struct publisher publisher = { 0 };
	struct pub_options options;
	enum parsed parsed;
	bool ok;
	int err;

	streams_open("bus-pub");
	parsed = pub_options_parse(&options, argc, argv);
	if (parsed != PARSED_RUN)
		return parsed == PARSED_DONE ? EXIT_SUCCESS : EXIT_FAILURE;
	publisher.options = &options;

	err = bus_open(&publisher.bus);
	if (err) {
		fail("cannot open the bus", bus_strerror(NULL, err));
		return EXIT_FAILURE;
	}
	ok = publish(&publisher);
	bus_close(publisher.bus);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
