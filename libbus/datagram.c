// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A datagram that was read: the messages, gaps and names in it, one by one
 */
#include "internal.h"

#include <errno.h>
#include <string.h>

struct gap_attrs {
	uint32_t topic;
	uint64_t first;
	uint64_t last;
	uint64_t count;
	uint32_t topics;
};

static int gap_attr(const struct nlattr *attr, void *data)
{
	struct gap_attrs *attrs = data;

	switch (mnl_attr_get_type(attr)) {
	case KBUS_A_GAP_TOPIC:
		attrs->topic = bus_attr_u32(attr);
		break;
	case KBUS_A_GAP_FIRST:
		attrs->first = bus_attr_u64(attr);
		break;
	case KBUS_A_GAP_LAST:
		attrs->last = bus_attr_u64(attr);
		break;
	case KBUS_A_GAP_COUNT:
		attrs->count = bus_attr_u64(attr);
		break;
	case KBUS_A_GAP_TOPICS:
		attrs->topics = bus_attr_u32(attr);
		break;
	}
	return MNL_CB_OK;
}

static void set_gap(struct bus *bus, const struct topic *topic, uint64_t first,
		    uint64_t last, uint64_t count)
{
	bus->message = (struct bus_message){
		.kind = BUS_GAP,
		.topic = topic->name,
		.type = topic->type,
		.first_seq = first,
		.last_seq = last,
		.count = count,
	};
}

static int take_gap(struct bus *bus, const struct nlmsghdr *nlh)
{
	struct gap_attrs attrs = { 0 };
	const struct topic *topic;

	mnl_attr_parse(nlh, 0, gap_attr, &attrs);
	if (attrs.topics) {
		bus->message = (struct bus_message){
			.kind = BUS_GAP,
			.topic = "",
			.type = "",
			.count = attrs.count,
			.topics = attrs.topics,
		};
		return 0;
	}
	topic = bus_topic_cache_by_id(&bus->received, attrs.topic);
	if (!topic)
		return -EPROTO;
	set_gap(bus, topic, attrs.first, attrs.last, attrs.count);
	return 0;
}

/* Sets everything except the payload and the key. */
static void set_message(struct bus_message *message,
			const struct kbus_header *header,
			const struct topic *topic)
{
	/* After another message, the members that only gaps have are 0. */
	if (message->kind != BUS_MESSAGE || !message->topic)
		*message = (struct bus_message){ .kind = BUS_MESSAGE };
	message->topic = topic->name;
	message->type = topic->type;
	message->seq = header->seq;
	message->time_ns = header->time_ns;
	message->pid = header->pid;
	message->uid = header->uid;
	message->gid = header->gid;
	message->kernel = header->flags & KBUS_F_KERNEL;
	message->replayed = header->flags & KBUS_F_REPLAYED;
}

/* The attributes of a message; NULL if it has none of this kind. */
struct message_attrs {
	const struct nlattr *key;
	const struct nlattr *payload;
};

/*
 * Finds the attributes of a message that libbus knows, in any order and among
 * others.
 */
static void walk_attrs(void *first, size_t size, struct message_attrs *attrs)
{
	const struct nlattr *attr;

	*attrs = (struct message_attrs){ 0 };
	mnl_attr_for_each_payload(first, size) {
		switch (mnl_attr_get_type(attr)) {
		case KBUS_A_MESSAGE_PAYLOAD:
			attrs->payload = attr;
			break;
		case KBUS_A_MESSAGE_KEY:
			attrs->key = attr;
			break;
		}
	}
}

/* Whether an attribute of this type begins here; @size: bytes from here on. */
static bool is_attr(const struct nlattr *attr, size_t size, uint16_t type)
{
	return size >= sizeof(*attr) && attr->nla_type == type &&
	       attr->nla_len >= sizeof(*attr) && attr->nla_len <= size;
}

/*
 * Finds the attributes where the broker puts them: a key if there is one, then
 * the payload, and nothing else.
 */
static bool find_attrs(char *first, size_t size, struct message_attrs *attrs)
{
	const struct nlattr *attr = (const struct nlattr *)first;
	size_t length;

	attrs->key = NULL;
	if (is_attr(attr, size, KBUS_A_MESSAGE_KEY)) {
		attrs->key = attr;
		length = NLA_ALIGN(attr->nla_len);
		if (length > size)
			return false;
		attr = (const struct nlattr *)(first + length);
		size -= length;
	}
	attrs->payload = attr;
	/* The last attribute may be padded. */
	return is_attr(attr, size, KBUS_A_MESSAGE_PAYLOAD) &&
	       size - attr->nla_len < NLA_ALIGNTO;
}

static int take_message(struct bus *bus, const struct nlmsghdr *nlh,
			const struct kbus_header *header,
			const struct topic *topic)
{
	char *first = (char *)nlh + NLMSG_LENGTH(sizeof(*header));
	const size_t size = NLMSG_PAYLOAD(nlh, sizeof(*header));
	struct message_attrs attrs;

	if (!find_attrs(first, size, &attrs))
		walk_attrs(first, size, &attrs);
	if (!attrs.payload)
		return -EPROTO;
	set_message(&bus->message, header, topic);
	bus->message.payload = (const char *)attrs.payload + NLA_HDRLEN;
	bus->message.size = attrs.payload->nla_len - NLA_HDRLEN;
	bus->message.key = NULL;
	bus->message.key_size = 0;
	if (attrs.key) {
		bus->message.key = (const char *)attrs.key + NLA_HDRLEN;
		bus->message.key_size = attrs.key->nla_len - NLA_HDRLEN;
	}
	return 0;
}

/* Learns the name of a topic. */
static int take_topic(struct bus *bus, const struct nlmsghdr *nlh)
{
	struct bus_topic record;
	struct topic *topic;
	int err;

	err = bus_topic_parse(nlh, &record);
	if (!err)
		err = bus_topic_cache_learn(&bus->received, &record, &topic);
	if (!err)
		err = bus_topic_expiry_keep(bus, &record);
	if (err)
		return err;
	/* All messages of the earlier topics of this name have arrived. */
	bus_topic_cache_forget_older(&bus->received, topic);
	return AGAIN;
}

static void advance(struct bus *bus)
{
	uint32_t length = NLMSG_ALIGN(bus->next->nlmsg_len);

	bus->next = (const struct nlmsghdr *)((const char *)bus->next + length);
	bus->left -= (int)length;
}

/* Whether a message's number shows that a listener lost messages before it. */
static bool reveals_gap(struct bus *bus, struct topic *topic, uint64_t seq)
{
	uint64_t expected = topic->next_seq;

	if (bus->mode != BUS_LISTENS)
		return false;
	topic->next_seq = seq;
	if (expected < seq) {
		set_gap(bus, topic, expected, seq - 1, seq - expected);
		return true;
	}
	topic->next_seq++;
	return false;
}

/* Takes a KBUS_MSG_MESSAGE, or the gap before it; 0 or -errno. */
static int take_numbered(struct bus *bus, const struct nlmsghdr *nlh)
{
	struct kbus_header header;
	struct topic *topic = NULL;

	if (nlh->nlmsg_len >= NLMSG_LENGTH(sizeof(header))) {
		/* The header may not be aligned. */
		memcpy(&header, NLMSG_DATA(nlh), sizeof(header));
		topic = bus_topic_cache_by_id(&bus->received, header.topic);
	}
	if (!topic) {
		advance(bus);
		return -EPROTO;
	}
	/* The next call returns the message itself. */
	if (reveals_gap(bus, topic, header.seq))
		return 0;
	advance(bus);
	return take_message(bus, nlh, &header, topic);
}

/* Takes what comes next in the datagram; 0, AGAIN or -errno. */
int bus_datagram_take(struct bus *bus)
{
	const struct nlmsghdr *nlh = bus->next;
	int err;

	switch (nlh->nlmsg_type) {
	case KBUS_MSG_MESSAGE:
		return take_numbered(bus, nlh);
	case KBUS_MSG_GAP:
		advance(bus);
		return take_gap(bus, nlh);
	case KBUS_MSG_TOPIC:
		/* It arrives only once: keep it if memory is short. */
		err = take_topic(bus, nlh);
		if (err != -ENOMEM)
			advance(bus);
		return err;
	case NLMSG_ERROR:
		advance(bus);
		return bus_backlog_take_outcome(bus, nlh);
	case NLMSG_DONE:
		advance(bus);
		bus->asked = false;
		return AGAIN;
	case KBUS_MSG_BEHIND:
		advance(bus);
		bus->behind = true;
		return AGAIN;
	default:
		/* Filler, or a message type of a newer broker. */
		advance(bus);
		return AGAIN;
	}
}
