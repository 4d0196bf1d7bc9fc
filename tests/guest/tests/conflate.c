// SPDX-License-Identifier: GPL-2.0-only
/*
 * The overflow policy that keeps the last message of each topic and key
 */
#include "guest_test.h"

static struct bus *open_conflating(uint32_t messages, const char *pattern)
{
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = messages,
		.overflow = BUS_CONFLATE,
	};
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_bus_ok(bus, bus_subscribe(bus, pattern));
	return bus;
}

static void publish_about(struct bus *bus, const char *topic, const char *key,
			  const char *text)
{
	const struct bus_publish_options options = {
		.size = sizeof(options),
		.key = key,
		.key_size = strlen(key),
	};

	assert_bus_ok(bus,
		      bus_publish(bus, topic, text, strlen(text), &options));
}

/* Fills the socket and leaves one message in the backlog. */
static uint64_t fill(struct bus *bus, const char *topic)
{
	return overfill(bus, topic, 0);
}

static void expect_flood(struct bus *bus, const char *topic, uint64_t last)
{
	uint64_t i;

	for (i = 1; i <= last; i++)
		expect(bus, topic, i, "flood");
}

static void the_last_of_each_topic_is_kept(void **state)
{
	struct bus *bus = open_conflating(3, "last/+");
	uint64_t seq = fill(bus, "last/a");
	int i;

	publish(bus, "last/b", "b1");
	publish(bus, "last/c", "c1");
	for (i = 0; i < 100; i++)
		publish(bus, "last/a", "a");
	publish(bus, "last/b", "b2");
	publish(bus, "last/c", "c2");
	publish(bus, "last/c", "c3");
	expect_flood(bus, "last/a", seq - 1);
	/* In the order of publication. */
	expect_gap(bus, "last/a", seq, seq + 99);
	expect(bus, "last/a", seq + 100, "a");
	expect_gap(bus, "last/b", 1, 1);
	expect(bus, "last/b", 2, "b2");
	expect_gap(bus, "last/c", 1, 2);
	expect(bus, "last/c", 3, "c3");
	assert_nothing_comes(bus);
	bus_close(bus);
}

static void the_last_of_each_key_is_kept(void **state)
{
	struct bus *bus = open_conflating(3, "keys");
	uint64_t seq = fill(bus, "keys");
	int i;

	for (i = 0; i < 50; i++) {
		publish_about(bus, "keys", "x", "x");
		publish_about(bus, "keys", "y", "y");
	}
	publish_about(bus, "keys", "x", "last x");
	expect_flood(bus, "keys", seq);
	/* Of 100 more messages, the last y and the last x are left. */
	expect_gap(bus, "keys", seq + 1, seq + 99);
	expect(bus, "keys", seq + 100, "y");
	expect(bus, "keys", seq + 101, "last x");
	assert_nothing_comes(bus);
	bus_close(bus);
}

static void nothing_is_lost_while_there_is_room(void **state)
{
	struct bus *bus = open_conflating(1000, "room");
	uint64_t seq = overfill(bus, "room", 900);

	expect_flood(bus, "room", seq);
	assert_nothing_comes(bus);
	bus_close(bus);
}

static void more_keys_than_room_lose_the_oldest(void **state)
{
	struct bus *bus = open_conflating(3, "many");
	uint64_t seq = fill(bus, "many");
	char key[16];
	int i;

	for (i = 0; i < 10; i++) {
		snprintf(key, sizeof(key), "%d", i);
		publish_about(bus, "many", key, key);
	}
	expect_flood(bus, "many", seq - 1);
	expect_gap(bus, "many", seq, seq + 7);
	expect(bus, "many", seq + 8, "7");
	expect(bus, "many", seq + 9, "8");
	expect(bus, "many", seq + 10, "9");
	assert_nothing_comes(bus);
	bus_close(bus);
}

/* Superseding by key applies to messages being replayed as well. */
static void replays_conflate_like_any(void **state)
{
	const struct bus_topic_options options = { .size = sizeof(options),
						   .history = 100 };
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = 2,
		.overflow = BUS_CONFLATE,
	};
	struct bus *bus = open_bus();
	int i;

	assert_bus_ok(bus, bus_topic_create(bus, "replayed", &options));
	for (i = 0; i < 10; i++) {
		publish_about(bus, "replayed", "a", "a");
		publish_about(bus, "replayed", "b", "b");
	}
	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_bus_ok(bus, bus_subscribe_replay(bus, "replayed", 20));
	expect_gap(bus, "replayed", 1, 18);
	expect(bus, "replayed", 19, "a");
	expect(bus, "replayed", 20, "b");
	assert_nothing_comes(bus);
	bus_close(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_of_each_topic_is_kept),
		cmocka_unit_test(the_last_of_each_key_is_kept),
		cmocka_unit_test(nothing_is_lost_while_there_is_room),
		cmocka_unit_test(more_keys_than_room_lose_the_oldest),
		cmocka_unit_test(replays_conflate_like_any),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
