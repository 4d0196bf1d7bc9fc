// SPDX-License-Identifier: GPL-2.0-only
/*
 * Late publishers: messages that they still hold, after subscribers have
 * received and read them, block nobody
 */
#include "guest_test.h"

#include <linux/sock_diag.h>

/*
 * More than half of a socket's receive buffer, but less than all of it: each
 * takes some 2300 bytes there.
 */
#define HELD 60
#define LARGE 1024

/* More than goes into the socket, and into the largest chunk of a backlog. */
#define QUEUED 6000

/* The charge on a socket that has been read empty. */
static uint32_t account(struct bus *bus, int field)
{
	uint32_t info[SK_MEMINFO_VARS];
	socklen_t size = sizeof(info);

	assert_int_equal(getsockopt(bus_fd(bus), SOL_SOCKET, SO_MEMINFO, info,
				    &size),
			 0);
	return info[field];
}

/* Each is read at once, but stays charged to the socket while it is held. */
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
	struct bus_stats stats = { .size = sizeof(stats) };

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
	uint64_t i;

	assert_bus_ok(subscriber, bus_subscribe(subscriber, "late"));
	snprintf(parameters, sizeof(parameters), "messages=%d", HELD);
	load_module("kbus_late", parameters);
	publish_and_read(publisher, subscriber, HELD);
	assert_int_equal(module_parameter("kbus_late", "held"), HELD);
	assert_in_range(account(subscriber, SK_MEMINFO_RMEM_ALLOC), LARGE,
			account(subscriber, SK_MEMINFO_RCVBUF) / 2);
	for (i = 0; i < QUEUED; i++)
		publish(publisher, "late", "small");
	assert_int_equal(overruns(subscriber), 1);
	read_all(subscriber, HELD + 1, HELD + QUEUED);
	assert_int_equal(module_parameter("kbus_late", "held"), HELD);

	/* The subscriber is LIVE again. */
	publish(publisher, "late", "last");
	assert_int_equal(receive(subscriber)->seq, HELD + QUEUED + 1);
	assert_int_equal(overruns(subscriber), 1);
	unload_module("kbus_late");
	assert_bus_ok(publisher, bus_topic_delete(publisher, "late"));
	bus_close(subscriber);
	bus_close(publisher);
}

/* The dump does not resume alone, and no error reports the stall. */
static void a_backlog_that_stalls_is_asked_for_again(void **state)
{
	struct bus *publisher = open_bus();
	struct bus *subscriber = open_bus();
	const struct bus_message *message;
	struct bus_stats stats = { .size = sizeof(stats) };
	char parameters[64];
	uint64_t next;
	int err, i;

	assert_bus_ok(subscriber, bus_subscribe(subscriber, "late"));
	snprintf(parameters, sizeof(parameters), "messages=%d", HELD);
	load_module("kbus_late", parameters);
	publish_and_read(publisher, subscriber, HELD);
	for (i = 0; i < QUEUED; i++)
		publish(publisher, "late", "small");
	/* Until it has begun to hand over its backlog. */
	next = HELD + 1;
	while (!stats.drained) {
		assert_int_equal(follow(receive(subscriber), &next), 0);
		assert_bus_ok(subscriber, bus_get_stats(subscriber, &stats));
	}
	shrink_socket(subscriber);
	while (!(err = bus_receive(subscriber, &message, 0)))
		assert_int_equal(follow(message, &next), 0);
	assert_in_range(next, HELD + 1, HELD + QUEUED);
	for (i = 0; i < 10; i++) {
		assert_int_equal(err, -ENOBUFS);
		assert_true(bus_pending(subscriber));
		err = bus_receive(subscriber, &message, i);
	}
	assert_int_equal(module_parameter("kbus_late", "held"), HELD);
	unload_module("kbus_late");
	read_all(subscriber, next, HELD + QUEUED);
	publish(publisher, "late", "last");
	expect(subscriber, "late", HELD + QUEUED + 1, "last");
	assert_bus_ok(publisher, bus_topic_delete(publisher, "late"));
	bus_close(subscriber);
	bus_close(publisher);
}

/* A message then holds the last reference to the subscriber's socket. */
static void a_reader_may_be_gone_by_then(void **state)
{
	struct bus *publisher = open_bus();
	struct bus *subscriber = open_bus();
	char parameters[64];

	assert_bus_ok(subscriber, bus_subscribe(subscriber, "late"));
	snprintf(parameters, sizeof(parameters), "messages=%d", HELD);
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
		cmocka_unit_test(a_backlog_that_stalls_is_asked_for_again),
		cmocka_unit_test(a_reader_may_be_gone_by_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
