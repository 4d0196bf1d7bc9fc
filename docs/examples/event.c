// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Publishes a Protocol Buffers message. protoc-c generates event.pb-c.h from
 * proto/event.proto.
 */
#include <bus.h>
#include <stdio.h>

#include "event.pb-c.h"

int main(void)
{
	Kbus__V1__Event__Field temperature = KBUS__V1__EVENT__FIELD__INIT;
	Kbus__V1__Event__Field *fields[] = { &temperature };
	Kbus__V1__Event event = KBUS__V1__EVENT__INIT;
	struct bus *bus;
	int err;

	temperature.name = "temperature";
	temperature.value_case = KBUS__V1__EVENT__FIELD__VALUE_DOUBLE_VALUE;
	temperature.double_value = 21.5;
	event.text = "measured";
	event.fields = fields;
	event.n_fields = 1;

	err = bus_open(&bus);
	if (!err)
		err = bus_publish_message(bus, "sensors/kitchen", &event.base,
					  NULL);
	if (err)
		fprintf(stderr, "%s\n", bus_strerror(bus, err));
	bus_close(bus);
	return err != 0;
}
