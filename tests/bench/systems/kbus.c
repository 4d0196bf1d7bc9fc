// SPDX-License-Identifier: GPL-2.0-only
/*
 * kbus, with libbus
 */
#include "../system.h"

#include "bus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOPIC_MAX 32

struct side {
	struct bus *bus;
	char topic[TOPIC_MAX];
};

static struct bus_backlog backlog;

static int kbus_fail(struct bus *bus, int err)
{
	return system_fail("%s", bus_strerror(bus, err));
}

static int write_parameter(const char *name, unsigned int value)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/kbus/parameters/%s", name);
	file = fopen(path, "w");
	if (!file)
		return system_fail_errno(path);
	fprintf(file, "%u\n", value);
	return fclose(file) ? system_fail_errno(path) : 0;
}

static int kbus_start(unsigned int topics, unsigned int subscribers,
		      unsigned int messages, size_t size)
{
	backlog.messages = messages + 1;
	backlog.bytes = 1U << 30;
	return write_parameter("backlog_bytes_max", backlog.bytes);
}

static void kbus_stop(void)
{
}

static void *kbus_side(unsigned int topic)
{
	struct side *side = malloc(sizeof(*side));
	int err;

	if (!side) {
		system_fail_errno("malloc");
		return NULL;
	}
	snprintf(side->topic, sizeof(side->topic), "bench/%u", topic);
	err = bus_open(&side->bus);
	if (!err)
		return side;
	kbus_fail(NULL, err);
	free(side);
	return NULL;
}

static int kbus_publish(void *publisher, const void *data, size_t size)
{
	struct side *side = publisher;
	int err = bus_publish(side->bus, side->topic, data, size, NULL);

	return err ? kbus_fail(side->bus, err) : 0;
}

static void *kbus_subscriber(unsigned int topic, unsigned int index)
{
	struct side *side = kbus_side(topic);
	int err;

	if (!side)
		return NULL;
	err = bus_set_backlog(side->bus, &backlog);
	if (!err)
		err = bus_subscribe(side->bus, side->topic);
	if (!err)
		return side;
	kbus_fail(side->bus, err);
	bus_close(side->bus);
	free(side);
	return NULL;
}

static ssize_t kbus_receive(void *subscriber, void *buffer, size_t size,
			    int timeout_ms)
{
	struct side *side = subscriber;
	const struct bus_message *message;
	int err;

	do {
		err = bus_receive(side->bus, &message, timeout_ms);
		if (err == -EAGAIN)
			return 0;
		if (err)
			return kbus_fail(side->bus, err);
	} while (message->kind != BUS_MESSAGE);
	if (message->size < size)
		size = message->size;
	memcpy(buffer, message->payload, size);
	return (ssize_t)size;
}

static int kbus_also(void *subscriber, unsigned int topic)
{
	struct side *side = subscriber;
	char name[TOPIC_MAX];
	int err;

	snprintf(name, sizeof(name), "bench/%u", topic);
	err = bus_topic_create(side->bus, name, NULL);
	if (!err || err == -EEXIST)
		err = bus_subscribe(side->bus, name);
	return err ? kbus_fail(side->bus, err) : 0;
}

static int kbus_also_pattern(void *subscriber, unsigned int number)
{
	struct side *side = subscriber;
	char pattern[TOPIC_MAX];
	int err;

	snprintf(pattern, sizeof(pattern), "other/%u/+", number);
	err = bus_subscribe(side->bus, pattern);
	return err ? kbus_fail(side->bus, err) : 0;
}

const struct system system_kbus = {
	.name = "kbus",
	.options =
		"libbus, backlog longer than the run, a system call for each "
		"publish, several messages for each receive where they wait",
	.start = kbus_start,
	.stop = kbus_stop,
	.publisher = kbus_side,
	.publish = kbus_publish,
	.subscriber = kbus_subscriber,
	.receive = kbus_receive,
	.also = kbus_also,
	.also_pattern = kbus_also_pattern,
};
