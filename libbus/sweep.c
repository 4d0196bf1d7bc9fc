// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The sweep: a handle forgets the topics that it received and that were deleted
 *
 * A topic is announced once, before its first message, and nothing tells its end.
 * Who subscribes to all topics of a kind would remember for ever whatever came and
 * went. But of a topic that is not there any more nothing new comes: once the
 * subscriber is LIVE after that, and then has read its socket empty, all has come.
 */
#include "internal.h"

#include <errno.h>

/* Nobody minds so many. */
#define TOPICS_MIN 1024

static void set_next(struct bus *bus, size_t from)
{
	bus->sweep.from = from < TOPICS_MIN ? TOPICS_MIN : from;
}

bool bus_sweep_is_due(const struct bus *bus)
{
	const struct sweep *sweep = &bus->sweep;

	return bus->mode == BUS_SUBSCRIBES &&
	       (sweep->goes_on || (bus->received.count >= TOPICS_MIN &&
				   bus->received.count >= sweep->from));
}

void bus_sweep_end(struct bus *bus)
{
	bus_topics_free(&bus->sweep.kept);
	bus->sweep.goes_on = false;
}

static int keep(struct bus *bus, const struct bus_topic *record)
{
	struct topic *topic;

	return bus_topics_learn(&bus->sweep.kept, record, &topic);
}

/* One that is announced while a sweep goes on; 0 or -errno. */
int bus_sweep_keep(struct bus *bus, const struct bus_topic *record)
{
	return bus->sweep.goes_on ? keep(bus, record) : 0;
}

static int keep_if_known(const struct bus_topic *record, void *data)
{
	struct bus *bus = data;

	return bus_topics_by_id(&bus->received, record->id) ?
		       keep(bus, record) :
		       0;
}

/* Each topic is looked at so often that it costs little beside its announcement. */
static bool begin(struct bus *bus)
{
	bus->sweep.goes_on = !bus_topic_list(bus, keep_if_known, bus) &&
			     bus_subscriber_is_live(bus);
	bus->error[0] = '\0';
	if (!bus->sweep.goes_on) {
		bus_sweep_end(bus);
		set_next(bus, bus->received.count + bus->received.count / 8);
	}
	return bus->sweep.goes_on;
}

static void complete(struct bus *bus)
{
	bus_topics_free(&bus->received);
	bus->received = bus->sweep.kept;
	bus->sweep.kept = (struct topics){ 0 };
	bus->sweep.goes_on = false;
	set_next(bus, 2 * bus->received.count);
}

/* The socket has been read empty; whether that is to be done again. */
bool bus_sweep_when_empty(struct bus *bus)
{
	if (!bus->sweep.goes_on)
		return begin(bus);
	complete(bus);
	return false;
}
