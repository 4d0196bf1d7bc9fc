// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answers to all requests on the control socket
 */
#include "libbus.h"

#include "event.pb-c.h"

static const char *const topics[] = { "a", "b/c", "d", "" };

/* On this topic, messages are published with a publisher. */
#define OPENED 2

static struct bus_publisher *publisher;

static int publish(struct bus *bus, uint8_t choice)
{
	Kbus__V1__Event event = KBUS__V1__EVENT__INIT;
	struct bus_result result = { .size = sizeof(result) };
	const struct bus_publish_options options = {
		.size = sizeof(options),
		.flags = (choice & 8 ? BUS_NO_CREATE : 0) |
			 (choice & 16 ? 0 : BUS_MORE),
		.key = "key",
		.key_size = choice & 16 ? 3 : 0,
		.wait_ms = choice & 16 ? -1 : 0,
		.result = choice & 32 ? &result : NULL,
	};
	const char *topic = topics[choice >> 6];

	if (choice >> 6 == OPENED)
		return choice & 1 ?
			       bus_publish_message_with(publisher, &event.base,
							&options) :
			       bus_publish_with(publisher, "hello", choice % 6,
						&options);
	if (choice & 1)
		return bus_publish_message(bus, topic, &event.base, &options);
	return bus_publish(bus, topic, "hello", choice % 6, &options);
}

static int create(struct bus *bus, uint8_t choice)
{
	const struct bus_topic_options options = {
		.size = sizeof(options),
		.type = choice & 8 ? "kbus.v1.Event" : NULL,
		.history = choice & 16 ? 7 : 0,
		.allow_block = choice & 32,
	};

	return bus_topic_create(bus, topics[choice >> 6], &options);
}

static int change(struct bus *bus, uint8_t choice)
{
	const struct bus_topic_access access = {
		.size = sizeof(access),
		.set = choice & 8 ? BUS_SET_MODE | BUS_SET_UID : BUS_SET_GID,
		.mode = 0600,
	};

	return bus_topic_change(bus, topics[choice >> 6], &access);
}

/* @more limits the number of entries. */
static int ask_subscribers(struct bus *bus, uint8_t choice)
{
	unsigned int more = choice >> 3 & 3;

	if (choice & 32)
		return bus_subscriber_patterns(bus, choice, check_pattern,
					       &more);
	return bus_subscriber_list(bus,
				   choice & 128 ? topics[choice >> 6] : NULL,
				   check_subscriber, &more);
}

/* @more limits the number of topics. */
static int ask(struct bus *bus, uint8_t choice)
{
	unsigned int more = choice >> 3 & 7;
	int err;

	if (choice & 1)
		err = bus_topic_list(bus, check_topic, &more);
	else
		err = bus_topic_get(bus, topics[choice >> 6], check_topic,
				    &more);
	return err;
}

static int call(struct bus *bus, uint8_t choice)
{
	switch (choice & 7) {
	case 0 ... 1:
		return publish(bus, choice);
	case 2:
		return create(bus, choice);
	case 3:
		return choice & 8 ? ask_subscribers(bus, choice) :
				    bus_topic_delete(bus, topics[choice >> 6]);
	case 4 ... 5:
		return ask(bus, choice);
	case 6:
		return change(bus, choice);
	default:
		if (choice & 8)
			return bus_flush(bus);
		return bus_listen(bus, topics[choice >> 6]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bus *bus;

	script_begin(data, size);
	if (bus_open(&bus))
		return 0;
	check_result(bus, bus_publisher_open(bus, topics[OPENED], &publisher));
	while (!script_ended())
		check_result(bus, call(bus, script_byte()));
	bus_publisher_close(publisher);
	bus_close(bus);
	return 0;
}
