// SPDX-License-Identifier: GPL-2.0-only
/*
 * kbus_heartbeat: beats from hard interrupts, complete and in order, under any
 * load
 */
#include "guest_test.h"
#include "heartbeat.pb-c.h"

#include <inttypes.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define TOPIC "kernel/heartbeat"
#define MODULE "kbus_heartbeat"

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

struct pulse {
	uint64_t seq;
	uint64_t beat;
	uint64_t period_ns;
	uint64_t time_ns;
	uint64_t due_ns;
	uint64_t missed;
	uint64_t longest_ns;
};

/* Checks that this is the next beat, directly after the one before. */
static void take(struct pulse *pulse, const struct bus_message *message)
{
	Kbus__V1__Heartbeat *heartbeat;

	assert_int_equal(message->kind, BUS_MESSAGE);
	assert_string_equal(message->topic, TOPIC);
	assert_string_equal(message->type, "kbus.v1.Heartbeat");
	assert_true(message->kernel);
	assert_int_equal(message->seq, ++pulse->seq);
	heartbeat = kbus__v1__heartbeat__unpack(NULL, message->size,
						message->payload);
	assert_non_null(heartbeat);
	assert_int_equal(heartbeat->base.n_unknown_fields, 0);
	/* Beats without a subscriber take no number, but count. */
	if (pulse->seq > 1) {
		assert_int_equal(heartbeat->beat,
				 pulse->beat + heartbeat->missed + 1);
		assert_true(heartbeat->time_ns > pulse->time_ns);
		/* Even a late beat says when it was due. */
		assert_true(heartbeat->due_ns ==
			    pulse->due_ns +
				    pulse->period_ns * (heartbeat->missed + 1));
		pulse->missed += heartbeat->missed;
	}
	assert_true(heartbeat->due_ns <= heartbeat->time_ns);
	assert_true(heartbeat->time_ns <= now_ns());
	if (now_ns() - heartbeat->time_ns > pulse->longest_ns)
		pulse->longest_ns = now_ns() - heartbeat->time_ns;
	pulse->beat = heartbeat->beat;
	pulse->time_ns = heartbeat->time_ns;
	pulse->due_ns = heartbeat->due_ns;
	kbus__v1__heartbeat__free_unpacked(heartbeat, NULL);
}

/* A program that publishes as fast as it can, and one that reads it all. */
static pid_t start_flood(void)
{
	struct bus *publisher = open_bus();
	pid_t pid;

	assert_bus_ok(publisher, bus_topic_create(publisher, "flood", NULL));
	bus_close(publisher);
	pid = fork();
	assert_true(pid >= 0);
	if (pid)
		return pid;
	publisher = open_bus();
	for (;;)
		publish(publisher, "flood", "the flood rises");
}

static void beats_are_complete_and_in_order_in_a_flood(void **state)
{
	unsigned long seconds = env_number("BEATS_SECONDS", 10);
	unsigned long rate = env_number("BEATS_RATE", 1000);
	const struct bus_message *message;
	/* Room for all beats, however late their reader is. */
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = 1000000,
		.bytes = 64 << 20,
	};
	struct bus *bus = open_bus();
	struct bus *other = open_bus();
	struct pulse pulse = { .period_ns = 1000000000 / rate };
	struct bus_topic topic;
	uint64_t loading, end, unloaded, flood = 0;
	pid_t flooder;
	char text[32];

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_bus_ok(bus, bus_subscribe(bus, TOPIC));
	assert_bus_ok(other, bus_subscribe(other, "flood"));
	flooder = start_flood();
	snprintf(text, sizeof(text), "rate=%lu", rate);
	loading = now_ns();
	load_module(MODULE, text);
	end = now_ns() + seconds * 1000000000ULL;
	while (!flood || now_ns() < end) {
		while (!bus_receive(bus, &message, 0))
			take(&pulse, message);
		if (!bus_receive(other, &message, 10))
			flood += message->kind == BUS_MESSAGE;
		assert_true(now_ns() < end + PATIENCE_MS * 1000000ULL);
	}
	/* It beats until the end. */
	do
		take(&pulse, receive(bus));
	while (pulse.time_ns < end);
	kill(flooder, SIGKILL);
	waitpid(flooder, NULL, 0);
	topic = look_up(bus, TOPIC);
	assert_int_equal(topic.lost, 0);
	unload_module(MODULE);
	unloaded = now_ns();
	while (!bus_receive(bus, &message, 0))
		take(&pulse, message);
	printf("# %" PRIu64 " beats received of %" PRIu64 ", %" PRIu64
	       " missed; beside %" PRIu64 " others; the latest after %.1f ms\n",
	       pulse.seq, pulse.beat, pulse.missed, flood,
	       pulse.longest_ns / 1e6);
	assert_true(pulse.seq >= topic.seq);
	assert_true(topic.deferred > 0);
	assert_in_range(pulse.beat, 1, (unloaded - loading) / pulse.period_ns);
	bus_close(other);
	bus_close(bus);
}

static void nobody_hears_nothing_is_said(void **state)
{
	struct bus *bus = open_bus();
	const struct bus_message *message;
	Kbus__V1__Heartbeat *heartbeat;

	load_module(MODULE, "rate=500");
	/* A hundred beats. */
	usleep(200000);
	assert_int_equal(look_up(bus, TOPIC).seq, 0);
	assert_bus_ok(bus, bus_subscribe(bus, "kernel/+"));
	message = receive(bus);
	assert_int_equal(message->seq, 1);
	heartbeat = kbus__v1__heartbeat__unpack(NULL, message->size,
						message->payload);
	assert_non_null(heartbeat);
	assert_true(heartbeat->beat > 10);
	kbus__v1__heartbeat__free_unpacked(heartbeat, NULL);
	unload_module(MODULE);
	bus_close(bus);
}

static void a_rate_out_of_range_is_refused(void **state)
{
	static const char *const bad[] = { "rate=0", "rate=100001",
					   "rate=4294967295" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(try_load_module(MODULE, bad[i]), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beats_are_complete_and_in_order_in_a_flood),
		cmocka_unit_test(nobody_hears_nothing_is_said),
		cmocka_unit_test(a_rate_out_of_range_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
