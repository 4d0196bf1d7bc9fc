// SPDX-License-Identifier: GPL-2.0-only
/*
 * Structures that carry their sizes: programs of an older and a newer bus.h
 */
#include "guest_test.h"

/* A structure with members that this libbus does not know. */
#define NEWER(type)                  \
	struct {                     \
		struct type known;   \
		uint64_t unknown[2]; \
	}

static void assert_refused_size(struct bus *bus, int err)
{
	assert_int_equal(err, -EINVAL);
	assert_non_null(strstr(bus_strerror(bus, err), "size"));
}

static void assert_too_new(struct bus *bus, int err)
{
	assert_int_equal(err, -E2BIG);
	assert_non_null(strstr(bus_strerror(bus, err), "too old"));
}

static void a_size_that_is_not_set_is_refused(void **state)
{
	const struct bus_backlog backlog = { .messages = 10 };
	const struct bus_publish_options options = { .flags = BUS_NO_CREATE };
	const struct bus_topic_options topic = { .history = 1 };
	const struct bus_topic_access access = { .set = BUS_SET_MODE };
	struct bus_result result = { 0 };
	const struct bus_publish_options with_result = {
		.size = sizeof(with_result),
		.result = &result,
	};
	struct bus_stats stats = { 0 };
	struct bus *bus = open_bus();

	assert_refused_size(bus, bus_set_backlog(bus, &backlog));
	assert_refused_size(bus, bus_publish(bus, "size", "x", 1, &options));
	assert_refused_size(bus,
			    bus_publish(bus, "size", "x", 1, &with_result));
	assert_refused_size(bus, bus_topic_create(bus, "size", &topic));
	assert_int_equal(bus_topic_delete(bus, "size"), -ENOENT);
	assert_bus_ok(bus, bus_subscribe(bus, "size"));
	assert_refused_size(bus, bus_get_stats(bus, &stats));
	assert_bus_ok(bus, bus_publish(bus, "size", "x", 1, NULL));
	assert_refused_size(bus, bus_topic_change(bus, "size", &access));
	bus_close(bus);
}

static void a_newer_program_may_leave_its_options_out(void **state)
{
	NEWER(bus_backlog) backlog = { .known.messages = 10 };
	NEWER(bus_publish_options) options = { .known.wait_ms = 10 };
	NEWER(bus_topic_options) topic = { .known.history = 1 };
	NEWER(bus_topic_access) access = { .known.set = BUS_SET_MODE };
	NEWER(bus_result) result = { .unknown = { 1, 2 } };
	NEWER(bus_stats) stats = { .unknown = { 1, 2 } };
	struct bus *bus = open_bus();

	backlog.known.size = sizeof(backlog);
	options.known.size = sizeof(options);
	options.known.result = &result.known;
	topic.known.size = sizeof(topic);
	access.known.size = sizeof(access);
	access.known.mode = 0600;
	result.known.size = sizeof(result);
	stats.known.size = sizeof(stats);

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog.known));
	assert_bus_ok(bus, bus_topic_create(bus, "newer", &topic.known));
	assert_bus_ok(bus, bus_subscribe(bus, "newer"));
	assert_bus_ok(bus, bus_publish(bus, "newer", "x", 1, &options.known));
	assert_int_equal(result.known.seq, 1);
	assert_int_equal(result.known.live, 1);
	assert_int_equal(result.known.size, sizeof(result));
	assert_int_equal(result.unknown[0] | result.unknown[1], 0);
	assert_bus_ok(bus, bus_get_stats(bus, &stats.known));
	assert_int_equal(stats.known.live, 1);
	assert_int_equal(stats.known.size, sizeof(stats));
	assert_int_equal(stats.unknown[0] | stats.unknown[1], 0);
	assert_bus_ok(bus, bus_topic_change(bus, "newer", &access.known));

	backlog.unknown[1] = 1;
	options.unknown[1] = 1;
	topic.unknown[1] = 1;
	access.unknown[1] = 1;
	assert_too_new(bus, bus_publish(bus, "newer", "x", 1, &options.known));
	assert_too_new(bus, bus_topic_create(bus, "newest", &topic.known));
	assert_too_new(bus, bus_topic_change(bus, "newer", &access.known));
	assert_int_equal(look_up(bus, "newer").seq, 1);
	bus_close(bus);
	bus = open_bus();
	assert_too_new(bus, bus_set_backlog(bus, &backlog.known));
	bus_close(bus);
}

static void bytes_have_a_type(void **state)
{
	const struct bus_publish_options one = {
		.size = sizeof(one),
		.type = "some.Type",
	};
	const struct bus_publish_options other = {
		.size = sizeof(other),
		.type = "some.Other",
	};
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_publish(bus, "typed", "x", 1, &one));
	assert_string_equal(look_up(bus, "typed").type, "some.Type");
	assert_int_equal(bus_publish(bus, "typed", "x", 1, &other),
			 -EPROTOTYPE);
	assert_bus_ok(bus, bus_publish(bus, "typed", "x", 1, NULL));
	assert_bus_ok(bus, bus_set_linger(bus, 1000000));
	assert_bus_ok(bus, bus_publish(bus, "typed", "x", 1, &one));
	assert_bus_ok(bus, bus_publish(bus, "typed", "x", 1, &one));
	assert_int_equal(bus_publish(bus, "typed", "x", 1, &other),
			 -EPROTOTYPE);
	assert_bus_ok(bus, bus_flush(bus));
	assert_int_equal(look_up(bus, "typed").seq, 4);
	bus_close(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_size_that_is_not_set_is_refused),
		cmocka_unit_test(a_newer_program_may_leave_its_options_out),
		cmocka_unit_test(bytes_have_a_type),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
