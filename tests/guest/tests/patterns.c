// SPDX-License-Identifier: GPL-2.0-only
/*
 * Subscriptions to patterns. tests/unit/tree.c tests the rules of matching.
 */
#include "guest_test.h"

static void a_pattern_covers_topics_that_exist(void **state)
{
	struct bus *bus = open_bus();

	publish(bus, "exist/a", "before");
	publish(bus, "exist/b/c", "before");
	assert_bus_ok(bus, bus_subscribe(bus, "exist/#"));
	publish(bus, "exist/a", "1");
	publish(bus, "exist/b/c", "2");
	expect(bus, "exist/a", 2, "1");
	expect(bus, "exist/b/c", 2, "2");
	assert_nothing_comes(bus);
	bus_close(bus);
}

static void a_pattern_covers_later_topics_from_their_first_message(void **state)
{
	struct bus *bus = open_bus();
	struct bus *publisher = open_bus();
	char name[32];
	int i;

	assert_bus_ok(bus, bus_subscribe(bus, "later/+/x"));
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "later/%d/x", i);
		publish(publisher, name, "first");
		expect(bus, name, 1, "first");
	}
	publish(publisher, "later/0/y", "no");
	publish(publisher, "later/x", "no");
	assert_nothing_comes(bus);
	/* A topic that is created again. */
	assert_bus_ok(publisher, bus_topic_delete(publisher, "later/0/x"));
	publish(publisher, "later/0/x", "again");
	expect(bus, "later/0/x", 1, "again");
	bus_close(publisher);
	bus_close(bus);
}

static void one_message_comes_once_however_many_patterns_match(void **state)
{
	static const char *const patterns[] = {
		"once/+/c", "once/#",	"once/b/c",
		"once/b/+", "once/b/#", "once/b/c/#",
	};
	enum { COUNT = sizeof(patterns) / sizeof(*patterns) };
	struct bus *bus = open_bus();
	uint64_t seq = 0;
	int i;

	assert_bus_ok(bus, bus_subscribe(bus, patterns[0]));
	publish(bus, "once/b/c", "x");
	expect(bus, "once/b/c", ++seq, "x");
	for (i = 1; i < COUNT; i++) {
		assert_bus_ok(bus, bus_subscribe(bus, patterns[i]));
		publish(bus, "once/b/c", "x");
		expect(bus, "once/b/c", ++seq, "x");
		assert_nothing_comes(bus);
	}
	/* A topic that all of them wait for. */
	assert_bus_ok(bus, bus_topic_delete(bus, "once/b/c"));
	publish(bus, "once/b/c", "x");
	expect(bus, "once/b/c", 1, "x");
	seq = 1;
	for (i = 0; i < COUNT; i++) {
		publish(bus, "once/b/c", "x");
		expect(bus, "once/b/c", ++seq, "x");
		assert_nothing_comes(bus);
		assert_bus_ok(bus, bus_unsubscribe(bus, patterns[i]));
	}
	publish(bus, "once/b/c", "x");
	assert_nothing_comes(bus);
	bus_close(bus);
}

static void overlapping_patterns_end_one_by_one(void **state)
{
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_subscribe(bus, "lap/#"));
	assert_bus_ok(bus, bus_subscribe(bus, "lap/+"));
	assert_int_equal(bus_subscribe(bus, "lap/+"), -EEXIST);
	publish(bus, "lap/a", "1");
	publish(bus, "lap/a/b", "2");
	assert_bus_ok(bus, bus_unsubscribe(bus, "lap/#"));
	assert_int_equal(bus_unsubscribe(bus, "lap/#"), -ENOENT);
	publish(bus, "lap/a/b", "no");
	publish(bus, "lap/a", "3");
	expect(bus, "lap/a", 1, "1");
	expect(bus, "lap/a/b", 1, "2");
	expect(bus, "lap/a", 2, "3");
	assert_nothing_comes(bus);
	assert_int_equal(look_up(bus, "lap/a").subscribers, 1);
	assert_int_equal(look_up(bus, "lap/a/b").subscribers, 0);
	bus_close(bus);
}

static void a_topic_that_is_its_own_parent_matches_hash(void **state)
{
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_subscribe(bus, "parent/of/#"));
	publish(bus, "parent/of", "1");
	publish(bus, "parent", "no");
	publish(bus, "parent/offspring", "no");
	publish(bus, "parent/of/all/of/these", "2");
	expect(bus, "parent/of", 1, "1");
	expect(bus, "parent/of/all/of/these", 1, "2");
	assert_nothing_comes(bus);
	bus_close(bus);
}

static void losses_are_told_of_each_topic_of_a_pattern(void **state)
{
	const struct bus_backlog backlog = { .size = sizeof(backlog),
					     .messages = 10 };
	struct bus *bus = open_bus();
	uint64_t a, b, i;

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_bus_ok(bus, bus_subscribe(bus, "losses/#"));
	a = overfill(bus, "losses/a", 4);
	for (b = 0; b < 12; b++)
		publish(bus, "losses/b", "b");
	publish(bus, "losses/a", "last");
	for (i = 1; i <= a - 5; i++)
		expect(bus, "losses/a", i, "flood");
	/* The last 10 are losses/b 4 to 12 and losses/a's last. */
	expect_gap(bus, "losses/b", 1, 3);
	for (i = 4; i <= 12; i++)
		expect(bus, "losses/b", i, "b");
	expect_gap(bus, "losses/a", a - 4, a);
	expect(bus, "losses/a", a + 1, "last");
	assert_nothing_comes(bus);
	bus_close(bus);
}

static void ill_formed_patterns_are_refused(void **state)
{
	static const struct {
		const char *pattern;
		const char *text;
	} cases[] = {
		{ "a#", "whole level" },
		{ "#/b", "after" },
		{ "a+/b", "whole level" },
		{ "a/+b", "whole level" },
		{ "a//#", "empty level" },
		{ "/+", "begins" },
		{ "+/", "ends" },
		{ "", "empty" },
		{ "a/#/+", "nothing comes after" },
	};
	struct bus *bus = open_bus();
	char pattern[300];
	size_t i;

	assert_bus_ok(bus, bus_subscribe(bus, "ill/+"));
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int err = bus_subscribe(bus, cases[i].pattern);

		if (err != -EINVAL ||
		    !strstr(bus_strerror(bus, err), cases[i].text))
			fail_msg("'%s': %d, %s", cases[i].pattern, err,
				 bus_strerror(bus, err));
		assert_int_equal(bus_unsubscribe(bus, cases[i].pattern),
				 -EINVAL);
	}
	memset(pattern, '+', sizeof(pattern));
	for (i = 1; i < sizeof(pattern); i += 2)
		pattern[i] = '/';
	pattern[257] = '\0';
	assert_int_equal(bus_subscribe(bus, pattern), -EINVAL);
	pattern[255] = '\0';
	assert_bus_ok(bus, bus_subscribe(bus, pattern));
	/* The earlier subscription still works. */
	publish(bus, "ill/a", "x");
	expect(bus, "ill/a", 1, "x");
	bus_close(bus);
}

static void wildcards_are_for_subscribing_only(void **state)
{
	struct bus *bus = open_bus();

	assert_int_equal(bus_publish(bus, "only/+", "x", 1, NULL), -EINVAL);
	assert_int_equal(bus_topic_create(bus, "only/#", NULL), -EINVAL);
	assert_int_equal(bus_topic_delete(bus, "#"), -EINVAL);
	assert_int_equal(bus_listen(bus, "only/+"), -EINVAL);
	bus_close(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_covers_topics_that_exist),
		cmocka_unit_test(
			a_pattern_covers_later_topics_from_their_first_message),
		cmocka_unit_test(
			one_message_comes_once_however_many_patterns_match),
		cmocka_unit_test(overlapping_patterns_end_one_by_one),
		cmocka_unit_test(a_topic_that_is_its_own_parent_matches_hash),
		cmocka_unit_test(losses_are_told_of_each_topic_of_a_pattern),
		cmocka_unit_test(ill_formed_patterns_are_refused),
		cmocka_unit_test(wildcards_are_for_subscribing_only),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
