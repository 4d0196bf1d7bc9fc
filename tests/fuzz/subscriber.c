// SPDX-License-Identifier: GPL-2.0-only
/*
 * A subscriber: messages, gaps, topics' names, backlogs, and answers in between
 */
#include "libbus.h"

static int call(struct bus *bus, uint8_t choice)
{
	static const char *const patterns[] = { "a", "b/+", "#", "" };
	const char *pattern = patterns[choice >> 6];
	struct bus_stats stats = { .size = sizeof(stats) };

	switch (choice & 7) {
	case 0 ... 3:
		check_received(bus, choice & 1);
		return 0;
	case 4:
		return bus_subscribe(bus, pattern);
	case 5:
		return bus_subscribe_replay(bus, pattern, choice);
	case 6:
		return bus_unsubscribe(bus, pattern);
	default:
		return bus_get_stats(bus, &stats);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bus *bus;

	script_begin(data, size);
	if (bus_open(&bus))
		return 0;
	check_result(bus, bus_subscribe(bus, "a"));
	while (!script_ended())
		check_result(bus, call(bus, script_byte()));
	bus_close(bus);
	return 0;
}
