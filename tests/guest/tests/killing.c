// SPDX-License-Identifier: GPL-2.0-only
/*
 * kill -9 of publishers and subscribers at random moments under load: the
 * broker cleans up, and the survivors receive everything
 */
#include "guest_test.h"

#include <signal.h>
#include <sys/wait.h>

static const char *topic;

/* Whether subscribers block, and publishers wait for them. */
static bool blocking;

static void flood(void)
{
	const struct bus_publish_options options = {
		.size = sizeof(options),
		.wait_ms = blocking ? -1 : 0,
	};
	struct bus *bus = open_bus();
	char payload[200] = { 0 };

	for (;;)
		assert_bus_ok(bus, bus_publish(bus, topic, payload,
					       sizeof(payload), &options));
}

static struct bus *open_subscriber(uint32_t messages)
{
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = messages,
		.overflow = blocking ? BUS_BLOCK : BUS_DROP_OLDEST,
	};
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_bus_ok(bus, bus_subscribe(bus, topic));
	return bus;
}

/* Reads for a while, then lets the backlog fill. */
static void read_lazily(void)
{
	struct bus *bus = open_subscriber(blocking ? 20 : 2000);
	const struct bus_message *message;
	int i;

	for (i = 0; i < rand() % 500; i++)
		bus_receive(bus, &message, 100);
	pause();
}

static pid_t start(void (*fn)(void), unsigned int seed)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		srand(seed);
		fn();
		_exit(0);
	}
	return pid;
}

static void kill_and_reap(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void kill_at_random(void)
{
	const struct bus_topic_options options = { .size = sizeof(options),
						   .allow_block = blocking };
	unsigned long rounds = env_number("KILLS", 60);
	pid_t victims[6];
	struct bus *bus = open_bus();
	const struct bus_message *message;
	uint64_t next = 1, received = 0, lost = 0;
	unsigned long i;
	int slot;

	srand(3);
	assert_bus_ok(bus, bus_topic_create(bus, topic, &options));
	bus_close(bus);
	bus = open_subscriber(10000);
	for (slot = 0; slot < 6; slot++)
		victims[slot] = start(slot < 3 ? flood : read_lazily, slot);

	/*
	 * Until enough has come, because a busy machine may delay all
	 * publishers.
	 */
	for (i = 0; i < rounds || received <= 5 * rounds; i++) {
		int reads = rand() % 3000;

		assert_in_range(i, 0, 100 * rounds);
		slot = rand() % 6;
		while (reads-- && !bus_receive(bus, &message, 10)) {
			received += message->kind == BUS_MESSAGE;
			lost += follow(message, &next);
		}
		kill_and_reap(victims[slot]);
		victims[slot] = start(slot < 3 ? flood : read_lazily, i);
	}
	for (slot = 0; slot < 6; slot++)
		kill_and_reap(victims[slot]);
	while (!bus_receive(bus, &message, 100))
		follow(message, &next);
	assert_int_equal(look_up(bus, topic).subscribers, 1);
	printf("# %lu killed; received %lu in order, told of %lu lost\n", i,
	       received, lost);
	assert_true(!blocking || !lost);
	bus_close(bus);
}

static void survivors_lose_nothing(void **state)
{
	topic = "killing";
	kill_at_random();
}

/* Most of the time, a process is waiting. */
static void those_who_wait_are_released(void **state)
{
	topic = "killing/blocked";
	blocking = true;
	kill_at_random();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survivors_lose_nothing),
		cmocka_unit_test(those_who_wait_are_released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
