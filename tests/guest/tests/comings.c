// SPDX-License-Identifier: GPL-2.0-only
/*
 * Subscribers come and go while a kernel module publishes with interrupts off,
 * more messages than can be sent
 */
#include "guest_test.h"

#include <signal.h>
#include <sys/wait.h>

#define TOPIC "kernel/puppet"
#define MODULE "kbus_puppet"

/* Not a multiple of the subscribers that are served at a time. */
#define MANY 100
#define TURNS env_number("COMINGS", 50)

static const struct bus_backlog small = { .size = sizeof(small),
					  .messages = 20,
					  .bytes = 16 << 10 };

static struct bus *subscriber(void)
{
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_set_backlog(bus, &small));
	assert_bus_ok(bus, bus_subscribe(bus, TOPIC));
	return bus;
}

/* Takes the next message, if there is one; counts messages reported lost. */
static bool take(struct bus *bus, uint64_t *next, uint64_t *received,
		 uint64_t *lost)
{
	const struct bus_message *message;

	if (bus_receive(bus, &message, 0))
		return false;
	if (!*next)
		*next = message->kind == BUS_GAP ? message->first_seq :
						   message->seq;
	*received += message->kind == BUS_MESSAGE;
	*lost += follow(message, next);
	return true;
}

static void no_message_is_under_way_then(void **state)
{
	uint64_t next = 0, received = 0, lost = 0;
	struct bus *subs[MANY];
	struct bus *reader;
	struct bus_topic topic;
	unsigned long turn;
	pid_t pid;
	int i;

	load_module(MODULE, "deferred=100");
	reader = subscriber();
	for (i = 0; i < MANY; i++)
		subs[i] = subscriber();
	pid = fork();
	assert_true(pid >= 0);
	while (!pid)
		puppet_call("publish_irqs_off 500 10");
	/* Until some were lost: otherwise nothing has been tested. */
	for (turn = 0; turn < TURNS || look_up(reader, TOPIC).lost <= 100;
	     turn++) {
		struct bus *bus = subs[turn * 37 % MANY];

		assert_bus_ok(bus, bus_unsubscribe(bus, TOPIC));
		take(reader, &next, &received, &lost);
		assert_bus_ok(bus, bus_subscribe(bus, TOPIC));
		assert_in_range(turn, 0, 100 * TURNS);
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	topic = look_up(reader, TOPIC);
	printf("# %lu messages, %lu not sent\n", topic.seq, topic.lost);
	for (i = 0; i < MANY; i++)
		bus_close(subs[i]);
	unload_module(MODULE);
	while (take(reader, &next, &received, &lost))
		;
	assert_true(next > topic.seq);
	assert_true(received > 0);
	assert_true(lost > 0);
	bus_close(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_message_is_under_way_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
