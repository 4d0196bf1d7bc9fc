// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A libevent loop: prints the number of each message of a topic
 */
#include <bus.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>

struct reader {
	struct bus *bus;
	struct event_base *base;
	int err;
};

static int print_all(struct bus *bus)
{
	const struct bus_message *message;
	int err;

	do {
		err = bus_receive(bus, &message, 0);
		if (err)
			break;
		if (message->kind == BUS_GAP)
			printf("%s: lost %llu\n", message->topic,
			       (unsigned long long)message->count);
		else
			printf("%s: number %llu\n", message->topic,
			       (unsigned long long)message->seq);
	} while (bus_pending(bus));
	fflush(stdout);
	return err == -EAGAIN ? 0 : err;
}

static void ready(evutil_socket_t fd, short events, void *data)
{
	struct reader *reader = data;

	reader->err = print_all(reader->bus);
	if (reader->err)
		event_base_loopbreak(reader->base);
}

/* With EV_ET the loop is edge-triggered: see loop_edge.c. */
static int loop(struct reader *reader)
{
	struct event *watch = NULL;

	reader->err = -ENOMEM;
	reader->base = event_base_new();
	if (reader->base)
		watch = event_new(reader->base, bus_fd(reader->bus),
				  EV_READ | EV_PERSIST, ready, reader);
	if (watch && !event_add(watch, NULL))
		event_base_dispatch(reader->base);
	if (watch)
		event_free(watch);
	if (reader->base)
		event_base_free(reader->base);
	return reader->err;
}

int main(int argc, char **argv)
{
	struct reader reader = { 0 };
	int err;

	err = bus_open(&reader.bus);
	if (!err)
		err = bus_subscribe(reader.bus,
				    argc > 1 ? argv[1] : "greetings");
	if (!err)
		err = loop(&reader);
	if (err)
		fprintf(stderr, "%s\n", bus_strerror(reader.bus, err));
	bus_close(reader.bus);
	return err != 0;
}
