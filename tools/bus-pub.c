// SPDX-License-Identifier: GPL-2.0-only
/*
 * bus-pub: publish messages
 */
#include "json_line.h"
#include "line.h"
#include "tool_options.h"
#include "pub_message.h"
#include "streams.h"
#include "text.h"

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
	uint64_t line; /* number of the line of standard input, from 1; or 0 */
	bool waited;   /* a message was published: wait before the next one */
};

/* Result of publishing a message. */
enum outcome {
	PUBLISHED,
	BAD_LINE, /* other lines may still succeed */
	FAILED,
};

static bool fail(const char *what, const char *why)
{
	fprintf(stderr, "bus-pub: %s: %s\n", what, why);
	return false;
}

/* @why is escaped because it may contain text from the JSON input. */
static enum outcome fail_line(const struct publisher *publisher,
			      const char *what, const char *why)
{
	fputs("bus-pub: ", stderr);
	if (publisher->line)
		fprintf(stderr, "line %" PRIu64 ": ", publisher->line);
	fprintf(stderr, "%s: ", what);
	text_print_escaped(stderr, why, strlen(why));
	fputc('\n', stderr);
	return BAD_LINE;
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

/* If this fails, the reason is reported at exit. */
static bool print_result(const struct bus_result *result)
{
	printf("seq %" PRIu64 " live %" PRIu32 " queued %" PRIu32
	       " dropped %" PRIu32 "\n",
	       result->seq, result->live, result->queued, result->dropped);
	return fflush(stdout) == 0;
}

static int send_message(struct publisher *publisher,
			const struct pub_message *message,
			const struct bus_publish_options *how)
{
	const char *topic = publisher->options->topic;

	if (message->event)
		return bus_publish_message(publisher->bus, topic,
					   &message->event->base, how);
	return bus_publish(publisher->bus, topic, message->bytes, message->size,
			   how);
}

#define REASON_SIZE 400

static int explain_type(const struct bus_topic *topic, void *data)
{
	char *reason = data;

	if (topic->kernel)
		snprintf(reason, REASON_SIZE,
			 "this topic takes messages from %s only",
			 topic->name[0] == '$' ? "the broker" :
						 "kernel modules");
	else
		snprintf(
			reason, REASON_SIZE,
			"this topic carries payloads of the type %s, not events: publish the bytes of such a payload with --file",
			topic->type);
	return 0;
}

/* After a message that is too large or has no room, the next may succeed. */
static enum outcome fail_publishing(struct publisher *publisher, int err)
{
	const char *topic = publisher->options->topic;
	const char *why = bus_strerror(publisher->bus, err);
	char reason[REASON_SIZE];

	if (err == -EPROTOTYPE &&
	    !bus_topic_get(publisher->bus, topic, explain_type, reason))
		why = reason;
	fail_line(publisher, topic, why);
	return err == -EMSGSIZE || err == -EAGAIN ? BAD_LINE : FAILED;
}

static enum outcome publish_one(struct publisher *publisher,
				const struct pub_message *message)
{
	const struct pub_options *options = publisher->options;
	struct bus_result result = { .size = sizeof(result) };
	struct bus_publish_options how = {
		.size = sizeof(how),
		.key = message->key,
		.key_size = message->key_size,
		.wait_ms = options->wait_ms,
		.result = options->verbose ? &result : NULL,
	};
	int err;

	if (options->key) {
		how.key = options->key;
		how.key_size = strlen(options->key);
	}
	wait_interval(publisher);
	/* SIGSTOP and SIGCONT interrupt the wait for room: start it again. */
	do
		err = send_message(publisher, message, &how);
	while (err == -EINTR);
	if (err)
		return fail_publishing(publisher, err);
	if (options->verbose && !print_result(&result))
		return FAILED;
	return PUBLISHED;
}

static enum outcome publish_repeatedly(struct publisher *publisher,
				       const struct pub_message *message)
{
	enum outcome outcome = PUBLISHED;
	uint64_t i;

	for (i = 0; !outcome && i < publisher->options->repeat; i++)
		outcome = publish_one(publisher, message);
	return outcome;
}

static bool publish_fields(struct publisher *publisher)
{
	const struct pub_options *options = publisher->options;
	const char *text = options->message;
	struct pub_message message;
	const char *fault;
	bool ok;
	int i;

	if (!pub_message_of_text(&message, text, text ? strlen(text) : 0))
		return fail("event", "out of memory");
	ok = true;
	for (i = 0; ok && i < options->field_count; i++)
		if (!event_add_argument(message.event, options->fields[i],
					&fault))
			ok = fail(options->fields[i], fault);
	if (ok)
		ok = publish_repeatedly(publisher, &message) == PUBLISHED;
	pub_message_free(&message);
	return ok;
}

static enum outcome publish_line(struct publisher *publisher, const char *line,
				 size_t len)
{
	struct pub_message message;
	enum outcome outcome;

	if (!pub_message_of_text(&message, line, len))
		return fail_line(publisher, "event", "out of memory");
	outcome = publish_one(publisher, &message);
	pub_message_free(&message);
	return outcome;
}

static enum outcome publish_object(struct publisher *publisher,
				   const json_t *object)
{
	const char *text = publisher->options->message;
	struct pub_message message;
	enum outcome outcome;
	const char *fault;

	if (!pub_message_of_text(&message, text, text ? strlen(text) : 0))
		return fail_line(publisher, "event", "out of memory");
	if (pub_message_of_json(&message, object, &fault))
		outcome = publish_repeatedly(publisher, &message);
	else
		outcome = fail_line(publisher, "JSON", fault);
	pub_message_free(&message);
	return outcome;
}

static enum outcome publish_json(struct publisher *publisher, const char *line,
				 size_t len)
{
	json_error_t error = { .text = "out of memory" };
	enum outcome outcome;
	json_t *object = NULL;
	char *clean;

	clean = text_clean(line, len, BUS_PAYLOAD_MAX, &len);
	if (publisher->line && clean && strspn(clean, " \t\r") == len) {
		free(clean);
		return PUBLISHED;
	}
	if (clean)
		object = json_line_read(clean, len, &error);
	if (object)
		outcome = publish_object(publisher, object);
	else
		outcome = fail_line(publisher, "JSON", error.text);
	json_decref(object);
	free(clean);
	return outcome;
}

typedef enum outcome (*publish_fn)(struct publisher *publisher,
				   const char *line, size_t len);

static bool publish_input(struct publisher *publisher, publish_fn publish)
{
	bool keep_going = publisher->options->keep_going;
	enum outcome outcome = PUBLISHED;
	struct line line = { 0 };
	bool ok = true;
	int err = 1;

	while (outcome == PUBLISHED || (outcome == BAD_LINE && keep_going)) {
		err = line_read(&line, stdin);
		if (err <= 0)
			break;
		publisher->line = line.number;
		if (line.too_long)
			outcome = fail_line(publisher, "too long",
					    "a line is up to 1 MiB");
		else
			outcome = publish(publisher, line.text, line.len);
		ok = ok && outcome == PUBLISHED;
	}
	line_free(&line);
	if (err < 0)
		return fail("standard input", strerror(-err));
	return ok;
}

static bool publish_file(struct publisher *publisher)
{
	const struct pub_options *options = publisher->options;
	static char buffer[BUS_PAYLOAD_MAX + 1];
	struct pub_message message = { .bytes = buffer };
	FILE *file = stdin;
	int err;

	if (strcmp(options->file, "-") != 0)
		file = fopen(options->file, "re");
	if (!file)
		return fail(options->file, strerror(errno));
	message.size = fread(buffer, 1, sizeof(buffer), file);
	err = ferror(file) ? errno : 0;
	if (file != stdin)
		fclose(file);
	if (err)
		return fail(options->file, strerror(err));
	return publish_repeatedly(publisher, &message) == PUBLISHED;
}

static bool publish(struct publisher *publisher)
{
	const char *json = publisher->options->json;

	switch (publisher->options->source) {
	case PUB_LINES:
		return publish_input(publisher, publish_line);
	case PUB_JSON:
		if (json)
			return publish_json(publisher, json, strlen(json)) ==
			       PUBLISHED;
		return publish_input(publisher, publish_json);
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
