// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An edge-triggered epoll loop: prints the number of each message of a topic
 */
#include <bus.h>
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

/*
 * Messages that are left unread cause no further edge: read until no more are
 * left.
 */
static int print_all(struct bus *bus)
{
	const struct bus_message *message;
	int err;

	while (!(err = bus_receive(bus, &message, 0))) {
		if (message->kind == BUS_GAP)
			printf("%s: lost %llu\n", message->topic,
			       (unsigned long long)message->count);
		else
			printf("%s: number %llu\n", message->topic,
			       (unsigned long long)message->seq);
	}
	fflush(stdout);
	return err == -EAGAIN ? 0 : err;
}

static int loop(struct bus *bus)
{
	struct epoll_event came = { .events = EPOLLIN | EPOLLET };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event;
	int err = 0;

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, bus_fd(bus), &came))
		return -errno;
	/* Read on any event, including EPOLLERR. */
	while (!err)
		if (epoll_wait(epoll, &event, 1, -1) <= 0)
			err = errno == EINTR ? 0 : -errno;
		else
			err = print_all(bus);
	close(epoll);
	return err;
}

int main(int argc, char **argv)
{
	struct bus *bus;
	int err;

	err = bus_open(&bus);
	if (!err)
		err = bus_subscribe(bus, argc > 1 ? argv[1] : "greetings");
	if (!err)
		err = loop(bus);
	if (err)
		fprintf(stderr, "%s\n", bus_strerror(bus, err));
	bus_close(bus);
	return err != 0;
}
