/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random steps of everything that an unprivileged program may do to the bus:
 * sockets with any options, filters, patterns, topics, bad requests
 */
#ifndef HAVOC_H
#define HAVOC_H

#include "people.h"

#include <linux/kbus.h>
#include <linux/netlink.h>
#include <signal.h>
#include <sys/epoll.h>

#define HAVOC_HANDLES 8

struct havoc {
	struct bus *buses[HAVOC_HANDLES];
	uid_t uid;
};

static inline int any(int n)
{
	return (int)(lrand48() % n);
}

/* Passes all, nothing, or part of each datagram; quickly or slowly. */
static inline void filter_somehow(int fd)
{
	static const uint32_t verdicts[] = { 0, 40, 90, UINT32_MAX };

	if (any(3))
		attach_slow_filter(fd, any(2) ? any(400) : any(4),
				   verdicts[any(4)]);
	else
		setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, NULL, 0);
}

static inline void set_any_option(int fd)
{
	static const int of_socket[] = {
		SO_RCVBUF,    SO_SNDBUF,      SO_PASSCRED,    SO_TIMESTAMP,
		SO_RCVLOWAT,  SO_PEEK_OFF,    SO_RCVTIMEO,    SO_PRIORITY,
		SO_BUSY_POLL, SO_TIMESTAMPNS, SO_LOCK_FILTER, SO_MARK,
	};
	static const int of_netlink[] = {
		NETLINK_PKTINFO,	NETLINK_BROADCAST_ERROR,
		NETLINK_NO_ENOBUFS,	NETLINK_LISTEN_ALL_NSID,
		NETLINK_CAP_ACK,	NETLINK_EXT_ACK,
		NETLINK_GET_STRICT_CHK,
	};
	const struct timeval soon = { .tv_usec = 1000 };
	int value = any(2) ? any(2) : any(100000);
	int name = of_socket[any(12)];

	if (any(2))
		setsockopt(fd, SOL_NETLINK, of_netlink[any(7)], &value,
			   sizeof(value));
	else if (name == SO_RCVTIMEO)
		setsockopt(fd, SOL_SOCKET, name, &soon, sizeof(soon));
	else
		setsockopt(fd, SOL_SOCKET, name, &value, sizeof(value));
}

static inline void watch_somehow(int fd)
{
	struct epoll_event event = { .events = EPOLLIN | any(2) * EPOLLET };

	/* Their descriptors are closed when the process ends. */
	if (any(2))
		epoll_ctl(epoll_create1(EPOLL_CLOEXEC), EPOLL_CTL_ADD, fd,
			  &event);
	fcntl(fd, F_SETOWN, getpid());
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | (any(2) ? O_ASYNC : 0));
}

static inline void read_somehow(struct bus *bus)
{
	const struct bus_message *message;
	char buffer[100];
	int i;

	if (any(4) == 0)
		recv(bus_fd(bus), buffer, sizeof(buffer),
		     MSG_DONTWAIT | any(2) * MSG_PEEK | any(2) * MSG_TRUNC);
	for (i = any(300); i > 0 && !bus_receive(bus, &message, 0); i--)
		;
}

static inline void send_nonsense(struct bus *bus)
{
	char buffer[300] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = (void *)buffer;
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	size_t i, size = sizeof(*nlh) + any(200);

	for (i = 0; i < size; i++)
		buffer[i] = (char)any(256);
	nlh->nlmsg_type = KBUS_CMD_PUBLISH + any(12);
	nlh->nlmsg_flags = NLM_F_REQUEST | any(2) * NLM_F_DUMP;
	nlh->nlmsg_len = any(8) ? size : (size_t)any(1000);
	sendto(bus_fd(bus), buffer, size, MSG_DONTWAIT, (void *)&kernel,
	       sizeof(kernel));
}

static inline void open_somehow(struct bus **bus)
{
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = 1 + any(2) * any(5000),
		.overflow = any(BUS_BLOCK + 1),
	};

	bus_close(*bus);
	*bus = NULL;
	if (!bus_open(bus))
		bus_set_backlog(*bus, &backlog);
}

/* Its own topics, and any that others have. */
static inline void name_somehow(char *name, size_t size, uid_t uid)
{
	static const char *const patterns[] = { "#", "+/+", "stress/#",
						"stress/+/account" };

	switch (any(4)) {
	case 0:
		snprintf(name, size, "%s", patterns[any(4)]);
		break;
	case 1:
		snprintf(name, size, "stress/%d/account", ALICE + any(3));
		break;
	default:
		snprintf(name, size, "havoc/%u/%d", uid, any(100));
	}
}

static inline void havoc_step(struct havoc *havoc)
{
	struct bus **bus = &havoc->buses[any(HAVOC_HANDLES)];
	const struct bus_topic_options options = {
		.size = sizeof(options),
		.history = any(2) * any(100),
		.allow_block = any(2),
	};
	const struct bus_topic_access access = {
		.size = sizeof(access),
		.set = BUS_SET_MODE,
		.mode = any(2) ? 0666 : 0600,
	};
	static const char payload[5000];
	char name[64];

	name_somehow(name, sizeof(name), havoc->uid);
	if (!*bus || any(20) == 0)
		open_somehow(bus);
	if (!*bus)
		return;
	switch (any(13)) {
	case 0:
		filter_somehow(bus_fd(*bus));
		break;
	case 1:
		set_any_option(bus_fd(*bus));
		break;
	case 2:
		watch_somehow(bus_fd(*bus));
		break;
	case 3:
		send_nonsense(*bus);
		break;
	case 4:
		bus_topic_create(*bus, name, &options);
		break;
	case 5:
		bus_topic_delete(*bus, name);
		break;
	case 6:
		bus_topic_change(*bus, name, &access);
		break;
	case 7:
		bus_subscribe(*bus, name);
		break;
	case 8:
		bus_subscribe_replay(*bus, name, 50);
		break;
	case 9:
		bus_unsubscribe(*bus, name);
		break;
	case 10:
		bus_listen(*bus, name);
		break;
	case 11:
		read_somehow(*bus);
		break;
	default:
		bus_publish(*bus, name, payload, any(sizeof(payload)), NULL);
	}
}

#endif /* HAVOC_H */
