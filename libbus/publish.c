// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Publishing
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

/* Room for the request up to the payload: header, key, time to wait. */
#define HEAD_SIZE 512

static int result_attr(const struct nlattr *attr, void *data)
{
	struct bus_result *result = data;

	switch (mnl_attr_get_type(attr)) {
	case KBUS_A_RESULT_SEQ:
		result->seq = bus_attr_u64(attr);
		break;
	case KBUS_A_RESULT_LIVE:
		result->live = bus_attr_u32(attr);
		break;
	case KBUS_A_RESULT_QUEUED:
		result->queued = bus_attr_u32(attr);
		break;
	case KBUS_A_RESULT_DROPPED:
		result->dropped = bus_attr_u32(attr);
		break;
	}
	return MNL_CB_OK;
}

static int result_answer(const struct nlmsghdr *nlh, void *data)
{
	if (nlh->nlmsg_type != KBUS_MSG_RESULT)
		return -EPROTO;
	mnl_attr_parse(nlh, 0, result_attr, data);
	return 0;
}

static int send_request(struct bus *bus, struct nlmsghdr *nlh,
			struct iovec *iov, int count, struct bus_result *result)
{
	nlh->nlmsg_seq = ++bus->seq;
	if (!result)
		return bus_request_send_quietly(bus, nlh, iov, count);
	nlh->nlmsg_flags |= NLM_F_ECHO | NLM_F_ACK;
	return bus_request_sendv(bus, bus->control, iov, count, result_answer,
				 result);
}

/* Up to this size a payload is copied into the request. */
#define SMALL_PAYLOAD 1024

static int send_copied(struct bus *bus, struct nlmsghdr *nlh,
		       const struct publication *publication)
{
	struct iovec iov = { .iov_base = nlh };

	bus_publication_end(nlh, publication);
	iov.iov_len = nlh->nlmsg_len;
	return send_request(bus, nlh, &iov, 1, publication->options->result);
}

/* Sends the payload from where it is. */
static int send_in_place(struct bus *bus, struct nlmsghdr *nlh,
			 const struct publication *publication)
{
	static const char padding[NLA_ALIGNTO];
	size_t size = publication->size;
	struct iovec iov[] = {
		{ .iov_base = nlh, .iov_len = nlh->nlmsg_len + NLA_HDRLEN },
		{ .iov_base = (void *)publication->payload, .iov_len = size },
		{ .iov_base = (void *)padding,
		  .iov_len = NLA_ALIGN(size) - size },
	};

	bus_publication_end_without(nlh, publication);
	return send_request(bus, nlh, iov, 3, publication->options->result);
}

static int send_to(struct bus *bus, const struct topic *topic,
		   const struct publication *publication, uint32_t wait_ms)
{
	char head[HEAD_SIZE + SMALL_PAYLOAD]
		__attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = (void *)head;

	bus_publication_begin(nlh, topic->id, publication);
	if (wait_ms)
		mnl_attr_put_u32(nlh, KBUS_A_MESSAGE_WAIT_MS, wait_ms);
	return publication->size <= SMALL_PAYLOAD ?
		       send_copied(bus, nlh, publication) :
		       send_in_place(bus, nlh, publication);
}

/*
 * A request without a time to wait is cheaper. Therefore the time is sent only
 * if there is something to wait for.
 */
static int send_and_wait(struct bus *bus, const struct topic *topic,
			 const struct publication *publication)
{
	uint32_t wait_ms = publication_wait_ms(publication);
	int err = send_to(bus, topic, publication, 0);

	if (err == -EAGAIN && wait_ms)
		err = send_to(bus, topic, publication, wait_ms);
	return err;
}

static int check(struct bus *bus, const struct publication *publication)
{
	const struct bus_publish_options *options = publication->options;
	int err = bus_sized_check(bus, options, sizeof(*options));

	if (!err && options->result)
		err = bus_sized_begin(bus, options->result,
				      sizeof(*options->result));
	if (err)
		return err;
	if (options->flags & ~(BUS_NO_CREATE | BUS_MORE))
		return bus_refuse(bus, -EINVAL,
				  "unknown flags: is this libbus too old?");
	if (publication->size > BUS_PAYLOAD_MAX)
		return bus_refuse(bus, -EMSGSIZE,
				  "payload too large: at most " PAYLOAD_MAX_TEXT
				  " bytes");
	if (options->key_size > BUS_KEY_MAX)
		return bus_refuse(bus, -EMSGSIZE,
				  "key too long: at most " KEY_MAX_TEXT
				  " bytes");
	return 0;
}

/* Packs a large message that is sent alone. */
static int pack(struct bus *bus, struct publication *publication)
{
	if (!publication->message || publication->size <= SMALL_PAYLOAD)
		return 0;
	if (!bus->send_buffer)
		bus->send_buffer = malloc(BUS_PAYLOAD_MAX);
	if (!bus->send_buffer)
		return -ENOMEM;
	protobuf_c_message_pack(publication->message,
				(uint8_t *)bus->send_buffer);
	publication->payload = bus->send_buffer;
	return 0;
}

/* Largest number of topics that a handle remembers for publishing by name. */
#define TOPICS_PUBLISHED_MAX 16384

/*
 * Looks up the topic of a message, and remembers it. If too many are
 * remembered, any of them makes room. If it were the oldest, a program that
 * publishes on one topic more in turn would find none of them.
 */
static int resolve(struct bus *bus, const struct publication *publication,
		   struct topic **topic)
{
	struct topic_cache *known = publication->known;

	if (known->count >= TOPICS_PUBLISHED_MAX)
		bus_topic_cache_forget(known, bus_topic_cache_any(known));
	return bus_topic_resolve(bus, known, publication->topic,
				 publication->type,
				 publication_creates(publication), topic);
}

static int publish(struct bus *bus, struct publication *publication)
{
	struct topic *topic;
	bool known;
	int err;

	if (bus_batch_goes_on(bus, publication))
		return bus_batch_add(bus, publication);
	/* Flushing may remove a topic from the cache: look it up afterwards. */
	err = bus->batch.used ? bus_flush(bus) : 0;
	if (err)
		return err;
	topic = bus_topic_cache_by_name(publication->known, publication->topic);
	known = topic;
	if (!known) {
		err = resolve(bus, publication, &topic);
		if (err)
			return err;
	}
	err = bus_topic_check_type(bus, topic, publication->type);
	if (err)
		return err;
	if (bus_batch_takes(bus, publication))
		return bus_batch_begin(bus, topic, publication);
	err = pack(bus, publication);
	if (err)
		return err;
	err = send_and_wait(bus, topic, publication);
	if (err != -ENOENT)
		return err;

	/* The topic was deleted, and may have been created again. */
	bus_topic_cache_forget(publication->known, topic);
	return known ? publish(bus, publication) : err;
}

static const struct bus_publish_options defaults = {
	.size = sizeof(defaults),
};

static int publish_bytes(struct bus *bus, struct topic_cache *known,
			 const char *topic, const void *payload, size_t size,
			 const struct bus_publish_options *options)
{
	struct publication publication = {
		.known = known,
		.topic = topic,
		.type = options ? options->type : NULL,
		.payload = payload,
		.size = size,
		.options = options ? options : &defaults,
	};
	int err = check(bus, &publication);

	return err ? err : publish(bus, &publication);
}

int bus_publish(struct bus *bus, const char *topic, const void *payload,
		size_t size, const struct bus_publish_options *options)
{
	return publish_bytes(bus, &bus->published, topic, payload, size,
			     options);
}

int bus_publish_with(struct bus_publisher *publisher, const void *payload,
		     size_t size, const struct bus_publish_options *options)
{
	return publish_bytes(publisher->bus, &publisher->known, publisher->name,
			     payload, size, options);
}

static int publish_message(struct bus *bus, struct topic_cache *known,
			   const char *topic,
			   const struct ProtobufCMessage *message,
			   const struct bus_publish_options *options)
{
	struct publication publication = {
		.known = known,
		.topic = topic,
		.type = message->descriptor->name,
		.message = message,
		.size = protobuf_c_message_get_packed_size(message),
		.options = options ? options : &defaults,
	};
	int err = check(bus, &publication);

	return err ? err : publish(bus, &publication);
}

int bus_publish_message(struct bus *bus, const char *topic,
			const struct ProtobufCMessage *message,
			const struct bus_publish_options *options)
{
	return publish_message(bus, &bus->published, topic, message, options);
}

int bus_publish_message_with(struct bus_publisher *publisher,
			     const struct ProtobufCMessage *message,
			     const struct bus_publish_options *options)
{
	return publish_message(publisher->bus, &publisher->known,
			       publisher->name, message, options);
}

int bus_publisher_open(struct bus *bus, const char *topic,
		       struct bus_publisher **result)
{
	struct bus_publisher *publisher;
	size_t name_size;
	int err;

	*result = NULL;
	err = bus_topic_check_length(bus, topic);
	if (err)
		return err;
	name_size = strlen(topic) + 1;
	publisher = calloc(1, sizeof(*publisher) + name_size);
	if (!publisher)
		return -ENOMEM;
	publisher->bus = bus;
	memcpy(publisher->name, topic, name_size);
	*result = publisher;
	return 0;
}

bool bus_publisher_has_receivers(const struct bus_publisher *publisher)
{
	const struct topic *topic = publisher->known.latest_name;

	return !topic || bus_pages_show_receivers(publisher->bus, topic->id);
}

void bus_publisher_close(struct bus_publisher *publisher)
{
	struct bus *bus;

	if (!publisher)
		return;
	/* Messages that wait do not need their publisher. */
	bus = publisher->bus;
	if (bus->batch.known == &publisher->known)
		bus->batch.known = &bus->published;
	bus_topic_cache_free(&publisher->known);
	free(publisher);
}
