// SPDX-License-Identifier: GPL-2.0-only
/*
 * kbus_netdev publishes everything that rtnetlink reports, in the same order
 *
 * The test makes STEPS random changes of devices and addresses, from SEED, in
 * two network namespaces; devices also move between them. The events from the
 * bus are compared, line for line, with those from rtnetlink, which "ip monitor
 * link address" would print there. The rules are in netdev/trace.c.
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

static bool is_as_long(const struct trace *one, const struct trace *other)
{
	return one->count == other->count;
}

/* Both report the same, but one may be slightly behind with the last event. */
static bool all_came(struct space *space)
{
	const struct traces *told = &space->told;
	const struct traces *monitored = &space->monitored;

	drain_space(space);
	return is_as_long(&told->links, &monitored->links) &&
	       is_as_long(&told->addresses, &monitored->addresses) &&
	       is_as_long(&told->local_addresses, &monitored->local_addresses);
}

static void await_the_last(struct space *space)
{
	int tries;

	for (tries = 0; !all_came(space) && tries < 1000; tries++)
		usleep(10000);
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
		await_the_last(&spaces[i]);
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
