// SPDX-License-Identifier: GPL-2.0-only
/*
 * SO_PASSCRED gives the sender of a message, on whichever path the message
 * comes. For several senders in one datagram it gives none, and never the
 * superuser.
 */
#include "people.h"

#include <linux/kbus.h>
#include <linux/netlink.h>
#include <sys/wait.h>

#define NOBODY 65534
#define MANY 3000

static struct bus *subscriber(const char *topic, uint32_t coalesce_us,
			      uint32_t replay)
{
	const struct bus_backlog backlog = { .size = sizeof(backlog),
					     .coalesce_us = coalesce_us };
	struct bus *bus = open_bus();
	int on = 1;

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	if (replay)
		assert_bus_ok(bus, bus_subscribe_replay(bus, topic, replay));
	else
		assert_bus_ok(bus, bus_subscribe(bus, topic));
	assert_int_equal(setsockopt(bus_fd(bus), SOL_SOCKET, SO_PASSCRED, &on,
				    sizeof(on)),
			 0);
	return bus;
}

static void ask_for_backlog(struct bus *bus)
{
	const struct nlmsghdr nlh = {
		.nlmsg_len = sizeof(nlh),
		.nlmsg_type = KBUS_CMD_BACKLOG,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
	};

	assert_int_equal(send(bus_fd(bus), &nlh, sizeof(nlh), 0), sizeof(nlh));
}

/* The content of one datagram, and the credentials that came with it. */
struct seen {
	int messages;
	uint32_t uid; /* of all messages in it, or NOBODY */
	struct ucred creds;
};

static void note_message(struct seen *seen, const struct nlmsghdr *nlh)
{
	const struct kbus_header *header = NLMSG_DATA(nlh);

	if (nlh->nlmsg_type != KBUS_MSG_MESSAGE)
		return;
	if (!seen->messages++)
		seen->uid = header->uid;
	else if (seen->uid != header->uid)
		seen->uid = NOBODY;
}

/* Whether there was a datagram. */
static bool read_datagram(struct bus *bus, struct seen *seen)
{
	static char buffer[65536];
	char control[256];
	struct iovec iov = { .iov_base = buffer, .iov_len = sizeof(buffer) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	const struct nlmsghdr *nlh = (void *)buffer;
	struct cmsghdr *cmsg;
	ssize_t n;

	n = recvmsg(bus_fd(bus), &msg, MSG_DONTWAIT);
	if (n < 0)
		return false;
	memset(seen, 0, sizeof(*seen));
	for (; NLMSG_OK(nlh, n); nlh = NLMSG_NEXT(nlh, n))
		note_message(seen, nlh);
	for (cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg))
		if (cmsg->cmsg_type == SCM_CREDENTIALS)
			memcpy(&seen->creds, CMSG_DATA(cmsg),
			       sizeof(seen->creds));
	return true;
}

/*
 * Checks datagrams until @count messages have come; returns how many messages
 * had one sender.
 */
static int check_senders(struct bus *bus, int count)
{
	struct seen seen;
	int got = 0;
	int one = 0;

	while (got < count) {
		if (!read_datagram(bus, &seen)) {
			if (errno == ENOBUFS)
				continue;
			assert_int_equal(errno, EAGAIN);
			ask_for_backlog(bus);
			continue;
		}
		got += seen.messages;
		if (!seen.messages)
			continue;
		assert_int_equal(seen.creds.uid, seen.uid);
		assert_int_equal(seen.creds.gid, seen.uid);
		if (seen.uid == NOBODY)
			assert_int_equal(seen.creds.pid, 0);
		else
			one++;
	}
	assert_int_equal(got, count);
	return one;
}

/* Changes the real ids, because the stamp has real ids. */
static void publish_as(uid_t uid, const char *topic, int count)
{
	struct bus *bus;
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (setgroups(0, NULL) || setgid(uid) || setuid(uid) ||
		    bus_open(&bus))
			_exit(1);
		while (count--)
			if (bus_publish(bus, topic, "x", 1, &no_create))
				_exit(2);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void make_topic(const char *topic, uint32_t history)
{
	const struct bus_topic_options options = {
		.size = sizeof(options),
		.history = history,
		.access = { .set = BUS_SET_MODE, .mode = 0666 },
	};
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_topic_create(bus, topic, &options));
	bus_close(bus);
}

static void straight_into_the_socket(void **state)
{
	struct bus *sub;

	make_topic("live", 0);
	sub = subscriber("live", 0, 0);
	publish_as(BOB, "live", 3);
	assert_in_range(check_senders(sub, 3), 1, 3);
	/* A reader that is behind gets several messages in one datagram. */
	publish_as(BOB, "live", 3);
	publish_as(ALICE, "live", 3);
	assert_in_range(check_senders(sub, 6), 1, 5);
	bus_close(sub);
}

static void from_the_backlog(void **state)
{
	struct bus *sub;

	make_topic("backlog", 0);
	sub = subscriber("backlog", 0, 0);
	publish_as(BOB, "backlog", MANY);
	publish_as(ALICE, "backlog", MANY);
	assert_in_range(check_senders(sub, 2 * MANY), 2, 2 * MANY);
	bus_close(sub);
}

static void from_the_history(void **state)
{
	struct bus *sub;

	make_topic("history", 4);
	publish_as(BOB, "history", 4);
	sub = subscriber("history", 0, 4);
	assert_int_equal(check_senders(sub, 4), 1);
	bus_close(sub);
}

static void of_those_that_waited_for_others(void **state)
{
	struct bus *sub;

	make_topic("delay", 0);
	sub = subscriber("delay", 100000, 0);
	publish_as(BOB, "delay", 2);
	check_senders(sub, 2);
	bus_close(sub);
}

static void of_two_at_once(void **state)
{
	struct bus *sub;

	make_topic("two", 4);
	publish_as(BOB, "two", 2);
	publish_as(ALICE, "two", 2);
	sub = subscriber("two", 0, 4);
	assert_int_equal(check_senders(sub, 4), 0);
	bus_close(sub);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(straight_into_the_socket),
		cmocka_unit_test(from_the_backlog),
		cmocka_unit_test(from_the_history),
		cmocka_unit_test(of_those_that_waited_for_others),
		cmocka_unit_test(of_two_at_once),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
