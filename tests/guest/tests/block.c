// SPDX-License-Identifier: GPL-2.0-only
/*
 * The overflow policy that makes publishers wait
 */
#include "guest_test.h"

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#define DEPTH 5

/* Ends a process that waits forever and would hang the test. */
#define HANG_S 1800

static void create(struct bus *bus, const char *topic)
{
	const struct bus_topic_options options = { .size = sizeof(options),
						   .allow_block = true };

	assert_bus_ok(bus, bus_topic_create(bus, topic, &options));
}

static struct bus *open_blocking(const char *pattern)
{
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = DEPTH,
		.overflow = BUS_BLOCK,
	};
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_bus_ok(bus, bus_subscribe(bus, pattern));
	return bus;
}

static int publish_waiting(struct bus *bus, const char *topic, int wait_ms)
{
	const struct bus_publish_options options = { .size = sizeof(options),
						     .wait_ms = wait_ms };

	return bus_publish(bus, topic, "flood", 5, &options);
}

/*
 * Publishes until a message would have to wait; returns the number published.
 */
static uint64_t publish_until_blocked(struct bus *bus, const char *topic)
{
	uint64_t count = 0;
	int err;

	while (!(err = publish_waiting(bus, topic, 0)))
		count++;
	assert_int_equal(err, -EAGAIN);
	assert_non_null(strstr(bus_strerror(bus, err), "no room"));
	return count;
}

static void drain(struct bus *bus, const char *topic, uint64_t first,
		  uint64_t last)
{
	for (; first <= last; first++)
		expect(bus, topic, first, "flood");
	assert_nothing_comes(bus);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A child that publishes one message, waiting; its status is the errno. */
static pid_t start_publisher(const char *topic, int wait_ms)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct bus *bus = open_bus();

		/*
		 * A publisher that is not woken fails instead of hanging the
		 * test.
		 */
		alarm(HANG_S);
		_exit(-publish_waiting(bus, topic, wait_ms));
	}
	return pid;
}

static bool is_asleep(pid_t pid)
{
	char path[64];
	char text[256] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	return strstr(text, ") S ");
}

/* Waits until the child sleeps and stays asleep. */
static void await_sleep(pid_t pid)
{
	int i, asleep;

	for (i = 0, asleep = 0; asleep < 10; i++) {
		assert_in_range(i, 0, PATIENCE_MS / 5);
		usleep(5000);
		asleep = is_asleep(pid) ? asleep + 1 : 0;
	}
}

static int exit_status(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void no_wait_gets_eagain_and_nobody_the_message(void **state)
{
	struct bus *bus = open_bus();
	struct bus *blocking, *free_one, *listener;
	uint64_t count;

	create(bus, "nowait");
	blocking = open_blocking("nowait");
	count = publish_until_blocked(bus, "nowait");
	assert_true(count > DEPTH);
	free_one = open_bus();
	assert_bus_ok(free_one, bus_subscribe(free_one, "nowait"));
	listener = open_bus();
	assert_bus_ok(listener, bus_listen(listener, "nowait"));

	assert_int_equal(publish_waiting(bus, "nowait", 0), -EAGAIN);
	assert_int_equal(publish_waiting(bus, "nowait", 0), -EAGAIN);
	assert_nothing_comes(free_one);
	assert_nothing_comes(listener);
	drain(blocking, "nowait", 1, count);
	/* The refused message took no number. */
	assert_bus_ok(bus, publish_waiting(bus, "nowait", 0));
	expect(free_one, "nowait", count + 1, "flood");
	expect(listener, "nowait", count + 1, "flood");
	drain(blocking, "nowait", count + 1, count + 1);
	bus_close(listener);
	bus_close(free_one);
	bus_close(blocking);
	bus_close(bus);
}

static void it_is_all_or_none_with_two_that_block(void **state)
{
	struct bus *bus = open_bus();
	struct bus *one, *other;
	uint64_t count, i;

	create(bus, "both");
	one = open_blocking("both");
	count = publish_until_blocked(bus, "both");
	/* The other has room, now and after the refusals. */
	other = open_blocking("both");
	for (i = 0; i < 100; i++)
		assert_int_equal(publish_waiting(bus, "both", 0), -EAGAIN);
	drain(one, "both", 1, count);
	i = publish_until_blocked(bus, "both");
	assert_true(i > DEPTH);
	drain(one, "both", count + 1, count + i);
	drain(other, "both", count + 1, count + i);
	bus_close(other);
	bus_close(one);
	bus_close(bus);
}

static void the_time_to_wait_is_the_publishers(void **state)
{
	struct bus *bus = open_bus();
	struct bus *blocking;
	uint64_t count;
	int64_t begin;

	create(bus, "time");
	blocking = open_blocking("time");
	count = publish_until_blocked(bus, "time");
	begin = now_ms();
	assert_int_equal(publish_waiting(bus, "time", 300), -EAGAIN);
	assert_true(now_ms() - begin >= 290);
	drain(blocking, "time", 1, count);
	bus_close(blocking);
	bus_close(bus);
}

static void a_waiting_publisher_wakes_when_room_appears(void **state)
{
	struct bus *bus = open_bus();
	struct bus *blocking;
	uint64_t count, i;
	pid_t pid;

	create(bus, "wake");
	blocking = open_blocking("wake");
	count = publish_until_blocked(bus, "wake");
	pid = start_publisher("wake", -1);
	await_sleep(pid);
	for (i = 1; i <= count + 1; i++)
		expect(blocking, "wake", i, "flood");
	assert_int_equal(exit_status(pid), 0);
	assert_nothing_comes(blocking);
	bus_close(blocking);
	bus_close(bus);
}

static void a_dead_subscriber_blocks_nobody(void **state)
{
	struct bus *bus = open_bus();
	int ready[2];
	pid_t subscriber, publisher;
	char byte;

	create(bus, "death");
	assert_int_equal(pipe(ready), 0);
	subscriber = fork();
	if (subscriber == 0) {
		open_blocking("death");
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	publish_until_blocked(bus, "death");
	publisher = start_publisher("death", -1);
	await_sleep(publisher);
	kill(subscriber, SIGKILL);
	assert_int_equal(exit_status(publisher), 0);
	waitpid(subscriber, NULL, 0);
	assert_bus_ok(bus, publish_waiting(bus, "death", 0));
	close(ready[0]);
	close(ready[1]);
	bus_close(bus);
}

static void unsubscribing_releases_the_publisher(void **state)
{
	struct bus *bus = open_bus();
	struct bus *blocking;
	pid_t pid;

	create(bus, "leave");
	blocking = open_blocking("leave");
	publish_until_blocked(bus, "leave");
	pid = start_publisher("leave", -1);
	await_sleep(pid);
	assert_bus_ok(blocking, bus_unsubscribe(blocking, "leave"));
	assert_int_equal(exit_status(pid), 0);
	bus_close(blocking);
	bus_close(bus);
}

static void deleting_the_topic_releases_the_publisher(void **state)
{
	const struct bus_publish_options options = {
		.size = sizeof(options),
		.flags = BUS_NO_CREATE,
		.wait_ms = -1,
	};
	struct bus *bus = open_bus();
	struct bus *blocking;
	pid_t pid;

	create(bus, "vanish");
	blocking = open_blocking("vanish");
	publish_until_blocked(bus, "vanish");
	pid = fork();
	if (pid == 0) {
		bus = open_bus();
		alarm(HANG_S);
		_exit(-bus_publish(bus, "vanish", "x", 1, &options));
	}
	await_sleep(pid);
	assert_bus_ok(bus, bus_topic_delete(bus, "vanish"));
	assert_int_equal(exit_status(pid), ENOENT);
	bus_close(blocking);
	bus_close(bus);
}

static void on_alarm(int signal)
{
}

static void a_signal_ends_the_wait(void **state)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	/* Repeated, because the first may come before the wait begins. */
	const struct itimerval often = { { 0, 100000 }, { 0, 100000 } };
	const struct itimerval never = { 0 };
	struct bus *bus = open_bus();
	struct bus *blocking;
	uint64_t count;

	create(bus, "signal");
	blocking = open_blocking("signal");
	count = publish_until_blocked(bus, "signal");
	sigaction(SIGALRM, &action, NULL);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	assert_int_equal(publish_waiting(bus, "signal", -1), -EINTR);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	drain(blocking, "signal", 1, count);
	bus_close(blocking);
	bus_close(bus);
}

static void it_is_refused_where_the_topic_does_not_allow_it(void **state)
{
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = DEPTH,
		.overflow = BUS_BLOCK,
	};
	struct bus *bus = open_bus();

	publish(bus, "forbidden", "x");
	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_int_equal(bus_subscribe(bus, "forbidden"), -EPERM);
	assert_non_null(strstr(bus_strerror(bus, -EPERM), "block"));
	assert_int_equal(bus_unsubscribe(bus, "forbidden"), -ENOENT);
	bus_close(bus);
}

/* A topic matched by a pattern, or created after the subscription. */
static void elsewhere_it_loses_and_is_told(void **state)
{
	struct bus *bus = open_bus();
	struct bus *blocking;
	uint64_t allowed, i;

	publish(bus, "mixed/free", "before");
	create(bus, "mixed/held");
	blocking = open_blocking("mixed/#");
	allowed = publish_until_blocked(bus, "mixed/held");
	for (i = 0; i < 100; i++)
		publish(bus, "mixed/free", "x");
	for (i = 0; i < 100; i++)
		publish(bus, "mixed/later", "x");
	for (i = 1; i <= allowed; i++)
		expect(blocking, "mixed/held", i, "flood");
	expect_gap(blocking, "mixed/free", 2, 101);
	expect_gap(blocking, "mixed/later", 1, 100);
	assert_nothing_comes(blocking);
	bus_close(blocking);
	bus_close(bus);
}

static bool is_behind(struct bus *bus)
{
	struct bus_stats stats = { .size = sizeof(stats) };

	assert_bus_ok(bus, bus_get_stats(bus, &stats));
	return stats.backlog_messages;
}

struct reader {
	pthread_t thread;
	struct bus *bus;
	uint64_t expected;
};

static void *read_all(void *data)
{
	struct reader *reader = data;
	uint64_t i;

	for (i = 1; i <= reader->expected; i++)
		expect(reader->bus, "flood", i, "flood");
	return NULL;
}

/* Slow readers, fast publishers, a backlog of five: nothing is lost. */
static void a_flood_loses_nothing(void **state)
{
	enum { PUBLISHERS = 3, READERS = 2 };
	uint64_t each = env_number("BLOCKED", 3000);
	struct reader readers[READERS];
	struct bus *bus = open_bus();
	struct bus_stats stats = { .size = sizeof(stats) };
	pid_t pids[PUBLISHERS];
	uint64_t i;
	int p;

	create(bus, "flood");
	for (p = 0; p < READERS; p++) {
		readers[p].bus = open_blocking("flood");
		shrink_socket(readers[p].bus);
		readers[p].expected = each * PUBLISHERS;
	}
	for (p = 0; p < PUBLISHERS; p++) {
		pids[p] = fork();
		if (pids[p])
			continue;
		alarm(HANG_S);
		bus = open_bus();
		for (i = 0; i < each; i++)
			assert_bus_ok(bus, publish_waiting(bus, "flood", -1));
		_exit(0);
	}
	for (p = 0; p < READERS; p++)
		await_that(is_behind(readers[p].bus));
	for (p = 0; p < READERS; p++)
		pthread_create(&readers[p].thread, NULL, read_all, &readers[p]);
	for (p = 0; p < PUBLISHERS; p++)
		assert_int_equal(exit_status(pids[p]), 0);
	for (p = 0; p < READERS; p++) {
		pthread_join(readers[p].thread, NULL);
		assert_bus_ok(bus, bus_get_stats(readers[p].bus, &stats));
		assert_int_equal(stats.live + stats.drained, each * PUBLISHERS);
		assert_int_equal(stats.lost, 0);
		assert_int_not_equal(stats.drained, 0);
		print_message("# reader %d: %llu straight, %llu queued\n", p,
			      (unsigned long long)stats.live,
			      (unsigned long long)stats.drained);
		bus_close(readers[p].bus);
	}
	bus_close(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_wait_gets_eagain_and_nobody_the_message),
		cmocka_unit_test(it_is_all_or_none_with_two_that_block),
		cmocka_unit_test(the_time_to_wait_is_the_publishers),
		cmocka_unit_test(a_waiting_publisher_wakes_when_room_appears),
		cmocka_unit_test(a_dead_subscriber_blocks_nobody),
		cmocka_unit_test(unsubscribing_releases_the_publisher),
		cmocka_unit_test(deleting_the_topic_releases_the_publisher),
		cmocka_unit_test(a_signal_ends_the_wait),
		cmocka_unit_test(
			it_is_refused_where_the_topic_does_not_allow_it),
		cmocka_unit_test(elsewhere_it_loses_and_is_told),
		cmocka_unit_test(a_flood_loses_nothing),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
