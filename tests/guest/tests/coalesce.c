// SPDX-License-Identifier: GPL-2.0-only
/*
 * Subscribers that coalesce messages receive them together and in time, and
 * nothing else changes
 */
#include "guest_test.h"

#include <libmnl/libmnl.h>
#include <linux/kbus.h>
#include <poll.h>
#include <time.h>

#define SECOND 1000000

static struct bus *subscriber(const char *pattern, uint32_t coalesce_us,
			      uint32_t messages, enum bus_overflow overflow)
{
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = messages,
		.overflow = overflow,
		.coalesce_us = coalesce_us,
	};
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_bus_ok(bus, bus_subscribe(bus, pattern));
	return bus;
}

static void publish_number(struct bus *bus, const char *topic, int number)
{
	char text[101];

	snprintf(text, sizeof(text), "%0100d", number);
	publish(bus, topic, text);
}

static void publish_many(struct bus *bus, const char *topic, int first,
			 int last)
{
	for (; first <= last; first++)
		publish_number(bus, topic, first);
}

static void expect_number(struct bus *bus, const char *topic, int number)
{
	char text[101];

	snprintf(text, sizeof(text), "%0100d", number);
	expect(bus, topic, (uint64_t)number, text);
}

static void expect_many(struct bus *bus, const char *topic, int first, int last)
{
	for (; first <= last; first++)
		expect_number(bus, topic, first);
	assert_nothing_comes(bus);
}

static bool is_readable(struct bus *bus, int timeout_ms)
{
	struct pollfd pfd = { .fd = bus_fd(bus), .events = POLLIN };

	return poll(&pfd, 1, timeout_ms) == 1;
}

/* The number of messages in the next datagram, which stays in the socket. */
static int messages_in_datagram(struct bus *bus)
{
	static char datagram[1 << 16];
	const struct nlmsghdr *nlh = (void *)datagram;
	ssize_t size = recv(bus_fd(bus), datagram, sizeof(datagram),
			    MSG_PEEK | MSG_DONTWAIT);
	int left = (int)size;
	int messages = 0;

	assert_in_range(size, 1, sizeof(datagram));
	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		messages += nlh->nlmsg_type == KBUS_MSG_MESSAGE;
	return messages;
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * SECOND + now.tv_nsec / 1000;
}

/*
 * Messages wait up to a second to coalesce. If the second is over too soon
 * because the machine is busy, the attempt returns false and is repeated.
 */
static void within_a_second(bool (*attempt)(struct bus *bus, struct bus *sub),
			    uint32_t messages)
{
	struct bus *bus, *sub;
	bool reached = false;
	int i;

	for (i = 0; !reached; i++) {
		assert_in_range(i, 0, 99);
		bus = open_bus();
		sub = subscriber("second/+", SECOND, messages, 0);
		reached = attempt(bus, sub);
		bus_close(sub);
		assert_bus_ok(bus, bus_topic_delete(bus, "second/a"));
		bus_topic_delete(bus, "second/b");
		bus_close(bus);
	}
}

static bool three_come_together(struct bus *bus, struct bus *sub)
{
	int64_t begin = now_us(), end;
	struct bus_stats stats = { .size = sizeof(stats) };

	publish_number(bus, "second/a", 1);
	publish_number(bus, "second/b", 1);
	publish_number(bus, "second/a", 2);
	end = now_us();
	assert_true(is_readable(sub, PATIENCE_MS));
	assert_true(now_us() - begin >= SECOND - 1000);
	if (end - begin >= SECOND)
		return false;
	assert_int_equal(messages_in_datagram(sub), 3);
	expect_number(sub, "second/a", 1);
	expect_number(sub, "second/b", 1);
	expect_many(sub, "second/a", 2, 2);
	assert_bus_ok(sub, bus_get_stats(sub, &stats));
	assert_int_equal(stats.live, 0);
	assert_int_equal(stats.drained, 3);
	assert_int_equal(stats.overruns, 0);
	return true;
}

static bool the_next_wait_as_well(struct bus *bus, struct bus *sub)
{
	struct bus_stats stats = { .size = sizeof(stats) };
	int64_t begin;
	bool readable;

	publish_number(bus, "second/a", 1);
	expect_many(sub, "second/a", 1, 1);
	begin = now_us();
	publish_many(bus, "second/a", 2, 4);
	assert_bus_ok(sub, bus_get_stats(sub, &stats));
	readable = is_readable(sub, 0);
	if (now_us() - begin >= SECOND)
		return false;
	assert_int_equal(stats.backlog_messages, 3);
	assert_false(readable);
	expect_number(sub, "second/a", 2);
	expect_many(sub, "second/a", 3, 4);
	return true;
}

static void they_come_together_and_in_time(void **state)
{
	within_a_second(three_come_together, 0);
	within_a_second(the_next_wait_as_well, 0);
}

static bool a_datagram_full_does_not(struct bus *bus, struct bus *sub)
{
	const struct bus_message *message;
	int64_t begin = now_us();
	int in_first, i, err;

	publish_many(bus, "second/a", 1, 150);
	assert_true(is_readable(sub, 0));
	in_first = messages_in_datagram(sub);
	for (i = 1; i <= in_first; i++)
		expect_number(sub, "second/a", i);
	err = bus_receive(sub, &message, 0);
	if (now_us() - begin >= SECOND)
		return false;
	assert_in_range(in_first, 50, 130);
	assert_int_equal(err, -EAGAIN);
	return true;
}

static bool half_a_backlog_does_not(struct bus *bus, struct bus *sub)
{
	const struct bus_message *message;
	int64_t begin = now_us();
	int in_first, i, err;

	publish_many(bus, "second/a", 1, 10);
	assert_true(is_readable(sub, 0));
	in_first = messages_in_datagram(sub);
	publish_number(bus, "second/a", 11);
	for (i = 1; i <= 10; i++)
		expect_number(sub, "second/a", i);
	err = bus_receive(sub, &message, 0);
	if (now_us() - begin >= SECOND)
		return false;
	assert_int_equal(in_first, 10);
	assert_int_equal(err, -EAGAIN);
	expect_number(sub, "second/a", 11);
	return true;
}

static void many_do_not_wait(void **state)
{
	within_a_second(a_datagram_full_does_not, 0);
	within_a_second(half_a_backlog_does_not, 20);
}

static void a_large_one_goes_at_once_behind_the_others(void **state)
{
	static char large[10000];
	struct bus *bus = open_bus();
	struct bus *sub = subscriber("large", SECOND, 0, 0);
	int i;

	publish_many(bus, "large", 1, 2);
	for (i = 3; i <= 4; i++)
		assert_bus_ok(bus, bus_publish(bus, "large", large,
					       sizeof(large), NULL));
	assert_true(is_readable(sub, 0));
	expect_number(sub, "large", 1);
	expect_number(sub, "large", 2);
	for (i = 3; i <= 4; i++)
		assert_int_equal(receive(sub)->seq, i);
	assert_nothing_comes(sub);
	bus_close(sub);
	bus_close(bus);
}

static void what_finds_no_room_is_asked_for(void **state)
{
	struct bus *bus = open_bus();
	struct bus *sub = subscriber("room", SECOND / 10, 0, 0);
	uint64_t next = 1;
	int i;

	shrink_socket(sub);
	publish_many(bus, "room", 1, 1000);
	for (i = 1; i <= 1000; i++)
		assert_int_equal(follow(receive(sub), &next), 0);
	assert_nothing_comes(sub);
	bus_close(sub);
	bus_close(bus);
}

static void losses_are_told(void **state)
{
	static const enum bus_overflow policies[] = { BUS_DROP_OLDEST,
						      BUS_DROP_NEWEST };
	struct bus *bus = open_bus();
	struct bus *sub;
	uint64_t lost, next;
	int i;

	for (i = 0; i < 2; i++) {
		sub = subscriber("losses", SECOND / 10, 30, policies[i]);
		shrink_socket(sub);
		next = 1 + 1000 * i;
		lost = 0;
		publish_many(bus, "losses", 1 + 1000 * i, 1000 * (i + 1));
		while (next <= (uint64_t)(1000 * (i + 1)))
			lost += follow(receive(sub), &next);
		assert_in_range(lost, 500, 999);
		assert_nothing_comes(sub);
		bus_close(sub);
	}
	bus_close(bus);
}

static void topics_may_go_while_they_wait(void **state)
{
	struct bus *bus = open_bus();
	struct bus *sub = subscriber("going/#", SECOND / 5, 0, 0);

	publish_number(bus, "going/a", 1);
	assert_bus_ok(bus, bus_topic_delete(bus, "going/a"));
	publish_number(bus, "going/a", 1);
	publish_number(bus, "going/b", 1);
	assert_bus_ok(sub, bus_unsubscribe(sub, "going/#"));
	publish_number(bus, "going/a", 2);
	expect_number(sub, "going/a", 1);
	expect_number(sub, "going/a", 1);
	expect_many(sub, "going/b", 1, 1);
	bus_close(sub);
	bus_close(bus);
}

static void who_blocks_gets_all(void **state)
{
	const struct bus_topic_options options = { .size = sizeof(options),
						   .allow_block = true };
	struct bus *bus = open_bus();
	struct bus *sub;
	char text[101] = "";
	int published = 0;

	assert_bus_ok(bus, bus_topic_create(bus, "block", &options));
	sub = subscriber("block", SECOND, 10, BUS_BLOCK);
	shrink_socket(sub);
	while (!bus_publish(bus, "block", text, sizeof(text), NULL))
		assert_in_range(++published, 1, 10000);
	assert_in_range(published, 10, 1000);
	while (published--)
		receive(sub);
	assert_nothing_comes(sub);
	publish_number(bus, "block", 1);
	receive(sub);
	bus_close(sub);
	bus_close(bus);
}

static void replays_do_not_wait(void **state)
{
	const struct bus_topic_options options = { .size = sizeof(options),
						   .history = 5 };
	const struct bus_backlog backlog = { .size = sizeof(backlog),
					     .coalesce_us = SECOND };
	struct bus *bus = open_bus();
	struct bus *sub = open_bus();

	assert_bus_ok(bus, bus_topic_create(bus, "replay", &options));
	publish_many(bus, "replay", 1, 7);
	assert_bus_ok(sub, bus_set_backlog(sub, &backlog));
	assert_bus_ok(sub, bus_subscribe_replay(sub, "replay", 5));
	publish_number(bus, "replay", 8);
	assert_true(is_readable(sub, 0));
	expect_number(sub, "replay", 3);
	expect_many(sub, "replay", 4, 8);
	bus_close(sub);
	bus_close(bus);
}

/*
 * One piece of the account is 128 messages, fewer than may coalesce. Messages
 * without room in the account go straight into the socket.
 */
static void none_is_lost_beyond_a_piece(void **state)
{
	struct kbus_limit limit =
		set_kbus_limit("total_backlog_messages_max", 128);
	struct bus *bus = open_bus();
	struct bus *sub = subscriber("piece", SECOND, 0, 0);
	int i;

	for (i = 1; i <= 150; i++)
		publish(bus, "piece", "x");
	for (i = 1; i <= 150; i++)
		expect(sub, "piece", i, "x");
	put_limit_back(limit);
	bus_close(sub);
	bus_close(bus);
}

static void a_filter_sees_each(void **state)
{
	struct bus *bus = open_bus();
	struct bus *sub = subscriber("filter", SECOND / 10, 0, 0);
	int i;

	publish_number(bus, "filter", 1);
	expect_number(sub, "filter", 1);
	take_odd_numbers_only(sub);
	publish_many(bus, "filter", 2, 9);
	for (i = 3; i <= 9; i += 2)
		expect_number(sub, "filter", i);
	assert_nothing_comes(sub);
	bus_close(sub);
	bus_close(bus);
}

static void it_may_close_while_they_wait(void **state)
{
	struct bus *bus = open_bus();
	struct bus *sub;
	int i;

	for (i = 0; i < 50; i++) {
		sub = subscriber("close", i % 2 ? SECOND : 1000, 0, 0);
		publish_number(bus, "close", 1);
		if (i % 3 == 0)
			usleep(1000);
		bus_close(sub);
	}
	assert_int_equal(look_up(bus, "close").subscribers, 0);
	bus_close(bus);
}

static void a_second_is_the_most(void **state)
{
	const struct bus_backlog backlog = { .size = sizeof(backlog),
					     .coalesce_us = SECOND + 1 };
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_int_equal(bus_subscribe(bus, "a"), -ERANGE);
	bus_close(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_come_together_and_in_time),
		cmocka_unit_test(many_do_not_wait),
		cmocka_unit_test(a_large_one_goes_at_once_behind_the_others),
		cmocka_unit_test(what_finds_no_room_is_asked_for),
		cmocka_unit_test(losses_are_told),
		cmocka_unit_test(topics_may_go_while_they_wait),
		cmocka_unit_test(who_blocks_gets_all),
		cmocka_unit_test(replays_do_not_wait),
		cmocka_unit_test(none_is_lost_beyond_a_piece),
		cmocka_unit_test(a_filter_sees_each),
		cmocka_unit_test(it_may_close_while_they_wait),
		cmocka_unit_test(a_second_is_the_most),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
