// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Handles, and the texts of their errors
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void get_to_know_broker(struct bus *bus)
{
	struct info info;

	bus_pages_open(bus);
	info = bus_info_ask(bus);
	bus_pages_check(bus, info.error_page);
	bus_batch_init(bus, &info);
}

int bus_open(struct bus **result)
{
	struct bus *bus;
	int err;

	*result = NULL;
	bus = calloc(1, sizeof(*bus));
	if (!bus)
		return -ENOMEM;
	bus->control_buffer = malloc(BUS_BUFFER_SIZE);
	if (!bus->control_buffer) {
		free(bus);
		return -ENOMEM;
	}
	err = bus_socket_open(&bus->control);
	if (err) {
		bus_close(bus);
		return err;
	}
	get_to_know_broker(bus);
	bus->error[0] = '\0';
	*result = bus;
	return 0;
}

int bus_close(struct bus *bus)
{
	int err;

	if (!bus)
		return 0;
	err = bus_flush(bus);
	bus_pages_close(bus);
	if (bus->messages)
		mnl_socket_close(bus->messages);
	if (bus->control)
		mnl_socket_close(bus->control);
	bus_topic_cache_free(&bus->published);
	bus_topic_cache_free(&bus->received);
	bus_topic_expiry_end(bus);
	bus_batch_free(&bus->batch);
	free(bus->buffer);
	free(bus->send_buffer);
	free(bus->control_buffer);
	free(bus);
	return err;
}

const char *bus_strerror(const struct bus *bus, int err)
{
	/* Not every error has a text, and the text may be of an earlier one. */
	if (bus && bus->error[0] && err == bus->error_of)
		return bus->error;
	switch (-err) {
	case EPROTONOSUPPORT:
		return bus_protocol_is_told() ?
			       "kbus is not loaded: modprobe kbus" :
			       "kbus is not loaded (modprobe kbus), or it has another protocol number than " PROTOCOL_TEXT
			       ": mount /sys, where libbus reads the number";
	case EPROTO:
		return "the broker's answer makes no sense: is libbus as new as kbus?";
	case ECHILD:
		return bus_batch_inherited_text;
	case ENOBUFS:
	case ENOMEM:
		return "memory is short: try again";
	default:
		return strerror(-err); // NOLINT(concurrency-mt-unsafe)
	}
}
