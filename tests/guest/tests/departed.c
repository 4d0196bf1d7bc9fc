// SPDX-License-Identifier: GPL-2.0-only
/*
 * Topics that come and go: a subscriber to all of them forgets deleted topics,
 * but no topic of which messages may still come
 */
#include "people.h"

#include <malloc.h>
#include <poll.h>

/* More topics than libbus keeps before it looks for deleted ones. */
#define TOPICS env_number("DEPARTED", 2000)

#define NAME "departed/%d/of/many/that/have/long/names/and/are/all/different"

static struct bus *subscriber(const struct bus_backlog *backlog)
{
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_set_backlog(bus, backlog));
	assert_bus_ok(bus, bus_subscribe(bus, "#"));
	return bus;
}

static const char *name_of(int number)
{
	static char name[128];

	snprintf(name, sizeof(name), NAME, number);
	return name;
}

static void come_and_go(struct bus *bus, int number)
{
	publish(bus, name_of(number), "x");
	assert_bus_ok(bus, bus_topic_delete(bus, name_of(number)));
}

/* The memory that the process has allocated. */
static size_t allocated(void)
{
	return mallinfo2().uordblks;
}

/* Reads until there is nothing. */
static void expect_all(struct bus *sub, const char *topic)
{
	expect(sub, topic, 1, "x");
	assert_nothing_comes(sub);
}

/* Reads only what is pending. */
static void expect_pending(struct bus *sub, const char *topic)
{
	struct pollfd pfd = { .fd = bus_fd(sub), .events = POLLIN };
	const struct bus_message *message;

	assert_int_equal(poll(&pfd, 1, PATIENCE_MS), 1);
	assert_bus_ok(sub, bus_receive(sub, &message, 0));
	assert_message(message, topic, 1, "x");
	while (bus_pending(sub))
		assert_nothing_comes(sub);
}

typedef void expect_fn(struct bus *sub, const char *topic);

/* A publisher remembers topics as well, so each call uses another. */
static void many_come_and_go(struct bus *sub, int first, int last,
			     expect_fn *expect_one)
{
	struct bus *bus = open_bus();

	for (; first < last; first++) {
		come_and_go(bus, first);
		expect_one(sub, name_of(first));
	}
	bus_close(bus);
}

static void assert_forgotten(expect_fn *expect_one)
{
	static const struct bus_backlog usual = { .size = sizeof(usual) };
	const int topics = (int)TOPICS;
	struct bus *sub = subscriber(&usual);
	struct bus *bus = open_bus();
	size_t before;

	publish(bus, "stays", "one");
	expect(sub, "stays", 1, "one");
	many_come_and_go(sub, 0, topics, expect_one);
	before = allocated();
	many_come_and_go(sub, topics, 3 * topics, expect_one);
	printf("# %zu bytes, %zu before\n", allocated(), before);
	/* A topic takes some 200 bytes. */
	assert_true(allocated() < before + (size_t)topics * 125);
	publish(bus, "stays", "two");
	expect(sub, "stays", 2, "two");
	assert_bus_ok(bus, bus_topic_delete(bus, "stays"));
	bus_close(bus);
	bus_close(sub);
}

static void they_are_forgotten(void **state)
{
	assert_forgotten(expect_all);
}

static void they_are_forgotten_in_loops(void **state)
{
	assert_forgotten(expect_pending);
}

/*
 * Each topic still has messages waiting when libbus looks for deleted topics.
 */
static void not_before_all_of_theirs_has_come(void **state)
{
	static const struct bus_backlog late = { .size = sizeof(late),
						 .coalesce_us = 2000 };
	const int topics = (int)TOPICS;
	struct bus *sub = subscriber(&late);
	struct bus *bus = open_bus();
	int i;

	for (i = 0; i < topics; i++) {
		publish(bus, name_of(i), "one");
		expect(sub, name_of(i), 1, "one");
		publish(bus, name_of(i), "two");
		assert_bus_ok(bus, bus_topic_delete(bus, name_of(i)));
		expect(sub, name_of(i), 2, "two");
	}
	bus_close(sub);
	bus_close(bus);
}

static void not_those_that_come_late(void **state)
{
	static const struct bus_backlog large = {
		.size = sizeof(large),
		.messages = 20000,
		.bytes = 32 << 20,
	};
	const int topics = (int)TOPICS;
	struct bus *sub = subscriber(&large);
	struct bus *bus = open_bus();
	int round, i;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < topics; i++)
			come_and_go(bus, i);
		for (i = 0; i < topics; i++)
			expect(sub, name_of(i), 1, "x");
		assert_nothing_comes(sub);
	}
	bus_close(sub);
	bus_close(bus);
}

/* Publishes a message that is put into the socket without a copy. */
static void publish_large(struct bus *bus)
{
	static char payload[10000];

	assert_bus_ok(bus, bus_publish(bus, "large", payload, sizeof(payload),
				       NULL));
}

/*
 * The subscriber's user has no room for what the subscriber is owed of deleted
 * topics. They are reported together, and their messages, between large ones of
 * another topic, are not handed over.
 */
static void the_rest_comes_after_those_reported_together(void **state)
{
	const struct bus_message *message = NULL;
	struct bus *alice = open_as(ALICE);
	int large = 0, together = 0, i;
	struct bus *bus = open_bus();
	struct kbus_limit limit;

	assert_int_equal(AS(ALICE, bus_subscribe(alice, "#")), 0);
	/* More than the socket holds. */
	for (i = 0; i < 20; i++)
		publish_large(bus);
	for (i = 0; i < 50; i++) {
		publish(bus, name_of(i), "x");
		publish_large(bus);
	}
	limit = set_kbus_limit("user_backlog_bytes_max", 1);
	for (i = 0; i < 50; i++)
		assert_bus_ok(bus, bus_topic_delete(bus, name_of(i)));
	put_limit_back(limit);
	publish(bus, "end", "x");
	do {
		assert_int_equal(AS(ALICE,
				    bus_receive(alice, &message, PATIENCE_MS)),
				 0);
		if (message->kind == BUS_GAP)
			together += message->topics > 0;
		else
			large += strcmp(message->topic, "large") == 0;
	} while (message->kind == BUS_GAP ||
		 strcmp(message->topic, "end") != 0);
	printf("# %d large messages, %d gaps of several topics\n", large,
	       together);
	assert_int_equal(large, 70);
	assert_true(together > 0);
	bus_close(bus);
	bus_close(alice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_forgotten),
		cmocka_unit_test(they_are_forgotten_in_loops),
		cmocka_unit_test(not_before_all_of_theirs_has_come),
		cmocka_unit_test(not_those_that_come_late),
		cmocka_unit_test(the_rest_comes_after_those_reported_together),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
