// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks everything that libbus returns, and reads all of it
 */
#include "libbus.h"

#include "event.pb-c.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static volatile size_t sum;

static void read_bytes(const void *data, size_t size)
{
	const uint8_t *bytes = data;
	size_t i;

	for (i = 0; i < size; i++)
		sum += bytes[i];
}

/* 0, or a negative errno and a text. */
void check_result(const struct bus *bus, int err)
{
	if (err > 0 || err < -4095)
		abort();
	if (err)
		sum += strlen(bus_strerror(bus, err));
}

static void unpack(const struct bus_message *message)
{
	ProtobufCMessage *event;

	if (!bus_unpack(message, &kbus__v1__event__descriptor, &event))
		protobuf_c_message_free_unpacked(event, NULL);
}

static void check_message(const struct bus_message *message, bool unpacked)
{
	sum += strlen(message->topic) + strlen(message->type);
	if (!message->topic[0] &&
	    (message->kind != BUS_GAP || !message->topics))
		abort();
	read_bytes(message->key, message->key_size);
	read_bytes(message->payload, message->size);
	if (message->kind == BUS_GAP && (message->key || message->payload))
		abort();
	if (unpacked)
		unpack(message);
}

/* Receives until there is nothing left. */
void check_received(struct bus *bus, bool unpacked)
{
	const struct bus_message *message;
	int err;

	do {
		err = bus_receive(bus, &message, 0);
		check_result(bus, err);
		if (!err)
			check_message(message, unpacked);
		else if (err == -EAGAIN && bus_pending(bus))
			abort();
	} while (!err);
}

/* Ends the listing when the number in @data has counted down to 0. */
int check_topic(const struct bus_topic *topic, void *data)
{
	unsigned int *more = data;

	sum += strlen(topic->name) + strlen(topic->type);
	if (!topic->name[0] || !topic->id)
		abort();
	return (*more)-- ? 0 : -1;
}

int check_subscriber(const struct bus_subscriber *subscriber, void *data)
{
	unsigned int *more = data;

	sum += strlen(subscriber->program) + subscriber->stats->live;
	if (!subscriber->portid)
		abort();
	return (*more)-- ? 0 : -1;
}

int check_pattern(const char *pattern, void *data)
{
	unsigned int *more = data;

	sum += strlen(pattern);
	return (*more)-- ? 0 : -1;
}
