// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A libuv loop: prints the number of each message of a topic
 */
#include <bus.h>
#include <errno.h>
#include <stdio.h>
#include <uv.h>

struct reader {
	struct bus *bus;
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

/* libuv stops watching a descriptor that is in error: start it again. */
static void ready(uv_poll_t *watch, int status, int events)
{
	struct reader *reader = watch->data;

	reader->err = print_all(reader->bus);
	if (reader->err)
		uv_stop(watch->loop);
	else if (status)
		uv_poll_start(watch, UV_READABLE, ready);
}

static int loop(struct reader *reader)
{
	uv_loop_t *loop = uv_default_loop();
	uv_poll_t watch = { .data = reader };
	int err;

	err = uv_poll_init(loop, &watch, bus_fd(reader->bus));
	if (!err)
		err = uv_poll_start(&watch, UV_READABLE, ready);
	if (err)
		return err;
	uv_run(loop, UV_RUN_DEFAULT);
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
