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
#include <sys/epoll.h>

#define TOPIC_MAX 32
#define PREFIX "bench/"

/* The default. */
#define BACKLOG 10000

/* Messages queued for a subscriber before publishers must wait. */
#define BLOCK_BACKLOG 1000

/* A time limit that is never reached. */
#define FINITE_MS 60000

/* The time that a message may wait for others. */
#define WAIT_US 1000

struct side {
	struct bus *bus;
	char topic[TOPIC_MAX];
	int epoll; /* of kbus-epoll */
};

/* Settings of the system that has been started. */
static struct bus_backlog backlog = { .size = sizeof(backlog) };
static struct bus_publish_options publish_options = {
	.size = sizeof(publish_options)
};
static struct bus_topic_options topic_options = { .size = sizeof(
							  topic_options) };

static int kbus_fail(struct bus *bus, int err)
{
	return system_fail("%s", bus_strerror(bus, err));
}

static int write_sysctl(const char *name, unsigned int value)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sys/net/kbus/%s", name);
	file = fopen(path, "w");
	if (!file)
		return system_fail_errno(path);
	fprintf(file, "%u\n", value);
	return fclose(file) ? system_fail_errno(path) : 0;
}

static int kbus_start(unsigned int topics, unsigned int subscribers,
		      unsigned int messages, size_t size)
{
	struct bus *bus;
	int err = bus_open(&bus);

	if (err)
		return kbus_fail(NULL, err);
	bus_close(bus);
	backlog = (struct bus_backlog){
		.size = sizeof(backlog),
		.messages = messages < BACKLOG ? BACKLOG : messages + 1,
		.bytes = 1U << 30,
	};
	publish_options = (struct bus_publish_options){
		.size = sizeof(publish_options),
	};
	topic_options = (struct bus_topic_options){
		.size = sizeof(topic_options),
	};
	return write_sysctl("backlog_bytes_max", backlog.bytes);
}

static int kbus_coalesce_start(unsigned int topics, unsigned int subscribers,
			       unsigned int messages, size_t size)
{
	if (kbus_start(topics, subscribers, messages, size))
		return -1;
	backlog.coalesce_us = WAIT_US;
	return 0;
}

static int kbus_block_start(unsigned int topics, unsigned int subscribers,
			    unsigned int messages, size_t size)
{
	if (kbus_start(topics, subscribers, messages, size))
		return -1;
	backlog.messages = BLOCK_BACKLOG;
	backlog.overflow = BUS_BLOCK;
	publish_options.wait_ms = -1;
	topic_options.allow_block = true;
	return 0;
}

static int delete_topic(const struct bus_topic *topic, void *data)
{
	if (!strncmp(topic->name, PREFIX, strlen(PREFIX)))
		bus_topic_delete(data, topic->name);
	return 0;
}

/* Topics remain after all processes have ended. */
static void kbus_stop(void)
{
	struct bus *bus, *other;

	if (bus_open(&bus))
		return;
	if (!bus_open(&other)) {
		bus_topic_list(bus, delete_topic, other);
		bus_close(other);
	}
	bus_close(bus);
}

static int create_topic(struct bus *bus, const char *name)
{
	int err = bus_topic_create(bus, name, &topic_options);

	return err == -EEXIST ? 0 : err;
}

static void *kbus_side(unsigned int topic)
{
	struct side *side = calloc(1, sizeof(*side));
	int err;

	if (!side) {
		system_fail_errno("calloc");
		return NULL;
	}
	snprintf(side->topic, sizeof(side->topic), PREFIX "%u", topic);
	err = bus_open(&side->bus);
	if (!err)
		err = create_topic(side->bus, side->topic);
	if (!err)
		return side;
	kbus_fail(side->bus, err);
	bus_close(side->bus);
	free(side);
	return NULL;
}

static int kbus_publish(void *publisher, const void *data, size_t size)
{
	struct side *side = publisher;
	int err = bus_publish(side->bus, side->topic, data, size,
			      &publish_options);

	return err ? kbus_fail(side->bus, err) : 0;
}

/* A publisher for each topic. */
struct many {
	struct bus *bus;
	struct bus_publisher *publishers[];
};

static void *kbus_publisher_of(unsigned int topics)
{
	struct many *many =
		calloc(1, sizeof(*many) + topics * sizeof(*many->publishers));
	int err = many ? bus_open(&many->bus) : -ENOMEM;
	char name[TOPIC_MAX];
	unsigned int i;

	for (i = 0; !err && i < topics; i++) {
		snprintf(name, sizeof(name), PREFIX "%u", i);
		err = create_topic(many->bus, name);
		if (!err)
			err = bus_publisher_open(many->bus, name,
						 &many->publishers[i]);
	}
	if (!err)
		return many;
	kbus_fail(many ? many->bus : NULL, err);
	return NULL;
}

static int kbus_publish_on(void *publisher, unsigned int topic,
			   const void *data, size_t size)
{
	struct many *many = publisher;
	int err = bus_publish_with(many->publishers[topic], data, size,
				   &publish_options);

	return err ? kbus_fail(many->bus, err) : 0;
}

static bool kbus_has_receivers(void *publisher, unsigned int topic)
{
	const struct many *many = publisher;

	return bus_publisher_has_receivers(many->publishers[topic]);
}

static void *kbus_batch_publisher(unsigned int topic)
{
	struct side *side = kbus_side(topic);

	if (side)
		bus_set_linger(side->bus, WAIT_US);
	return side;
}

static int kbus_batch_flush(void *publisher)
{
	struct side *side = publisher;
	int err = bus_flush(side->bus);

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

static ssize_t kbus_receive(void *subscriber, void **data, size_t size,
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
	*data = (void *)message->payload;
	return (ssize_t)message->size;
}

/* Most programs do not wait for ever. */
static ssize_t kbus_finite_receive(void *subscriber, void **data, size_t size,
				   int timeout_ms)
{
	ssize_t n;

	do
		n = kbus_receive(subscriber, data, size,
				 timeout_ms < 0 ? FINITE_MS : timeout_ms);
	while (!n && timeout_ms < 0);
	return n;
}

static void *kbus_epoll_subscriber(unsigned int topic, unsigned int index)
{
	struct side *side = kbus_subscriber(topic, index);
	struct epoll_event event = { .events = EPOLLIN };

	if (!side)
		return NULL;
	side->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (side->epoll >= 0 &&
	    !epoll_ctl(side->epoll, EPOLL_CTL_ADD, bus_fd(side->bus), &event))
		return side;
	system_fail_errno("epoll");
	return NULL;
}

/* As in a loop: after each event, read what is pending. */
static ssize_t kbus_epoll_receive(void *subscriber, void **data, size_t size,
				  int timeout_ms)
{
	struct side *side = subscriber;
	struct epoll_event event;
	ssize_t n;
	int ready;

	do {
		ready = 1;
		if (!bus_pending(side->bus))
			ready = epoll_wait(side->epoll, &event, 1, timeout_ms);
		if (!ready)
			return 0;
		if (ready < 0)
			return system_fail_errno("epoll_wait");
		n = kbus_receive(subscriber, data, size, 0);
	} while (!n);
	return n;
}

static int kbus_also(void *subscriber, unsigned int topic)
{
	struct side *side = subscriber;
	char name[TOPIC_MAX];
	int err;

	snprintf(name, sizeof(name), PREFIX "%u", topic);
	err = create_topic(side->bus, name);
	if (!err)
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

#define COMMON_TO_ALL                                                  \
	.stop = kbus_stop, .publish = kbus_publish, .also = kbus_also, \
	.also_pattern = kbus_also_pattern

#define COMMON \
	COMMON_TO_ALL, .subscriber = kbus_subscriber, .receive = kbus_receive

const struct system system_kbus = {
	.name = "kbus",
	.kind = KIND_KBUS,
	.options =
		"libbus, backlog longer than the run, a system call for each "
		"publish, several messages for each receive where they wait",
	.start = kbus_start,
	.publisher = kbus_side,
	.publisher_of = kbus_publisher_of,
	.publish_on = kbus_publish_on,
	.has_receivers = kbus_has_receivers,
	COMMON,
};

const struct system system_kbus_finite = {
	.name = "kbus-finite",
	.kind = KIND_KBUS,
	.shown_in = "latency,fan-out",
	.options = "as kbus, but each receive has a time limit of a minute",
	.start = kbus_start,
	.publisher = kbus_side,
	.subscriber = kbus_subscriber,
	.receive = kbus_finite_receive,
	COMMON_TO_ALL,
};

const struct system system_kbus_epoll = {
	.name = "kbus-epoll",
	.kind = KIND_KBUS,
	.shown_in = "latency,fan-out",
	.options =
		"as kbus, but each subscriber waits with epoll, and then reads "
		"while bus_pending()",
	.start = kbus_start,
	.publisher = kbus_side,
	.subscriber = kbus_epoll_subscriber,
	.receive = kbus_epoll_receive,
	COMMON_TO_ALL,
};

const struct system system_kbus_batch = {
	.name = "kbus-batch",
	.kind = KIND_KBUS,
	.collects = COLLECTS_CHOSEN,
	.options =
		"the same with bus_set_linger(): a message waits for others, up "
		"to 1 ms",
	.start = kbus_start,
	.publisher = kbus_batch_publisher,
	.flush = kbus_batch_flush,
	COMMON,
};

const struct system system_kbus_coalesce = {
	.name = "kbus-coalesce",
	.kind = KIND_KBUS,
	.collects = COLLECTS_CHOSEN,
	.options =
		"as kbus, but subscribers ask for a coalesce_us: a message waits in "
		"the broker for others, up to 1 ms",
	.start = kbus_coalesce_start,
	.publisher = kbus_side,
	COMMON,
};

const struct system system_kbus_block = {
	.name = "kbus-block",
	.kind = KIND_KBUS,
	.shown_in = "overload",
	.options =
		"as kbus, but a backlog of 1000 messages: publishers wait for "
		"room",
	.start = kbus_block_start,
	.publisher = kbus_side,
	COMMON,
};
