// SPDX-License-Identifier: GPL-2.0-only
/*
 * A reader that is behind gets several small messages in one datagram, which
 * the broker fills while it waits in the socket
 */
#include "guest_test.h"

#include <linux/kbus.h>
#include <linux/netlink.h>

#define TOPIC "append"

static char datagram[65536];

/* The length of the next datagram, without taking it; 0: there is none. */
static size_t peek_length(struct bus *bus)
{
	ssize_t n =
		recv(bus_fd(bus), NULL, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);

	return n < 0 ? 0 : (size_t)n;
}

static size_t read_datagram(struct bus *bus)
{
	ssize_t n = recv(bus_fd(bus), datagram, sizeof(datagram),
			 MSG_DONTWAIT | MSG_TRUNC);

	return n < 0 ? 0 : (size_t)n;
}

/*
 * Checks that the messages of the datagram of @left bytes have numbers from
 * @seq on; returns how many they are.
 */
static int check_numbers(size_t left, uint64_t seq)
{
	const struct nlmsghdr *nlh = (void *)datagram;
	const struct kbus_header *header;
	int messages = 0;

	for (; NLMSG_OK(nlh, left); nlh = NLMSG_NEXT(nlh, left)) {
		if (nlh->nlmsg_type != KBUS_MSG_MESSAGE)
			continue;
		header = NLMSG_DATA(nlh);
		assert_int_equal(header->seq, seq + (uint64_t)messages++);
	}
	assert_int_equal(left, 0);
	return messages;
}

/* A subscriber that has read the topic's name and first message. */
static struct bus *subscriber(struct bus *publisher, const char *topic)
{
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_subscribe(bus, topic));
	publish(publisher, topic, "the first");
	while (read_datagram(bus))
		;
	return bus;
}

static void publish_many(struct bus *bus, const char *topic, int count)
{
	while (count--)
		publish(bus, topic, "a small message");
}

static void small_messages_share_datagrams(void **state)
{
	struct bus *root = open_bus();
	struct bus *sub = subscriber(root, TOPIC);
	int datagrams = 0;
	int messages = 0;
	size_t length;

	publish_many(root, TOPIC, 1000);
	for (; (length = read_datagram(sub)); datagrams++)
		messages += check_numbers(length, (uint64_t)messages + 2);
	assert_int_equal(messages, 1000);
	/* The first alone, and others in datagrams of up to 16 KiB. */
	assert_in_range(datagrams, 8, 20);
	bus_close(sub);
	bus_close(root);
}

/* Some programs ask for a datagram's length, and then read as many bytes. */
static void a_length_that_was_peeked_holds(void **state)
{
	struct bus *root = open_bus();
	struct bus *sub = subscriber(root, TOPIC "/peek");
	size_t length;
	uint64_t seq = 2;
	int i;

	publish_many(root, TOPIC "/peek", 3);
	for (i = 0; i < 4; i++) {
		length = peek_length(sub);
		assert_int_not_equal(length, 0);
		publish_many(root, TOPIC "/peek", 2);
		assert_int_equal(read_datagram(sub), length);
		seq += (uint64_t)check_numbers(length, seq);
	}
	while ((length = read_datagram(sub)))
		seq += (uint64_t)check_numbers(length, seq);
	assert_int_equal(seq, 2 + 3 + 4 * 2);
	bus_close(sub);
	bus_close(root);
}

/* Messages of all lengths, most of which do not fit behind others. */
static void the_order_is_kept(void **state)
{
	static char payload[BUS_PAYLOAD_MAX];
	static const size_t sizes[] = { 1, 1500, 60, 16000, 1, 5000, 1700, 0 };
	const size_t count = sizeof(sizes) / sizeof(*sizes);
	const struct bus_message *message;
	struct bus *root = open_bus();
	struct bus *sub = open_bus();
	size_t i;

	assert_bus_ok(sub, bus_subscribe(sub, TOPIC "/sizes"));
	memset(payload, 'x', sizeof(payload));
	for (i = 0; i < 10 * count; i++)
		assert_bus_ok(root, bus_publish(root, TOPIC "/sizes", payload,
						sizes[i % count], NULL));
	for (i = 0; i < 10 * count; i++) {
		message = receive(sub);
		assert_int_equal(message->kind, BUS_MESSAGE);
		assert_int_equal(message->seq, i + 1);
		assert_int_equal(message->size, sizes[i % count]);
		assert_memory_equal(message->payload, payload, message->size);
	}
	assert_nothing_comes(sub);
	bus_close(sub);
	bus_close(root);
}

/* The group that NETLINK_PKTINFO shows for the next datagram. */
static uint32_t read_group(struct bus *bus)
{
	char control[256];
	struct iovec iov = { .iov_base = datagram,
			     .iov_len = sizeof(datagram) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	const struct nl_pktinfo *info;
	struct cmsghdr *cmsg;

	assert_true(recvmsg(bus_fd(bus), &msg, MSG_DONTWAIT) > 0);
	for (cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg)) {
		if (cmsg->cmsg_type != NETLINK_PKTINFO)
			continue;
		info = (void *)CMSG_DATA(cmsg);
		return info->group;
	}
	fail_msg("no NETLINK_PKTINFO");
	return 0;
}

static void a_datagram_of_two_topics_has_no_group(void **state)
{
	struct bus *root = open_bus();
	struct bus *sub = subscriber(root, TOPIC "/one");
	int on = 1;

	assert_bus_ok(sub, bus_subscribe(sub, TOPIC "/two"));
	publish(root, TOPIC "/two", "the first");
	while (read_datagram(sub))
		;
	assert_int_equal(setsockopt(bus_fd(sub), SOL_NETLINK, NETLINK_PKTINFO,
				    &on, sizeof(on)),
			 0);
	publish_many(root, TOPIC "/one", 3);
	assert_int_equal(read_group(sub), look_up(root, TOPIC "/one").group);
	assert_int_equal(read_group(sub), look_up(root, TOPIC "/one").group);
	publish_many(root, TOPIC "/one", 2);
	publish_many(root, TOPIC "/two", 1);
	assert_int_equal(read_group(sub), look_up(root, TOPIC "/one").group);
	assert_int_equal(read_group(sub), 0);
	assert_int_equal(read_datagram(sub), 0);
	bus_close(sub);
	bus_close(root);
}

/* Returns how many messages go into the socket, of a thousand. */
static uint64_t held_by_socket(uint32_t messages, enum bus_overflow overflow)
{
	const struct bus_backlog backlog = { .size = sizeof(backlog),
					     .messages = messages,
					     .overflow = overflow };
	struct bus_stats stats = { .size = sizeof(stats) };
	struct bus *root = open_bus();
	struct bus *sub = open_bus();

	assert_bus_ok(sub, bus_set_backlog(sub, &backlog));
	assert_bus_ok(sub, bus_subscribe(sub, TOPIC "/fresh"));
	publish_many(root, TOPIC "/fresh", 1000);
	assert_bus_ok(sub, bus_get_stats(sub, &stats));
	bus_close(sub);
	bus_close(root);
	return stats.live;
}

/* A short backlog, and one that conflates, are for fresh messages. */
static void who_wants_fresh_messages_gets_few_old_ones(void **state)
{
	assert_int_equal(held_by_socket(1000, BUS_DROP_OLDEST), 1000);
	assert_in_range(held_by_socket(999, BUS_DROP_OLDEST), 10, 500);
	assert_in_range(held_by_socket(10, BUS_DROP_NEWEST), 10, 500);
	assert_in_range(held_by_socket(10000, BUS_CONFLATE), 10, 500);
}

/* What messages take is charged, so that a socket is full at some time. */
static void a_full_socket_stays_bounded(void **state)
{
	const struct bus_message *message;
	struct bus *sub = open_bus();
	uint64_t next = 1;
	uint64_t count;

	assert_bus_ok(sub, bus_subscribe(sub, TOPIC "/full"));
	shrink_socket(sub);
	count = overfill(sub, TOPIC "/full", 500);
	while (next <= count) {
		message = receive(sub);
		assert_int_equal(follow(message, &next), 0);
	}
	assert_nothing_comes(sub);
	assert_in_range(count, 501, 540);
	bus_close(sub);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_messages_share_datagrams),
		cmocka_unit_test(a_length_that_was_peeked_holds),
		cmocka_unit_test(the_order_is_kept),
		cmocka_unit_test(a_datagram_of_two_topics_has_no_group),
		cmocka_unit_test(who_wants_fresh_messages_gets_few_old_ones),
		cmocka_unit_test(a_full_socket_stays_bounded),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
