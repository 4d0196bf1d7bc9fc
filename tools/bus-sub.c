// SPDX-License-Identifier: GPL-2.0-only
/*
 * bus-sub: subscribe and print
 */
#include "deadline.h"
#include "format.h"
#include "tool_options.h"
#include "pattern.h"
#include "ready.h"
#include "streams.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EXIT_TIMEOUT 2

/* Messages to print between two checks of the reader and the deadline. */
#define BURST 100

struct subscriber {
	struct bus *bus;
	const struct sub_options *options;
	uint64_t counted; /* messages, for --count */
	bool more; /* messages may remain, whatever the descriptor says */
};

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "bus-sub: %s: %s\n", what, why);
	return EXIT_FAILURE;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int join_topic(struct subscriber *sub, const char *topic)
{
	int err;

	if (sub->options->listen)
		return bus_listen(sub->bus, topic);
	if (sub->options->replay)
		err = bus_subscribe_replay(sub->bus, topic,
					   sub->options->replay);
	else
		err = bus_subscribe(sub->bus, topic);
	/* A pattern that is given twice is a single subscription. */
	return err == -EEXIST ? 0 : err;
}

/**
 * struct search - a search for topics that match a pattern
 * @pattern: the pattern
 * @found: a topic matches
 */
struct search {
	const char *pattern;
	bool found;
};

static int look_for_topic(const struct bus_topic *topic, void *data)
{
	struct search *search = data;

	search->found |= pattern_matches(search->pattern, topic->name);
	return 0;
}

/* The broker's topics always exist, so a missing one is an error. */
static bool find_reserved(struct subscriber *sub, const char *pattern)
{
	struct search search = { .pattern = pattern };
	int err;

	if (!pattern_is_reserved(pattern))
		return true;
	err = bus_topic_list(sub->bus, look_for_topic, &search);
	if (err)
		fail(pattern, bus_strerror(sub->bus, err));
	else if (!search.found)
		fail(pattern,
		     "names that begin with '$' are the broker's, and it has no such topic: see bus-topic list");
	return !err && search.found;
}

static bool join_topics(struct subscriber *sub)
{
	const struct sub_options *options = sub->options;
	const char *topic;
	int err;
	int i;

	err = bus_set_backlog(sub->bus, &options->backlog);
	if (err)
		fail("cannot set the backlog", bus_strerror(sub->bus, err));
	for (i = 0; !err && i < options->topic_count; i++) {
		topic = options->topics[i];
		err = join_topic(sub, topic);
		if (err)
			fail(topic, bus_strerror(sub->bus, err));
		else if (!find_reserved(sub, topic))
			return false;
	}
	return !err;
}

/* Says that every later message will come, if that was asked for. */
static bool say_ready(const struct sub_options *options)
{
	int err = options->ready ? ready_notify(options->ready_fd) : 0;

	if (err)
		fail("cannot say that it is ready", strerror(-err));
	return !err;
}

/* Returns the exit status if the deadline is over. */
static int time_status(const struct subscriber *sub)
{
	return sub->options->count ? EXIT_TIMEOUT : EXIT_SUCCESS;
}

/* Prints a message or gap. Returns -1 to continue, or the exit status. */
static int print(struct subscriber *sub, const struct bus_message *message)
{
	const bool json = sub->options->json;
	FILE *file = message->kind == BUS_GAP && !json ? stderr : stdout;
	bool ok = true;

	if (json)
		ok = format_json(file, message);
	else if (message->kind == BUS_GAP)
		format_gap(file, message);
	else
		format_print(file, sub->options->format, message);
	/* The deadline ends a write. Other errors are reported at exit. */
	if (fflush(file) || ferror(file))
		return deadline_is_over() ? time_status(sub) : EXIT_FAILURE;
	return ok ? -1 : fail("cannot print", strerror(ENOMEM));
}

/* Counts a message or gap. Returns -1 to continue, or the exit status. */
static int count(struct subscriber *sub, const struct bus_message *message)
{
	if (message->kind == BUS_MESSAGE)
		sub->counted++;
	else if (sub->options->count_lost)
		sub->counted += message->count;
	if (!sub->options->count || sub->counted < sub->options->count)
		return -1;
	return EXIT_SUCCESS;
}

/* No message is lost meanwhile. Returns -1: the caller tries again. */
static int wait_for_memory(void)
{
	const struct timespec moment = { .tv_nsec = 10000000 };

	nanosleep(&moment, NULL);
	return -1;
}

/*
 * Prints some of the received messages, and records whether there may be more.
 * Returns -1 to continue, or the exit status.
 */
static int receive(struct subscriber *sub)
{
	const struct bus_message *message;
	int status = -1;
	int err;
	int i;

	sub->more = true;
	for (i = 0; i < BURST && status < 0 && sub->more; i++) {
		err = bus_receive(sub->bus, &message, 0);
		sub->more = bus_pending(sub->bus);
		if (err == -EAGAIN || err == -EINTR)
			return -1;
		if (err == -ENOMEM || err == -ENOBUFS)
			return wait_for_memory();
		if (err)
			return fail("cannot receive",
				    bus_strerror(sub->bus, err));
		status = print(sub, message);
		if (status < 0)
			status = count(sub, message);
	}
	return status;
}

/* Returns the exit status. */
static int run(struct subscriber *sub)
{
	int status = -1;
	int ready;

	while (status < 0 && !deadline_is_over()) {
		ready = streams_wait(bus_fd(sub->bus), sub->more ? 0 : -1);
		if (ready == -ECANCELED)
			return EXIT_FAILURE;
		if (ready < 0)
			return fail("cannot wait", strerror(-ready));
		if (ready || sub->more)
			status = receive(sub);
	}
	return status < 0 ? time_status(sub) : status;
}

int main(int argc, char **argv)
{
	struct subscriber sub = { 0 };
	struct sub_options options;
	int status = EXIT_FAILURE;
	double start = now();
	enum parsed parsed;
	int err;

	streams_open("bus-sub");
	parsed = sub_options_parse(&options, argc, argv);
	if (parsed != PARSED_RUN)
		return parsed == PARSED_DONE ? EXIT_SUCCESS : EXIT_FAILURE;
	sub.options = &options;

	err = bus_open(&sub.bus);
	if (err)
		return fail("cannot open the bus", bus_strerror(NULL, err));
	if (join_topics(&sub) && say_ready(&options)) {
		if (options.timeout >= 0)
			deadline_set(start + options.timeout - now());
		status = run(&sub);
	}
	bus_close(sub.bus);
	return status;
}
