// SPDX-License-Identifier: GPL-2.0-only
/*
 * A message to more subscribers than are served at a time. Several publishers
 * publish, and continue with each other's messages, while subscribers come and
 * go. All subscribers that stay receive all messages, in order.
 *
 * FANOUT is the number of messages of each publisher.
 */
#include "guest_test.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define SUBSCRIBERS 200
#define PUBLISHERS 4
/* Messages of each publisher. */
static unsigned int each = 100;

static pid_t child(void (*program)(void))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	program();
	_exit(0);
}

static void publish_some(void)
{
	struct bus *bus;
	unsigned int i;

	if (bus_open(&bus))
		_exit(1);
	for (i = 0; i < each; i++)
		if (bus_publish(bus, "many", "x", 1, NULL))
			_exit(2);
}

static void come_and_go(void)
{
	struct bus *bus;

	for (;;) {
		if (bus_open(&bus) || bus_subscribe(bus, "many"))
			_exit(1);
		bus_close(bus);
	}
}

/* Changes the topic's mode, which must happen between two messages. */
static void change_mode(void)
{
	struct bus_topic_access access = { .size = sizeof(access),
					   .set = BUS_SET_MODE };
	struct bus *bus;

	if (bus_open(&bus))
		_exit(1);
	for (;; access.mode ^= 0644 ^ 0664) {
		access.mode = access.mode ? access.mode : 0644;
		if (bus_topic_change(bus, "many", &access))
			_exit(2);
	}
}

static void all_come_in_order(void **state)
{
	static struct bus *subs[SUBSCRIBERS];
	pid_t publishers[PUBLISHERS], others[2];
	struct bus *bus = open_bus();
	int i, status;
	uint64_t next;

	assert_bus_ok(bus, bus_topic_create(bus, "many", NULL));
	for (i = 0; i < SUBSCRIBERS; i++) {
		subs[i] = open_bus();
		assert_bus_ok(subs[i], bus_subscribe(subs[i], "many"));
	}
	others[0] = child(come_and_go);
	others[1] = child(change_mode);
	for (i = 0; i < PUBLISHERS; i++)
		publishers[i] = child(publish_some);
	for (i = 0; i < PUBLISHERS; i++) {
		assert_int_equal(waitpid(publishers[i], &status, 0),
				 publishers[i]);
		assert_int_equal(status, 0);
	}
	for (i = 0; i < 2; i++) {
		assert_int_equal(waitpid(others[i], &status, WNOHANG), 0);
		kill(others[i], SIGKILL);
		assert_int_equal(waitpid(others[i], &status, 0), others[i]);
	}
	assert_int_equal(look_up(bus, "many").seq, PUBLISHERS * each);
	for (i = 0; i < SUBSCRIBERS; i++) {
		for (next = 1; next <= PUBLISHERS * each;)
			assert_int_equal(follow(receive(subs[i]), &next), 0);
		assert_nothing_comes(subs[i]);
		bus_close(subs[i]);
	}
	bus_close(bus);
}

/* A publisher killed in the middle has published to all or to none. */
static void who_is_killed_has_published_to_all(void **state)
{
	static struct bus *subs[SUBSCRIBERS];
	struct bus *bus = open_bus();
	uint64_t next, last;
	int i, status;
	pid_t pid;

	assert_bus_ok(bus, bus_topic_create(bus, "many", NULL));
	for (i = 0; i < SUBSCRIBERS; i++) {
		subs[i] = open_bus();
		assert_bus_ok(subs[i], bus_subscribe(subs[i], "many"));
	}
	for (i = 0; i < 50; i++) {
		last = look_up(bus, "many").seq;
		pid = child(publish_some);
		while (look_up(bus, "many").seq == last)
			;
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
	}
	publish(bus, "many", "last");
	last = look_up(bus, "many").seq;
	for (i = 0; i < SUBSCRIBERS; i++) {
		/*
		 * There may be more messages than the backlogs have room for.
		 */
		for (next = 1; next <= last;)
			follow(receive(subs[i]), &next);
		assert_nothing_comes(subs[i]);
		bus_close(subs[i]);
	}
	bus_close(bus);
}

static int fresh_bus(void **state)
{
	enter_fresh_bus();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(all_come_in_order, fresh_bus),
		cmocka_unit_test_setup(who_is_killed_has_published_to_all,
				       fresh_bus),
	};

	each = (unsigned int)env_number("FANOUT", 100);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
