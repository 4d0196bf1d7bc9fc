// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a hard interrupt: the time until messages of kbus_heartbeat reach a
 * process that sleeps until they come
 */
#include "step.h"
#include "usage.h"

#include "bus.h"
#include "heartbeat.pb-c.h"

#include <stdio.h>
#include <stdlib.h>

#define TOPIC "kernel/heartbeat"
#define MODULE "kbus_heartbeat"
#define TIMEOUT_MS 2000

static int fail(struct bus *bus, int err)
{
	return system_fail("%s", bus_strerror(bus, err));
}

static int next_ns(struct bus *bus, uint64_t *ns)
{
	const struct bus_message *message;
	ProtobufCMessage *unpacked;
	int err;

	do {
		err = bus_receive(bus, &message, TIMEOUT_MS);
	} while (!err && message->kind != BUS_MESSAGE);
	*ns = now_ns();
	if (!err)
		err = bus_unpack(message, &kbus__v1__heartbeat__descriptor,
				 &unpacked);
	if (err)
		return fail(bus, err);
	*ns -= ((Kbus__V1__Heartbeat *)unpacked)->time_ns;
	protobuf_c_message_free_unpacked(unpacked, NULL);
	return 0;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a;
	const uint64_t *y = b;

	return (*x > *y) - (*x < *y);
}

static int measure(struct bus *bus, unsigned int count, struct figures *figures)
{
	uint64_t *ns = calloc(count, sizeof(*ns));
	unsigned int i;
	int err = ns ? 0 : system_fail_errno("calloc");

	for (i = 0; !err && i < count; i++)
		err = next_ns(bus, &ns[i]);
	if (!err) {
		qsort(ns, count, sizeof(*ns), compare);
		figures_add(figures, "p50_ns", (double)ns[count / 2]);
		figures_add(figures, "p99_ns", (double)ns[count * 99 / 100]);
		figures_add(figures, "p99.9_ns",
			    (double)ns[count * 999UL / 1000]);
	}
	free(ns);
	return err;
}

/* In the guest the module is a file; elsewhere it is installed. */
int interrupt_run(const struct system *measured, const struct step *step,
		  struct figures *figures)
{
	struct bus *bus;
	int err = bus_open(&bus);

	if (!err)
		err = bus_subscribe(bus, TOPIC);
	if (err) {
		fail(bus, err);
		bus_close(bus);
		return -1;
	}
	if (system("insmod /lib/kbus/" MODULE ".ko 2>/dev/null || "
		   "modprobe -q " MODULE))
		err = system_fail(MODULE " does not load");
	else
		err = measure(bus, step->messages, figures);
	bus_close(bus);
	if (system("rmmod " MODULE))
		err = system_fail(MODULE " does not unload");
	return err;
}
