// SPDX-License-Identifier: GPL-2.0-only
/*
 * kbus_netdev tells all that rtnetlink tells, in the same order
 *
 * Random changes of devices and addresses in two network namespaces, which the
 * devices move between, STEPS in all from SEED; what came over the bus is
 * compared, line for line, with what came from rtnetlink: what "ip monitor link
 * address" would print there. netdev/trace.c has the rules.
 */
#include "guest_test.h"
#include "../netdev/netdev.h"

#define MODULE "kbus_netdev"

static struct space spaces[SPACES];

static void make_changes(unsigned long steps)
{
	unsigned long tries = 0;
	unsigned long i = 0;

	for (; i < steps; tries++) {
		i += change();
		assert_in_range(tries, 0, 1000 + 20 * steps);
	}
	printf("# of %lu changes %lu were possible\n", tries, steps);
}

static void the_bus_tells_what_rtnetlink_tells(void **state)
{
	unsigned long seed = env_number("SEED", 1);
	unsigned long steps = env_number("STEPS", 200);
	int i;

	printf("# SEED=%lu STEPS=%lu\n", seed, steps);
	load_module(MODULE, "");
	for (i = 0; i < SPACES; i++) {
		spaces[i].promote = i;
		open_space(&spaces[i]);
	}
	begin_changes(spaces, seed);
	make_changes(steps);
	/* The kernel collects changes of carriers for a second. */
	sleep(2);
	end_changes();
	sleep(1);
	for (i = 0; i < SPACES; i++) {
		drain_space(&spaces[i]);
		compare_traces(&spaces[i].told, &spaces[i].monitored);
	}
	for (i = 0; i < SPACES; i++)
		close_space(&spaces[i]);
	unload_module(MODULE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bus_tells_what_rtnetlink_tells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
