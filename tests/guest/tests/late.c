// SPDX-License-Identifier: GPL-2.0-only
/*
 * Publishers who are late: what they hold still, while subscribers have it and
 * have read it, is in nobody's way
 */
#include "guest_test.h"

#include <time.h>

/* More than half of a socket's receive buffer, and not all of it: each takes some
 * 2300 bytes there.
 */
#define HELD 60
#define LARGE 1024

#define HOLD_MS 1500

/* More than goes into the socket, and into the largest chunk of a backlog. */
#define QUEUED 1500

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Each is read at once, and on the socket's account for as long as it is held. */
static void publish_and_read(struct bus *publisher, struct bus *subscriber,
			     uint64_t count)
{
	static const char payload[LARGE];
	uint64_t i;

	for (i = 0; i < count; i++) {
		assert_bus_ok(publisher, bus_publish(publisher, "late", payload,
						     sizeof(payload), NULL));
		assert_int_equal(receive(subscriber)->seq, i + 1);
	}
}

static uint64_t overruns(struct bus *bus)
{
	struct bus_stats stats = { 0 };

	assert_bus_ok(bus, bus_get_stats(bus, &stats));
	return stats.overruns;
}

static void read_all(struct bus *subscriber, uint64_t from, uint64_t to)
{
	uint64_t next = from;

	while (next <= to)
		assert_int_equal(follow(receive(subscriber), &next), 0);
	assert_nothing_comes(subscriber);
}

static void a_reader_gets_its_backlog_all_the_same(void **state)
{
	struct bus *publisher = open_bus();
	struct bus *subscriber = open_bus();
	char parameters[64];
	int64_t begin;
	uint64_t i;

	assert_bus_ok(subscriber, bus_subscribe(subscriber, "late"));
	snprintf(parameters, sizeof(parameters), "messages=%d ms=%d", HELD,
		 HOLD_MS);
	load_module("kbus_late", parameters);
	begin = now_ms();
	publish_and_read(publisher, subscriber, HELD);
	assert_int_equal(module_parameter("kbus_late", "held"), HELD);
	for (i = 0; i < QUEUED; i++)
		publish(publisher, "late", "small");
	assert_int_equal(overruns(subscriber), 1);
	read_all(subscriber, HELD + 1, HELD + QUEUED);
	/* It had to wait, or nothing was tried here. */
	assert_true(now_ms() - begin >= HOLD_MS);
	assert_int_equal(module_parameter("kbus_late", "held"), 0);

	/* And is LIVE again. */
	publish(publisher, "late", "last");
	assert_int_equal(receive(subscriber)->seq, HELD + QUEUED + 1);
	assert_int_equal(overruns(subscriber), 1);
	unload_module("kbus_late");
	assert_bus_ok(publisher, bus_topic_delete(publisher, "late"));
	bus_close(subscriber);
	bus_close(publisher);
}

/* The last reference to its socket is then that of a message. */
static void a_reader_may_be_gone_by_then(void **state)
{
	struct bus *publisher = open_bus();
	struct bus *subscriber = open_bus();
	char parameters[64];

	assert_bus_ok(subscriber, bus_subscribe(subscriber, "late"));
	snprintf(parameters, sizeof(parameters), "messages=%d ms=%d", HELD,
		 HOLD_MS);
	load_module("kbus_late", parameters);
	publish_and_read(publisher, subscriber, HELD - 1);
	publish(publisher, "late", "unread");
	bus_close(subscriber);
	assert_int_equal(module_parameter("kbus_late", "held"), HELD);
	unload_module("kbus_late");

	subscriber = open_bus();
	assert_bus_ok(subscriber, bus_subscribe(subscriber, "late"));
	publish(publisher, "late", "next");
	expect(subscriber, "late", HELD + 1, "next");
	assert_bus_ok(publisher, bus_topic_delete(publisher, "late"));
	bus_close(subscriber);
	bus_close(publisher);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reader_gets_its_backlog_all_the_same),
		cmocka_unit_test(a_reader_may_be_gone_by_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
