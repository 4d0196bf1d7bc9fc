// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Looking up subscribers, of this handle and of other programs
 */
#include "internal.h"

#include <errno.h>

struct listing {
	bus_subscriber_fn *fn;
	void *data;
};

struct pattern_listing {
	bus_pattern_fn *fn;
	void *data;
};

/* Reads the attributes of enum kbus_subscriber_attr that libbus knows. */
static int subscriber_attr(const struct nlattr *attr, void *data)
{
	const struct nlattr **attrs = data;

	if (mnl_attr_type_valid(attr, KBUS_A_SUBSCRIBER_MAX) > 0)
		attrs[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

static void parse_stats(const struct nlattr **attrs, struct bus_stats *stats)
{
	*stats = (struct bus_stats){
		.size = sizeof(*stats),
		.live = bus_attr_u64(attrs[KBUS_A_SUBSCRIBER_LIVE]),
		.drained = bus_attr_u64(attrs[KBUS_A_SUBSCRIBER_DRAINED]),
		.lost = bus_attr_u64(attrs[KBUS_A_SUBSCRIBER_LOST]),
		.reported = bus_attr_u64(attrs[KBUS_A_SUBSCRIBER_REPORTED]),
		.gaps = bus_attr_u64(attrs[KBUS_A_SUBSCRIBER_GAPS]),
		.overruns = bus_attr_u64(attrs[KBUS_A_SUBSCRIBER_OVERRUNS]),
		.backlog_messages =
			bus_attr_u32(attrs[KBUS_A_SUBSCRIBER_BACKLOG_MESSAGES]),
		.backlog_bytes =
			bus_attr_u32(attrs[KBUS_A_SUBSCRIBER_BACKLOG_BYTES]),
	};
}

/**
 * struct record - a subscriber, and what it refers to
 */
struct record {
	struct bus_subscriber subscriber;
	struct bus_backlog limits;
	struct bus_stats stats;
};

/* Reads a KBUS_MSG_SUBSCRIBER. The string stays in @nlh. 0 or -EPROTO. */
static int subscriber_parse(const struct nlmsghdr *nlh, struct record *record)
{
	const struct nlattr *attrs[KBUS_A_SUBSCRIBER_MAX + 1] = { 0 };

	if (nlh->nlmsg_type != KBUS_MSG_SUBSCRIBER)
		return -EPROTO;
	mnl_attr_parse(nlh, 0, subscriber_attr, attrs);
	record->subscriber = (struct bus_subscriber){
		.portid = bus_attr_u32(attrs[KBUS_A_SUBSCRIBER_PORTID]),
		.pid = bus_attr_u32(attrs[KBUS_A_SUBSCRIBER_PID]),
		.uid = bus_attr_u32(attrs[KBUS_A_SUBSCRIBER_UID]),
		.program = bus_attr_string(attrs[KBUS_A_SUBSCRIBER_PROGRAM]),
		.state = bus_attr_u32(attrs[KBUS_A_SUBSCRIBER_STATE]),
		.subscriptions =
			bus_attr_u32(attrs[KBUS_A_SUBSCRIBER_SUBSCRIPTIONS]),
		.limits = &record->limits,
		.stats = &record->stats,
	};
	record->limits = (struct bus_backlog){
		.size = sizeof(record->limits),
		.messages = bus_attr_u32(attrs[KBUS_A_SUBSCRIBER_MESSAGES]),
		.bytes = bus_attr_u32(attrs[KBUS_A_SUBSCRIBER_BYTES]),
		.overflow = bus_attr_u32(attrs[KBUS_A_SUBSCRIBER_OVERFLOW]),
		.coalesce_us =
			bus_attr_u32(attrs[KBUS_A_SUBSCRIBER_COALESCE_US]),
	};
	parse_stats(attrs, &record->stats);
	return record->subscriber.portid ? 0 : -EPROTO;
}

static int subscriber_answer(const struct nlmsghdr *nlh, void *data)
{
	const struct listing *listing = data;
	struct record record;
	int err;

	err = subscriber_parse(nlh, &record);
	return err ? err : listing->fn(&record.subscriber, listing->data);
}

/* Sends a request for one subscriber. */
static int send_get(struct bus *bus, uint32_t portid, answer_fn *fn, void *data)
{
	char buffer[BUS_REQUEST_SIZE];
	struct nlmsghdr *nlh;

	nlh = bus_request_new(bus, buffer, KBUS_CMD_SUBSCRIBER_GET, 0);
	mnl_attr_put_u32(nlh, KBUS_A_SUBSCRIBER_PORTID, portid);
	return bus_request_send(bus, bus->control, nlh, fn, data);
}

static int keep_stats(const struct bus_subscriber *subscriber, void *data)
{
	struct bus_stats *stats = data;
	const size_t size = stats->size;

	*stats = *subscriber->stats;
	stats->size = size;
	return 0;
}

int bus_get_stats(struct bus *bus, struct bus_stats *stats)
{
	struct listing listing = { .fn = keep_stats, .data = stats };
	int err = bus_sized_begin(bus, stats, sizeof(*stats));

	if (err)
		return err;
	if (bus->mode != BUS_SUBSCRIBES)
		return bus_refuse(bus, -ENOTCONN,
				  "this handle has not subscribed to anything");
	return send_get(bus, mnl_socket_get_portid(bus->messages),
			subscriber_answer, &listing);
}

static int keep_state(const struct bus_subscriber *subscriber, void *data)
{
	*(enum bus_state *)data = subscriber->state;
	return 0;
}

/* Whether this handle's subscriber is LIVE. */
bool bus_subscriber_is_live(struct bus *bus)
{
	enum bus_state state = BUS_QUEUED;
	struct listing listing = { .fn = keep_state, .data = &state };

	send_get(bus, mnl_socket_get_portid(bus->messages), subscriber_answer,
		 &listing);
	return state == BUS_LIVE;
}

static int keep_id(const struct bus_topic *topic, void *data)
{
	*(uint32_t *)data = topic->id;
	return 0;
}

int bus_subscriber_list(struct bus *bus, const char *topic,
			bus_subscriber_fn *fn, void *data)
{
	struct listing listing = { .fn = fn, .data = data };
	char buffer[BUS_REQUEST_SIZE];
	struct nlmsghdr *nlh;
	uint32_t id;
	int err;

	if (topic) {
		err = bus_topic_get(bus, topic, keep_id, &id);
		if (err)
			return err;
	}
	nlh = bus_request_new(bus, buffer, KBUS_CMD_SUBSCRIBER_GET, NLM_F_DUMP);
	if (topic)
		mnl_attr_put_u32(nlh, KBUS_A_SUBSCRIBER_TOPIC, id);
	return bus_request_send(bus, bus->control, nlh, subscriber_answer,
				&listing);
}

static int patterns_answer(const struct nlmsghdr *nlh, void *data)
{
	const struct pattern_listing *listing = data;
	const struct nlattr *attr;
	int err = 0;

	if (nlh->nlmsg_type != KBUS_MSG_SUBSCRIBER)
		return -EPROTO;
	mnl_attr_for_each(attr, nlh, 0) {
		if (!err &&
		    mnl_attr_get_type(attr) == KBUS_A_SUBSCRIBER_PATTERN)
			err = listing->fn(bus_attr_string(attr), listing->data);
	}
	return err;
}

int bus_subscriber_patterns(struct bus *bus, uint32_t portid,
			    bus_pattern_fn *fn, void *data)
{
	struct pattern_listing listing = { .fn = fn, .data = data };

	return send_get(bus, portid, patterns_answer, &listing);
}
