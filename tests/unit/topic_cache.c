// SPDX-License-Identifier: GPL-2.0-only
/*
 * The topics that a handle remembers: what makes room for others
 */
#include "internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define ROOM 1000

static struct topic *learn(struct topic_cache *cache, uint32_t id)
{
	struct bus_topic record = { .id = id, .type = "" };
	struct topic *topic;
	char name[32];

	snprintf(name, sizeof(name), "topic/%u", id);
	record.name = name;
	assert_int_equal(bus_topic_cache_learn(cache, &record, &topic), 0);
	return topic;
}

/* Finds a topic, or remembers it; returns whether it was found. */
static bool visit(struct topic_cache *cache, uint32_t id)
{
	char name[32];

	snprintf(name, sizeof(name), "topic/%u", id);
	if (bus_topic_cache_by_name(cache, name))
		return true;
	if (cache->count >= ROOM)
		bus_topic_cache_forget(cache, bus_topic_cache_any(cache));
	learn(cache, id);
	return false;
}

static void any_is_one_of_them(void **state)
{
	struct topic_cache cache = { 0 };
	uint32_t left;

	assert_null(bus_topic_cache_any(&cache));
	for (left = 1; left <= ROOM; left++)
		learn(&cache, left);
	for (left = ROOM; left; left--) {
		struct topic *topic = bus_topic_cache_any(&cache);

		assert_ptr_equal(bus_topic_cache_by_id(&cache, topic->id),
				 topic);
		assert_int_equal(cache.count, left);
		bus_topic_cache_forget(&cache, topic);
	}
	assert_null(bus_topic_cache_any(&cache));
	bus_topic_cache_free(&cache);
}

/* Returns how many of 1000 visits find their topic, of @topics in turn. */
static unsigned int found_of(uint32_t topics)
{
	struct topic_cache cache = { 0 };
	unsigned int found = 0;
	uint32_t i;

	for (i = 0; i < 20 * topics; i++) {
		bool is_found = visit(&cache, 1 + i % topics);

		found += is_found && i >= 10 * topics;
	}
	bus_topic_cache_free(&cache);
	return found / (topics / 100);
}

static void a_few_too_many_cost_little(void **state)
{
	assert_int_equal(found_of(ROOM), 1000);
	assert_in_range(found_of(ROOM + ROOM / 10), 700, 999);
	assert_in_range(found_of(2 * ROOM), 100, 999);
}

/* Those that are not used any more do not take up the room for ever. */
static void others_take_their_place(void **state)
{
	struct topic_cache cache = { 0 };
	unsigned int found = 0;
	uint32_t i;

	for (i = 1; i <= ROOM; i++)
		visit(&cache, i);
	for (i = 0; i < 10 * ROOM; i++) {
		bool is_found = visit(&cache, 2 * ROOM + i % (ROOM / 4));

		found += is_found && i >= 9 * ROOM;
	}
	assert_in_range(found, ROOM * 9 / 10, ROOM);
	bus_topic_cache_free(&cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_is_one_of_them),
		cmocka_unit_test(a_few_too_many_cost_little),
		cmocka_unit_test(others_take_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
