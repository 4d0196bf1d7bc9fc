// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Expiry: a handle forgets received topics that have been deleted
 *
 * The broker announces a topic once, before its first message, and does not
 * announce its end. Without expiry, a handle that subscribes to a pattern would
 * remember every topic that ever matched it. A deleted topic gets no new
 * messages. If the subscriber is LIVE after the deletion and then reads its
 * socket empty, all messages of the topic have arrived, and the topic can be
 * forgotten.
 */
#include "internal.h"

#include <errno.h>

/* Expiry is not worth its cost for fewer topics. */
#define TOPICS_MIN 1024

static void set_next(struct bus *bus, size_t from)
{
	bus->expiry.from = from < TOPICS_MIN ? TOPICS_MIN : from;
}

bool bus_topic_expiry_is_due(const struct bus *bus)
{
	const struct expiry *expiry = &bus->expiry;

	return bus->mode == BUS_SUBSCRIBES &&
	       (expiry->goes_on || (bus->received.count >= TOPICS_MIN &&
				    bus->received.count >= expiry->from));
}

void bus_topic_expiry_end(struct bus *bus)
{
	bus_topic_cache_free(&bus->expiry.kept);
	bus->expiry.goes_on = false;
}

static int keep(struct bus *bus, const struct bus_topic *record)
{
	struct topic *topic;

	return bus_topic_cache_learn(&bus->expiry.kept, record, &topic);
}

/* Keeps a topic that is announced during an expiry; 0 or -errno. */
int bus_topic_expiry_keep(struct bus *bus, const struct bus_topic *record)
{
	return bus->expiry.goes_on ? keep(bus, record) : 0;
}

static int keep_if_known(const struct bus_topic *record, void *data)
{
	struct bus *bus = data;

	return bus_topic_cache_by_id(&bus->received, record->id) ?
		       keep(bus, record) :
		       0;
}

/*
 * Begins an expiry. If it cannot begin now, the next attempt waits until there
 * are 1/8 more topics: the cost for each topic then stays small compared with
 * its announcement.
 */
static bool begin(struct bus *bus)
{
	bus->expiry.goes_on = !bus_topic_list(bus, keep_if_known, bus) &&
			      bus_subscriber_is_live(bus);
	bus->error[0] = '\0';
	if (!bus->expiry.goes_on) {
		bus_topic_expiry_end(bus);
		set_next(bus, bus->received.count + bus->received.count / 8);
	}
	return bus->expiry.goes_on;
}

static void complete(struct bus *bus)
{
	bus_topic_cache_free(&bus->received);
	bus->received = bus->expiry.kept;
	bus->expiry.kept = (struct topic_cache){ 0 };
	bus->expiry.goes_on = false;
	set_next(bus, 2 * bus->received.count);
}

/*
 * Called when the socket has been read empty. Returns whether it has to be read
 * empty once more.
 */
bool bus_topic_expiry_when_empty(struct bus *bus)
{
	if (!bus->expiry.goes_on)
		return begin(bus);
	complete(bus);
	return false;
}
