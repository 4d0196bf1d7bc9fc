// SPDX-License-Identifier: GPL-2.0-only
/*
 * A listener: receives messages; gaps in their numbers are losses
 */
#include "libbus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const topics[] = { "a", "b/c", "d", "" };
	struct bus *bus;
	uint8_t choice;

	script_begin(data, size);
	if (bus_open(&bus))
		return 0;
	check_result(bus, bus_listen(bus, "a"));
	while (!script_ended()) {
		choice = script_byte();
		if (choice % 4)
			check_received(bus, false);
		else
			check_result(bus, bus_listen(bus, topics[choice >> 6]));
	}
	bus_close(bus);
	return 0;
}
