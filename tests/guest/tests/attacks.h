/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attacks of an unprivileged user on others; each attack runs until it is
 * killed, and counts its turns
 *
 * HOSTILE_LOADS is the length of its filters, up to 600. HOSTILE_SOCKETS is the
 * number of sockets with a filter, and of sockets that are expensive to wake,
 * up to 50.
 */
#ifndef ATTACKS_H
#define ATTACKS_H

#include "people.h"

#include <linux/kbus.h>
#include <linux/netlink.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>

/* For many sockets and epoll instances; call it before changing the user. */
static void raise_file_limit(void)
{
	const struct rlimit files = { 4096, 4096 };

	if (setrlimit(RLIMIT_NOFILE, &files))
		_exit(1);
}

/* Numbers of subscribers that never read, and of each expensive kind. */
#define STOPPED 100
#define SPOILT env_number("HOSTILE_SOCKETS", 50)

static void only_use_the_processor(volatile unsigned long *turns)
{
	for (;; ++*turns)
		sched_yield();
}

static struct bus *bus_or_die(void)
{
	struct bus *bus;

	if (bus_open(&bus))
		_exit(2);
	return bus;
}

static void make_topics(volatile unsigned long *turns)
{
	const struct bus_topic_options kept = {
		.size = sizeof(kept),
		.history = 4096,
		.history_bytes = 16 << 20,
	};
	static const char payload[16000];
	struct bus *bus = bus_or_die();
	char name[64];
	int i;

	for (i = 0;; i++, ++*turns) {
		snprintf(name, sizeof(name), "worst/%d/of/many", i % 5000);
		bus_topic_create(bus, name, i % 3 ? NULL : &kept);
		bus_publish(bus, name, payload, sizeof(payload), &no_create);
		if (i % 7 == 0)
			bus_topic_delete(bus, name);
	}
}

/* Groups of deleted topics that still have listeners. */
static void hold_groups(volatile unsigned long *turns)
{
	struct bus *bus = bus_or_die();
	char name[64];
	int i;

	for (i = 0;; i++, ++*turns) {
		snprintf(name, sizeof(name), "held/%d", i);
		bus_topic_create(bus, name, NULL);
		bus_listen(bus, name);
		bus_topic_delete(bus, name);
	}
}

/* Subscribes to everybody's topics and never reads. */
static void stop_reading(volatile unsigned long *turns)
{
	const struct bus_backlog all = {
		.size = sizeof(all),
		.messages = 1000000,
		.bytes = 64 << 20,
	};
	struct bus *bus;
	int i;

	/* The other attacks need some sockets, too. */
	for (i = 0; i < STOPPED; ++*turns) {
		bus = bus_or_die();
		bus_set_backlog(bus, &all);
		if (!bus_subscribe(bus, "#")) {
			i++;
			continue;
		}
		bus_close(bus);
		usleep(1000);
	}
	for (;; ++*turns)
		usleep(1000);
}

static void come_and_go(volatile unsigned long *turns)
{
	char pattern[256] = "";
	struct bus *bus;
	int i;

	for (i = 0; i < 127; i++)
		strcat(pattern, "+/");
	strcat(pattern, "#");
	for (i = 0;; i++, ++*turns) {
		bus = bus_or_die();
		pattern[0] = i % 2 ? '+' : 'w';
		bus_subscribe(bus, pattern);
		bus_subscribe(bus, "+/+/#");
		bus_close(bus);
	}
}

static void ask_nonsense(volatile unsigned long *turns)
{
	char buffer[4096] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = (void *)buffer;
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, KBUS_PROTOCOL);
	size_t i, size;

	srand48(getpid());
	for (;; ++*turns) {
		size = sizeof(*nlh) + lrand48() % 200;
		for (i = 0; i < size; i++)
			buffer[i] = (char)lrand48();
		nlh->nlmsg_type = KBUS_CMD_PUBLISH + lrand48() % 12;
		nlh->nlmsg_flags = NLM_F_REQUEST | (lrand48() & 0x304);
		nlh->nlmsg_len = lrand48() % 8 ? size : (size_t)lrand48();
		sendto(fd, buffer, size, 0, (void *)&kernel, sizeof(kernel));
		while (recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT) > 0)
			;
	}
}

/* The slowest filter that fits; it accepts everything. */
static void filter_slowly(struct bus *bus)
{
	if (attach_slow_filter(bus_fd(bus), env_number("HOSTILE_LOADS", 600),
			       UINT32_MAX))
		_exit(7);
}

/* As many epoll instances as allowed, and a signal for each message. */
static void watch_by_many(struct bus *bus)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = bus_fd(bus);
	int i;

	for (i = 0; i < 40; i++)
		if (epoll_ctl(epoll_create1(EPOLL_CLOEXEC), EPOLL_CTL_ADD, fd,
			      &event))
			_exit(8);
	if (fcntl(fd, F_SETOWN, -getpgrp()) || fcntl(fd, F_SETFL, O_ASYNC))
		_exit(9);
}

/* NULL if alice's account has no room at the moment. */
static struct bus *subscribe_to_all(void (*spoil)(struct bus *bus))
{
	struct bus *bus = bus_or_die();

	if (!bus_subscribe(bus, "#")) {
		spoil(bus);
		return bus;
	}
	bus_close(bus);
	usleep(1000);
	return NULL;
}

/* Receives all topics with sockets of this kind, and reads occasionally. */
static void subscribe_with(void (*spoil)(struct bus *bus), unsigned long count,
			   volatile unsigned long *turns)
{
	const struct bus_message *message;
	struct bus *buses[100] = { 0 };
	unsigned long i;

	signal(SIGIO, SIG_IGN);
	setpgid(0, 0);
	for (i = 0;; i = (i + 1) % count, ++*turns) {
		if (!buses[i])
			buses[i] = subscribe_to_all(spoil);
		while (buses[i] && !bus_receive(buses[i], &message, 0))
			++*turns;
	}
}

static void subscribe_with_filters(volatile unsigned long *turns)
{
	subscribe_with(filter_slowly, SPOILT, turns);
}

static void subscribe_with_watchers(volatile unsigned long *turns)
{
	subscribe_with(watch_by_many, SPOILT, turns);
}

static void leave_alone(struct bus *bus)
{
}

/* Two of these have as many subscribers as all attacks together. */
static void subscribe_plainly(volatile unsigned long *turns)
{
	subscribe_with(leave_alone, STOPPED / 2 + SPOILT, turns);
}

/* Listens to the topics that bob has at the moment. */
static void listen_with_filters(volatile unsigned long *turns)
{
	static const char *const topics[] = { "bob/ping", "bob/pong",
					      "bob/bulk" };
	struct bus *buses[20] = { 0 };
	size_t i, j;
	bool listens;

	for (i = 0;; i = (i + 1) % 20, ++*turns) {
		bus_close(buses[i]);
		buses[i] = bus_or_die();
		listens = false;
		for (j = 0; j < 3; j++)
			listens |= !bus_listen(buses[i], topics[j]);
		if (listens)
			filter_slowly(buses[i]);
		usleep(1000);
	}
}

typedef void attack_fn(volatile unsigned long *turns);

static attack_fn *const attacks[] = {
	make_topics,
	hold_groups,
	stop_reading,
	come_and_go,
	ask_nonsense,
	subscribe_with_filters,
	subscribe_with_watchers,
	listen_with_filters,
};

#define ATTACKS (sizeof(attacks) / sizeof(*attacks))

static attack_fn *const idle[ATTACKS] = {
	[0 ... ATTACKS - 1] = only_use_the_processor,
};

/* The same number of subscribers, without harm. */
static attack_fn *const plain[ATTACKS] = {
	[0 ... 1] = subscribe_plainly,
	[2 ... ATTACKS - 1] = only_use_the_processor,
};

#endif /* ATTACKS_H */
