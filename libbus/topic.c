// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Topics: create, delete, look up
 */
#include "internal.h"

#include <errno.h>
#include <string.h>

static const struct bus_topic_options defaults = {
	.size = sizeof(defaults),
};

int bus_topic_create(struct bus *bus, const char *topic,
		     const struct bus_topic_options *options)
{
	int err;

	if (!options)
		options = &defaults;
	err = bus_sized_check(bus, options, sizeof(*options));
	return err ? err :
		     bus_topic_ask(bus, KBUS_CMD_TOPIC_CREATE, NLM_F_EXCL,
				   topic, options, NULL);
}

/* Messages that were published before are sent first. */
static int send_in_turn(struct bus *bus, uint16_t type, const char *topic,
			const struct bus_topic_options *options)
{
	int err = bus_batch_flush_topic(bus, topic);

	return err ? err : bus_topic_ask(bus, type, 0, topic, options, NULL);
}

int bus_topic_change(struct bus *bus, const char *topic,
		     const struct bus_topic_access *access)
{
	struct bus_topic_options options = defaults;
	int err = bus_sized_check(bus, access, sizeof(*access));

	if (err)
		return err;
	options.access = *access;
	return send_in_turn(bus, KBUS_CMD_TOPIC_CHANGE, topic, &options);
}

int bus_topic_delete(struct bus *bus, const char *topic)
{
	return send_in_turn(bus, KBUS_CMD_TOPIC_DELETE, topic, &defaults);
}

int bus_topic_get(struct bus *bus, const char *topic, bus_topic_fn *fn,
		  void *data)
{
	struct topic_listing listing = { .fn = fn, .data = data };

	return bus_topic_ask(bus, KBUS_CMD_TOPIC_GET, 0, topic, &defaults,
			     &listing);
}

int bus_topic_list(struct bus *bus, bus_topic_fn *fn, void *data)
{
	struct topic_listing listing = { .fn = fn, .data = data };
	char buffer[BUS_REQUEST_SIZE];
	struct nlmsghdr *nlh;

	nlh = bus_request_new(bus, buffer, KBUS_CMD_TOPIC_GET, NLM_F_DUMP);
	return bus_request_send(bus, bus->control, nlh, bus_topic_answer,
				&listing);
}
