// SPDX-License-Identifier: GPL-2.0-only
/*
 * A subscriber may put a filter on its own socket: what that refuses is not lost
 * for want of room
 */
#include "guest_test.h"

#include <linux/filter.h>
#include <signal.h>
#include <sys/wait.h>

#define LARGE 20000
#define KEPT 5000
#define COMINGS 5000

static void set_filter(struct bus *bus, uint32_t kept)
{
	struct sock_filter code = BPF_STMT(BPF_RET | BPF_K, kept);
	struct sock_fprog program = { .len = 1, .filter = &code };

	assert_int_equal(setsockopt(bus_fd(bus), SOL_SOCKET, SO_ATTACH_FILTER,
				    &program, sizeof(program)),
			 0);
}

static void remove_filter(struct bus *bus)
{
	int off = 0;

	assert_int_equal(setsockopt(bus_fd(bus), SOL_SOCKET, SO_DETACH_FILTER,
				    &off, sizeof(off)),
			 0);
}

static void what_a_filter_refuses_is_no_loss(void **state)
{
	struct bus *picky = open_bus();
	struct bus *other = open_bus();
	struct bus_stats stats = { 0 };

	assert_bus_ok(picky, bus_subscribe(picky, "filter"));
	assert_bus_ok(other, bus_subscribe(other, "filter"));
	publish(other, "filter", "one");
	expect(picky, "filter", 1, "one");
	set_filter(picky, 0);
	publish(other, "filter", "two");
	assert_nothing_comes(picky);
	assert_bus_ok(picky, bus_get_stats(picky, &stats));
	assert_int_equal(stats.live, 2);
	assert_int_equal(stats.overruns, 0);
	assert_int_equal(stats.lost, 0);
	remove_filter(picky);
	publish(other, "filter", "three");
	expect(picky, "filter", 3, "three");
	expect(other, "filter", 1, "one");
	expect(other, "filter", 2, "two");
	expect(other, "filter", 3, "three");
	bus_close(picky);
	bus_close(other);
}

static void a_filter_may_shorten_a_large_message(void **state)
{
	static char payload[LARGE], received[2 * LARGE];
	struct bus *brief = open_bus();
	struct bus *other = open_bus();

	assert_bus_ok(brief, bus_subscribe(brief, "short"));
	assert_bus_ok(other, bus_subscribe(other, "short"));
	set_filter(brief, KEPT);
	assert_bus_ok(other, bus_publish(other, "short", payload, LARGE, NULL));
	/* The topic's name comes first. */
	assert_in_range(recv(bus_fd(brief), received, sizeof(received), 0), 1,
			KEPT - 1);
	assert_int_equal(recv(bus_fd(brief), received, sizeof(received), 0),
			 KEPT);
	assert_int_equal(receive(other)->size, LARGE);
	bus_close(brief);
	bus_close(other);
}

/* While messages are on their way, to it and, unharmed, to another. */
static void a_filter_may_come_and_go(void **state)
{
	static char payload[LARGE], received[2 * LARGE];
	struct bus *brief = open_bus();
	struct bus *other = open_bus();
	struct bus_stats stats = { 0 };
	int sizes[2] = { 0, 0 };
	pid_t pid;
	ssize_t n;
	int i;

	assert_bus_ok(other, bus_subscribe(other, "come/and/go"));
	assert_bus_ok(brief, bus_subscribe(brief, "come/and/go"));
	pid = fork();
	assert_true(pid >= 0);
	while (!pid) {
		set_filter(brief, KEPT);
		remove_filter(brief);
	}
	for (i = 1; i <= COMINGS; i++) {
		assert_bus_ok(other, bus_publish(other, "come/and/go", payload,
						 LARGE, NULL));
		assert_int_equal(receive(other)->size, LARGE);
		while ((n = recv(bus_fd(brief), received, sizeof(received),
				 MSG_DONTWAIT)) > 0)
			if (n >= KEPT)
				sizes[n > LARGE]++;
		assert_int_equal(errno, EAGAIN);
	}
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	printf("# %d shortened, %d not\n", sizes[0], sizes[1]);
	assert_int_equal(sizes[0] + sizes[1], COMINGS);
	assert_true(sizes[0] > 0);
	assert_true(sizes[1] > 0);
	assert_bus_ok(brief, bus_get_stats(brief, &stats));
	assert_int_equal(stats.live, COMINGS);
	bus_close(brief);
	bus_close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_filter_refuses_is_no_loss),
		cmocka_unit_test(a_filter_may_shorten_a_large_message),
		cmocka_unit_test(a_filter_may_come_and_go),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
