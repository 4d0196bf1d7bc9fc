// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waking readers other than a waiting thread: many epoll instances, nested
 * epoll instances, and signals. Each is notified, and none is forgotten.
 */
#include "guest_test.h"

#include <poll.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>

#define WATCHERS 200
#define MESSAGES 500

static int watch(int fd, uint32_t events)
{
	struct epoll_event event = { .events = events };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	assert_true(epoll >= 0);
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), 0);
	return epoll;
}

static void assert_ready(int epoll, int timeout)
{
	struct epoll_event event;

	assert_int_equal(epoll_wait(epoll, &event, 1, timeout), 1);
}

static void assert_not_ready(int epoll)
{
	struct epoll_event event;

	assert_int_equal(epoll_wait(epoll, &event, 1, 0), 0);
}

static struct bus *subscriber(void)
{
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_subscribe(bus, "wake"));
	return bus;
}

static void all_who_watch_are_woken(void **state)
{
	struct bus *bus = open_bus();
	struct bus *sub = subscriber();
	int epolls[WATCHERS];
	int i, round;

	publish(bus, "wake", "x");
	receive(sub);
	for (i = 0; i < WATCHERS; i++)
		epolls[i] = watch(bus_fd(sub), EPOLLIN | EPOLLET);
	for (round = 0; round < 20; round++) {
		publish(bus, "wake", "x");
		for (i = 0; i < WATCHERS; i++)
			assert_ready(epolls[i], PATIENCE_MS);
		for (i = 0; i < WATCHERS; i++)
			assert_not_ready(epolls[i]);
		receive(sub);
		assert_nothing_comes(sub);
	}
	for (i = 0; i < WATCHERS; i++)
		close(epolls[i]);
	bus_close(sub);
	bus_close(bus);
}

/* One epoll instance waits for the socket, and many wait for that instance. */
static void who_watches_a_watcher_is_woken(void **state)
{
	struct bus *bus = open_bus();
	struct bus *sub = subscriber();
	int epolls[WATCHERS];
	int inner, i, round;

	publish(bus, "wake", "x");
	receive(sub);
	inner = watch(bus_fd(sub), EPOLLIN);
	for (i = 0; i < WATCHERS; i++)
		epolls[i] = watch(inner, EPOLLIN);
	for (round = 0; round < 20; round++) {
		publish(bus, "wake", "x");
		for (i = 0; i < WATCHERS; i++)
			assert_ready(epolls[i], PATIENCE_MS);
		receive(sub);
		assert_nothing_comes(sub);
		assert_not_ready(epolls[0]);
	}
	for (i = 0; i < WATCHERS; i++)
		close(epolls[i]);
	close(inner);
	bus_close(sub);
	bus_close(bus);
}

static volatile sig_atomic_t signals;

static void count_signal(int signal)
{
	signals++;
}

static void signals_are_sent(void **state)
{
	const struct sigaction action = { .sa_handler = count_signal };
	struct bus *bus = open_bus();
	struct bus *sub = subscriber();
	int i, before;

	assert_int_equal(sigaction(SIGIO, &action, NULL), 0);
	assert_int_equal(fcntl(bus_fd(sub), F_SETOWN, getpid()), 0);
	assert_int_equal(fcntl(bus_fd(sub), F_SETFL, O_ASYNC), 0);
	for (i = 0; i < 20; i++) {
		before = signals;
		publish(bus, "wake", "x");
		while (signals == before)
			poll(NULL, 0, 1);
		receive(sub);
	}
	assert_int_equal(fcntl(bus_fd(sub), F_SETFL, 0), 0);
	bus_close(sub);
	bus_close(bus);
}

static int received;

static int count_messages(const char *datagram, ssize_t left)
{
	const struct nlmsghdr *nlh = (const void *)datagram;
	int count = 0;

	for (; NLMSG_OK(nlh, left); nlh = NLMSG_NEXT(nlh, left))
		count++;
	return count;
}

/* Several threads wait in poll(): each datagram wakes one. */
static void *read_some(void *data)
{
	struct pollfd pfd = { .fd = *(int *)data, .events = POLLIN };
	char buffer[65536] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t n;

	while (__atomic_load_n(&received, __ATOMIC_RELAXED) < MESSAGES) {
		poll(&pfd, 1, 10);
		n = recv(pfd.fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		__atomic_add_fetch(&received, count_messages(buffer, n),
				   __ATOMIC_RELAXED);
	}
	return NULL;
}

static void threads_share_a_socket(void **state)
{
	struct bus *bus = open_bus();
	struct bus *sub = subscriber();
	int fd = bus_fd(sub);
	pthread_t threads[4];
	int i;

	publish(bus, "wake", "x");
	receive(sub);
	for (i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, read_some, &fd), 0);
	for (i = 0; i < MESSAGES; i++) {
		publish(bus, "wake", "x");
		while (__atomic_load_n(&received, __ATOMIC_RELAXED) < i - 50)
			poll(NULL, 0, 1);
	}
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(received, MESSAGES);
	bus_close(sub);
	bus_close(bus);
}

static void one_may_close_while_it_is_woken(void **state)
{
	struct bus *bus = open_bus();
	struct bus *sub;
	int epolls[3];
	int round, i;

	for (round = 0; round < 200; round++) {
		sub = subscriber();
		for (i = 0; i < 3; i++)
			epolls[i] = watch(bus_fd(sub), EPOLLIN);
		publish(bus, "wake", "x");
		bus_close(sub);
		for (i = 0; i < 3; i++)
			close(epolls[i]);
	}
	bus_close(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_who_watch_are_woken),
		cmocka_unit_test(who_watches_a_watcher_is_woken),
		cmocka_unit_test(signals_are_sent),
		cmocka_unit_test(threads_share_a_socket),
		cmocka_unit_test(one_may_close_while_it_is_woken),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
