// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Publishing
 */
#include "internal.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

struct publish_header {
	struct nlmsghdr nlh;
	struct kbus_header kbus;
	struct nlattr payload;
};

#define PAYLOAD_OFFSET \
	(offsetof(struct publish_header, payload) + sizeof(struct nlattr))

static int send_to(struct bus *bus, const struct topic *topic,
		   const void *payload, size_t size)
{
	static const char padding[NLA_ALIGNTO];
	struct publish_header header = {
		.nlh = {
			.nlmsg_len = PAYLOAD_OFFSET + NLA_ALIGN(size),
			.nlmsg_type = KBUS_PUBLISH,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
			.nlmsg_seq = ++bus->seq,
		},
		.kbus.topic = topic->id,
		.payload = {
			.nla_len = NLA_HDRLEN + size,
			.nla_type = KBUS_MESSAGE_PAYLOAD,
		},
	};
	struct iovec iov[] = {
		{ .iov_base = &header, .iov_len = PAYLOAD_OFFSET },
		{ .iov_base = (void *)payload, .iov_len = size },
		{ .iov_base = (void *)padding,
		  .iov_len = NLA_ALIGN(size) - size },
	};

	return request_sendv(bus, bus->control, iov, 3, NULL, NULL);
}

static int check(struct bus *bus, size_t size, unsigned int flags)
{
	if (flags & ~BUS_NO_CREATE)
		return refuse(bus, -EINVAL,
			      "unknown flags: is this libbus too old?");
	if (size > BUS_PAYLOAD_MAX)
		return refuse(bus, -EMSGSIZE,
			      "payload too large: at most 64512 bytes");
	return 0;
}

static int check_type(struct bus *bus, const struct topic *topic,
		      const char *type)
{
	if (type && topic->type[0] && strcmp(topic->type, type) != 0)
		return refuse(bus, -EPROTOTYPE,
			      "this topic carries payloads of another type");
	return 0;
}

static int publish(struct bus *bus, const char *name, const char *type,
		   const void *payload, size_t size, unsigned int flags)
{
	struct topic *topic = topics_by_name(&bus->published, name);
	bool known = topic;
	int err;

	if (!known) {
		err = topic_resolve(bus, &bus->published, name, type,
				    !(flags & BUS_NO_CREATE), &topic);
		if (err)
			return err;
	}
	err = check_type(bus, topic, type);
	if (err)
		return err;
	err = send_to(bus, topic, payload, size);
	if (err != -ENOENT)
		return err;

	/* Deleted since; and perhaps made again. */
	topics_forget(&bus->published, topic);
	if (!known)
		return err;
	return publish(bus, name, type, payload, size, flags);
}

int bus_publish(struct bus *bus, const char *topic, const void *payload,
		size_t size, unsigned int flags)
{
	int err = check(bus, size, flags);

	return err ? err : publish(bus, topic, NULL, payload, size, flags);
}

int bus_publish_message(struct bus *bus, const char *topic,
			const ProtobufCMessage *message, unsigned int flags)
{
	size_t size = protobuf_c_message_get_packed_size(message);
	int err = check(bus, size, flags);

	if (err)
		return err;
	if (!bus->send_buffer)
		bus->send_buffer = malloc(BUS_PAYLOAD_MAX);
	if (!bus->send_buffer)
		return -ENOMEM;
	protobuf_c_message_pack(message, (uint8_t *)bus->send_buffer);
	return publish(bus, topic, message->descriptor->name, bus->send_buffer,
		       size, flags);
}
