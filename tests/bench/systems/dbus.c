// SPDX-License-Identifier: GPL-2.0-only
/*
 * D-Bus: signals, by dbus-daemon or dbus-broker, with sd-bus
 *
 * A topic is an interface, for which both daemons have an index.
 */
#include "../system.h"
#include "daemon.h"
#include "systemd.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

struct side {
	sd_bus *bus;
	char interface[32];
	sd_bus_message *received;
};

static int dbus_fail(const char *what, int err)
{
	return system_fail("%s: %s", what, strerror(-err));
}

/* The limits are those of a session's bus. */
static int dbus_prepare(void)
{
	return daemon_prepare(
		"<busconfig><type>session</type><auth>EXTERNAL</auth>\n"
		"<listen>unix:path=%s</listen>\n"
		"<policy context=\"default\"><allow send_destination=\"*\"/>\n"
		"<allow receive_sender=\"*\"/></policy>\n"
		"<limit name=\"max_incoming_bytes\">1000000000</limit>\n"
		"<limit name=\"max_outgoing_bytes\">1000000000</limit>\n"
		"<limit name=\"max_message_size\">1000000000</limit>\n"
		"<limit name=\"max_completed_connections\">100000</limit>\n"
		"<limit name=\"max_incomplete_connections\">10000</limit>\n"
		"<limit name=\"max_connections_per_user\">100000</limit>\n"
		"<limit name=\"max_match_rules_per_connection\">50000</limit>\n"
		"</busconfig>\n",
		daemon_socket);
}

/* The daemon knows the connection once it has a name. */
static sd_bus *dbus_connect(void)
{
	char address[160];
	const char *name;
	sd_bus *bus = NULL;
	int err = sd_bus_new(&bus);

	snprintf(address, sizeof(address), "unix:path=%s", daemon_socket);
	if (err >= 0)
		err = sd_bus_set_address(bus, address);
	if (err >= 0)
		err = sd_bus_set_bus_client(bus, true);
	if (err >= 0)
		err = sd_bus_start(bus);
	if (err >= 0)
		err = sd_bus_get_unique_name(bus, &name);
	if (err >= 0)
		return bus;
	dbus_fail("connecting", err);
	sd_bus_unref(bus);
	return NULL;
}

static int dbus_answers(void)
{
	sd_bus *bus = dbus_connect();

	sd_bus_flush_close_unref(bus);
	return bus ? 0 : -1;
}

static int dbus_start_daemon(unsigned int topics, unsigned int subscribers,
			     unsigned int messages, size_t size)
{
	char config[128];

	if (dbus_prepare())
		return -1;
	snprintf(config, sizeof(config), "--config-file=%s", daemon_config);
	return daemon_run(0, "dbus-daemon", config, "--nofork", "--nopidfile",
			  "--nosyslog", NULL);
}

/*
 * The launcher inherits the socket from the process that starts it, and looks
 * for systemd on a bus. It looks on this bus, finds none, and continues.
 */
static int dbus_start_broker(unsigned int topics, unsigned int subscribers,
			     unsigned int messages, size_t size)
{
	char command[512];
	int listener, err;

	if (dbus_prepare() || systemd_stand_in())
		return -1;
	listener = systemd_listen(daemon_socket);
	if (listener < 0)
		return -1;
	snprintf(
		command, sizeof(command),
		"export LISTEN_PID=$$ LISTEN_FDS=1"
		" DBUS_SESSION_BUS_ADDRESS=unix:path=%s; exec dbus-broker-launch"
		" --scope user --config-file %s 3<&%d %d<&-",
		daemon_socket, daemon_config, listener, listener);
	err = daemon_run(0, "sh", "-c", command, NULL);
	close(listener);
	return err ? err : dbus_answers();
}

static void dbus_stop(void)
{
	daemon_stop();
	systemd_stand_down();
}

static void *dbus_side(unsigned int topic)
{
	struct side *side = calloc(1, sizeof(*side));

	if (!side) {
		system_fail_errno("calloc");
		return NULL;
	}
	snprintf(side->interface, sizeof(side->interface), "org.bench.Topic%u",
		 topic);
	side->bus = dbus_connect();
	if (side->bus)
		return side;
	free(side);
	return NULL;
}

static int dbus_publish(void *publisher, const void *data, size_t size)
{
	struct side *side = publisher;
	sd_bus_message *signal = NULL;
	int err = sd_bus_message_new_signal(side->bus, &signal, "/org/bench",
					    side->interface, "Message");

	if (err >= 0)
		err = sd_bus_message_append_array(signal, 'y', data, size);
	if (err >= 0)
		err = sd_bus_send(side->bus, signal, NULL);
	/* Send the rest that the socket did not take. */
	if (err >= 0)
		err = sd_bus_flush(side->bus);
	sd_bus_message_unref(signal);
	return err < 0 ? dbus_fail("publishing", err) : 0;
}

/* AddMatch's reply confirms the subscription. */
static int dbus_subscribe(struct side *side, const char *rule)
{
	int err = sd_bus_call_method(side->bus, "org.freedesktop.DBus",
				     "/org/freedesktop/DBus",
				     "org.freedesktop.DBus", "AddMatch", NULL,
				     NULL, "s", rule);

	return err < 0 ? dbus_fail("AddMatch", err) : 0;
}

static int dbus_also(void *subscriber, unsigned int topic)
{
	char rule[128];

	snprintf(rule, sizeof(rule),
		 "type='signal',interface='org.bench.Topic%u'", topic);
	return dbus_subscribe(subscriber, rule);
}

static int dbus_also_pattern(void *subscriber, unsigned int number)
{
	char rule[128];

	snprintf(rule, sizeof(rule),
		 "type='signal',path_namespace='/org/other%u'", number);
	return dbus_subscribe(subscriber, rule);
}

static void *dbus_subscriber(unsigned int topic, unsigned int index)
{
	struct side *side = dbus_side(topic);

	if (side && dbus_also(side, topic)) {
		free(side);
		side = NULL;
	}
	return side;
}

/* Return: its bytes; 0 if it is not one of our messages. */
static ssize_t dbus_take(struct side *side, sd_bus_message *signal,
			 const void **data)
{
	size_t length;
	int err;

	if (sd_bus_message_is_signal(signal, side->interface, NULL) <= 0)
		return 0;
	err = sd_bus_message_read_array(signal, 'y', data, &length);
	if (err < 0)
		return dbus_fail("reading", err);
	return (ssize_t)length;
}

static ssize_t dbus_receive(void *subscriber, void **data, size_t size,
			    int timeout_ms)
{
	struct side *side = subscriber;
	uint64_t us = timeout_ms < 0 ? UINT64_MAX : timeout_ms * UINT64_C(1000);
	ssize_t received = 0;
	int done;

	while (!received) {
		side->received = sd_bus_message_unref(side->received);
		done = sd_bus_process(side->bus, &side->received);
		if (side->received)
			received = dbus_take(side, side->received,
					     (const void **)data);
		if (!done)
			done = sd_bus_wait(side->bus, us);
		if (done < 0)
			return dbus_fail("receiving", done);
		if (!done)
			break;
	}
	return received;
}

#define COMMON                                                              \
	.stop = dbus_stop, .publisher = dbus_side, .publish = dbus_publish, \
	.subscriber = dbus_subscriber, .receive = dbus_receive,             \
	.also = dbus_also, .also_pattern = dbus_also_pattern

#define OPTIONS                                                               \
	"signals, sd-bus, Unix socket, a topic is an interface, a pattern a " \
	"path_namespace, limits of a session's bus"

const struct system system_dbus_daemon = {
	.name = "dbus-daemon",
	.kind = KIND_BROKER,
	.options = OPTIONS,
	.start = dbus_start_daemon,
	COMMON,
};

const struct system system_dbus_broker = {
	.name = "dbus-broker",
	.kind = KIND_BROKER,
	.options = OPTIONS ", by dbus-broker-launch without systemd",
	.start = dbus_start_broker,
	COMMON,
};
