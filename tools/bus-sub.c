// SPDX-License-Identifier: GPL-2.0-only
/*
 * bus-sub: subscribe and print
 */
#include "format.h"
#include "options.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define EXIT_TIMEOUT 2

/* Messages between two looks at signals and the clock. */
#define BURST 100

struct subscriber {
	struct bus *bus;
	const struct sub_options *options;
	int signals;	 /* readable: stop */
	double deadline; /* seconds of CLOCK_MONOTONIC */
	uint64_t received;
	bool more; /* of what has come was not printed yet */
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

/* From now on SIGINT and SIGTERM make a descriptor readable instead. */
static int open_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int join_topic(struct subscriber *sub, const char *topic)
{
	if (sub->options->listen)
		return bus_listen(sub->bus, topic);
	if (sub->options->replay)
		return bus_subscribe_replay(sub->bus, topic,
					    sub->options->replay);
	return bus_subscribe(sub->bus, topic);
}

static bool join_topics(struct subscriber *sub)
{
	const struct sub_options *options = sub->options;
	int err;
	int i;

	err = bus_set_backlog(sub->bus, &options->backlog);
	for (i = 0; !err && i < options->topic_count; i++) {
		err = join_topic(sub, options->topics[i]);
		if (err)
			fail(options->topics[i], bus_strerror(sub->bus, err));
	}
	return !err;
}

/* Prints a message or gap; false if nobody reads or the disk is full. */
static bool print(struct subscriber *sub, const struct bus_message *message)
{
	bool ok = true;

	if (sub->options->json)
		ok = format_json(stdout, message);
	else if (message->kind == BUS_GAP)
		format_gap(stderr, message);
	else
		format_print(stdout, sub->options->format, message);
	return fflush(stdout) == 0 && ok;
}

/* Nothing is lost by that. */
static int wait_for_memory(void)
{
	const struct timespec moment = { .tv_nsec = 10000000 };

	nanosleep(&moment, NULL);
	return -1;
}

/*
 * Prints some of what has come, and notes whether there may be more; -1 to go
 * on, or the exit status.
 */
static int receive(struct subscriber *sub)
{
	const struct bus_message *message;
	int i;
	int err;

	for (i = 0; i < BURST; i++) {
		err = bus_receive(sub->bus, &message, 0);
		sub->more = err != -EAGAIN;
		if (err == -EAGAIN)
			return -1;
		if (err == -ENOMEM || err == -ENOBUFS)
			return wait_for_memory();
		if (err)
			return fail("cannot receive",
				    bus_strerror(sub->bus, err));
		if (!print(sub, message))
			return errno == EPIPE ?
				       EXIT_SUCCESS :
				       fail("cannot write", strerror(errno));
		if (message->kind == BUS_MESSAGE &&
		    ++sub->received == sub->options->count)
			return EXIT_SUCCESS;
	}
	return -1;
}

/* Milliseconds until the deadline; -1: there is none. */
static int time_left_ms(const struct subscriber *sub)
{
	double left;

	if (sub->options->timeout < 0)
		return -1;
	left = (sub->deadline - now()) * 1000;
	if (left <= 0)
		return 0;
	return left < 1e6 ? (int)left + 1 : 1000000;
}

/* Returns the exit status. */
static int run(struct subscriber *sub)
{
	struct pollfd fds[] = {
		{ .fd = bus_fd(sub->bus), .events = POLLIN },
		{ .fd = sub->signals, .events = POLLIN },
	};
	int status = -1;
	int timeout_ms;

	while (status < 0) {
		timeout_ms = time_left_ms(sub);
		if (timeout_ms == 0)
			return sub->options->count ? EXIT_TIMEOUT :
						     EXIT_SUCCESS;
		if (poll(fds, 2, sub->more ? 0 : timeout_ms) < 0 &&
		    errno != EINTR)
			return fail("cannot wait", strerror(errno));
		if (fds[1].revents)
			return EXIT_SUCCESS;
		if (fds[0].revents || sub->more)
			status = receive(sub);
	}
	return status;
}

int main(int argc, char **argv)
{
	struct subscriber sub = { 0 };
	struct sub_options options;
	int status = EXIT_FAILURE;
	enum parsed parsed;
	int err;

	parsed = sub_options_parse(&options, argc, argv);
	if (parsed != PARSED_RUN)
		return parsed == PARSED_DONE ? EXIT_SUCCESS : EXIT_FAILURE;
	sub.options = &options;
	sub.deadline = now() + options.timeout;
	sub.signals = open_signals();
	if (sub.signals < 0)
		return fail("signals", strerror(errno));

	err = bus_open(&sub.bus);
	if (err)
		return fail("cannot open the bus", bus_strerror(NULL, err));
	if (join_topics(&sub))
		status = run(&sub);
	bus_close(sub.bus);
	close(sub.signals);
	return status;
}
