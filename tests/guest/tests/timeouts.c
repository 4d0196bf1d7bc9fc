// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long bus_receive() waits: not less than it was asked to, and no longer
 * than until a message comes, whatever the call before it was asked to
 */
#include "guest_test.h"

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#define TOPIC "timeouts"

static struct bus *subscriber(void)
{
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_subscribe(bus, TOPIC));
	return bus;
}

static int64_t now_ms(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void assert_waits(struct bus *bus, int ms)
{
	const struct bus_message *message;
	int64_t before = now_ms();

	assert_int_equal(bus_receive(bus, &message, ms), -EAGAIN);
	assert_true(now_ms() - before >= ms);
}

struct late {
	struct bus *bus;
	int ms;
};

static void *publish_late(void *data)
{
	const struct late *late = data;

	usleep(late->ms * 1000);
	publish(late->bus, TOPIC, "late");
	return NULL;
}

/* A message that comes after @ms milliseconds ends the wait. */
static void assert_comes(struct bus *bus, struct bus *publisher, int ms,
			 int timeout_ms)
{
	struct late late = { .bus = publisher, .ms = ms };
	const struct bus_message *message;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, publish_late, &late), 0);
	assert_bus_ok(bus, bus_receive(bus, &message, timeout_ms));
	assert_int_equal(message->size, 4);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static void no_wait_ends_early(void **state)
{
	static const int times[] = { 1,	  10, 39,  40,	41, 400, 0,
				     100, 90, 700, 399, 5,  50,	 0 };
	struct bus *bus = subscriber();
	size_t i;

	for (i = 0; i < sizeof(times) / sizeof(*times); i++)
		assert_waits(bus, times[i]);
	bus_close(bus);
}

/* In either half of the wait, and after a wait of any other length. */
static void a_message_ends_each_wait(void **state)
{
	static const int before[] = { 40, 400, 0, 10 };
	struct bus *publisher = open_bus();
	struct bus *bus = subscriber();
	size_t i;

	for (i = 0; i < sizeof(before) / sizeof(*before); i++) {
		assert_waits(bus, before[i]);
		assert_comes(bus, publisher, 300, -1);
		assert_waits(bus, before[i]);
		assert_comes(bus, publisher, 10, PATIENCE_MS);
		assert_waits(bus, before[i]);
		assert_comes(bus, publisher, 300, PATIENCE_MS);
	}
	assert_bus_ok(bus, bus_topic_delete(bus, TOPIC));
	bus_close(bus);
	bus_close(publisher);
}

/* Other code may make reads of the descriptor end at once. */
static void who_makes_reads_short_makes_no_wait_short(void **state)
{
	const struct timeval moment = { .tv_usec = 1 };
	struct bus *publisher = open_bus();
	struct bus *bus = subscriber();
	int fd = bus_fd(bus);

	assert_waits(bus, 200);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &moment,
				    sizeof(moment)),
			 0);
	assert_waits(bus, 200);
	assert_comes(bus, publisher, 100, -1);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	assert_waits(bus, 200);
	assert_comes(bus, publisher, 100, -1);
	assert_bus_ok(bus, bus_topic_delete(bus, TOPIC));
	bus_close(bus);
	bus_close(publisher);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int signal)
{
	alarms++;
}

/* Also if system calls are to be repeated. */
static void a_signal_ends_a_wait(void **state)
{
	const struct sigaction action = { .sa_handler = count_alarm,
					  .sa_flags = SA_RESTART };
	const struct itimerval often = { { 0, 50000 }, { 0, 50000 } };
	const struct itimerval never = { 0 };
	const struct bus_message *message;
	struct bus *bus = subscriber();
	int i;

	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	for (i = 0; i < 5; i++)
		assert_int_equal(bus_receive(bus, &message, PATIENCE_MS),
				 -EINTR);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_true(alarms >= 5);
	assert_waits(bus, 100);
	bus_close(bus);
}

static void a_listener_waits_as_well(void **state)
{
	struct bus *publisher = open_bus();
	struct bus *bus = open_bus();

	assert_bus_ok(publisher, bus_topic_create(publisher, TOPIC, NULL));
	assert_bus_ok(bus, bus_listen(bus, TOPIC));
	assert_waits(bus, 100);
	assert_comes(bus, publisher, 200, -1);
	assert_comes(bus, publisher, 10, PATIENCE_MS);
	assert_waits(bus, 0);
	assert_bus_ok(publisher, bus_topic_delete(publisher, TOPIC));
	bus_close(bus);
	bus_close(publisher);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_wait_ends_early),
		cmocka_unit_test(a_message_ends_each_wait),
		cmocka_unit_test(who_makes_reads_short_makes_no_wait_short),
		cmocka_unit_test(a_signal_ends_a_wait),
		cmocka_unit_test(a_listener_waits_as_well),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
