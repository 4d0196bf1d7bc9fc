// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An epoll loop: publishes typed lines and prints received messages
 */
#include <bus.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define TOPIC "chat"

/* A datagram can hold many messages. */
static int print_all(struct bus *bus)
{
	const struct bus_message *message;
	int err;

	do {
		err = bus_receive(bus, &message, 0);
		if (err)
			break;
		if (message->kind == BUS_GAP)
			printf("(missed %d)\n", (int)message->count);
		else
			printf("%u: %.*s", message->pid, (int)message->size,
			       (const char *)message->payload);
	} while (bus_pending(bus));
	fflush(stdout);
	return err == -EAGAIN ? 0 : err;
}

static int publish_typed(struct bus *bus)
{
	char line[1000];
	ssize_t len = read(STDIN_FILENO, line, sizeof(line));

	return len > 0 ? bus_publish(bus, TOPIC, line, len, NULL) : -ECANCELED;
}

static int loop(struct bus *bus)
{
	struct epoll_event typed = { .events = EPOLLIN, .data.fd = 0 };
	struct epoll_event came = { .events = EPOLLIN, .data.fd = bus_fd(bus) };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event;
	int err = 0;

	if (epoll < 0 ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, typed.data.fd, &typed) ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, came.data.fd, &came))
		return -errno;
	while (!err)
		if (epoll_wait(epoll, &event, 1, -1) <= 0)
			err = errno == EINTR ? 0 : -errno;
		else if (event.data.fd == 0)
			err = publish_typed(bus);
		else
			err = print_all(bus);
	close(epoll);
	return err == -ECANCELED ? 0 : err;
}

int main(void)
{
	struct bus *bus;
	int err;

	err = bus_open(&bus);
	if (!err)
		err = bus_subscribe(bus, TOPIC);
	if (!err)
		err = loop(bus);
	if (err)
		fprintf(stderr, "%s\n", bus_strerror(bus, err));
	bus_close(bus);
	return err != 0;
}
