// SPDX-License-Identifier: GPL-2.0-only
/*
 * Topics that come and go: a subscriber to all of them forgets deleted topics,
 * but no topic of which messages may still come
 */
#include "guest_test.h"

#include <malloc.h>

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

/* A publisher remembers topics as well, so each call uses another. */
static void many_come_and_go(struct bus *sub, int first, int last)
{
	struct bus *bus = open_bus();

	for (; first < last; first++) {
		come_and_go(bus, first);
		expect(sub, name_of(first), 1, "x");
		assert_nothing_comes(sub);
	}
	bus_close(bus);
}

static void they_are_forgotten(void **state)
{
	static const struct bus_backlog usual = { .size = sizeof(usual) };
	const int topics = (int)TOPICS;
	struct bus *sub = subscriber(&usual);
	struct bus *bus = open_bus();
	size_t before;

	publish(bus, "stays", "one");
	expect(sub, "stays", 1, "one");
	many_come_and_go(sub, 0, topics);
	before = allocated();
	many_come_and_go(sub, topics, 3 * topics);
	printf("# %zu bytes, %zu before\n", allocated(), before);
	/* A topic takes some 200 bytes. */
	assert_true(allocated() < before + (size_t)topics * 125);
	publish(bus, "stays", "two");
	expect(sub, "stays", 2, "two");
	bus_close(bus);
	bus_close(sub);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_forgotten),
		cmocka_unit_test(not_before_all_of_theirs_has_come),
		cmocka_unit_test(not_those_that_come_late),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
