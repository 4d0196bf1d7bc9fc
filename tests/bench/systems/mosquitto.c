// SPDX-License-Identifier: GPL-2.0-only
/*
 * MQTT: mosquitto, with libmosquitto
 */
#include "../system.h"
#include "daemon.h"

#include <errno.h>
#include <mosquitto.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Messages without their PUBACK: the library's own default. */
#define INFLIGHT 20
#define KEEPALIVE_S 3600
#define TIMEOUT_MS 60000
#define TRIES 1000
#define TRY_US 10000

struct side {
	struct mosquitto *mosquitto;
	char topic[32];
	int qos;
	bool done; /* CONNACK, SUBACK */
	unsigned int inflight;
	void *buffer; /* for the message that is awaited */
	size_t size;
	ssize_t received;
};

static int mqtt_start(unsigned int topics, unsigned int subscribers,
		      unsigned int messages, size_t size)
{
	if (daemon_prepare("listener 0 %s\nallow_anonymous true\nuser root\n"
			   "persistence false\nmax_queued_messages 0\n"
			   "log_type error\n",
			   daemon_socket))
		return -1;
	return daemon_run(0, "mosquitto", "-c", daemon_config, NULL);
}

static void on_connect(struct mosquitto *mosquitto, void *data, int code)
{
	((struct side *)data)->done = true;
}

static void on_subscribe(struct mosquitto *mosquitto, void *data, int id,
			 int count, const int *granted)
{
	((struct side *)data)->done = true;
}

/* QoS 0: it is sent; QoS 1: the broker has acknowledged it. */
static void on_publish(struct mosquitto *mosquitto, void *data, int id)
{
	((struct side *)data)->inflight--;
}

static void on_message(struct mosquitto *mosquitto, void *data,
		       const struct mosquitto_message *message)
{
	struct side *side = data;

	if (!side->buffer || side->received) {
		system_fail("a message came that nobody awaited");
		return;
	}
	side->received = (ssize_t)side->size;
	if ((size_t)message->payloadlen < side->size)
		side->received = message->payloadlen;
	memcpy(side->buffer, message->payload, (size_t)side->received);
}

static int mqtt_fail(int err)
{
	return system_fail("%s", mosquitto_strerror(err));
}

/* Wait until there is work, and do it. Return: 0 if nothing came. */
static int mqtt_step(struct side *side, int timeout_ms)
{
	struct pollfd wait = { mosquitto_socket(side->mosquitto), POLLIN };
	int err = MOSQ_ERR_SUCCESS;
	int ready;

	if (mosquitto_want_write(side->mosquitto))
		wait.events |= POLLOUT;
	ready = poll(&wait, 1, timeout_ms);
	if (ready <= 0)
		return ready < 0 ? system_fail_errno("poll") : 0;
	if (wait.revents & POLLOUT)
		err = mosquitto_loop_write(side->mosquitto, 1);
	if (!err && wait.revents & ~POLLOUT)
		err = mosquitto_loop_read(side->mosquitto, 1);
	return err ? mqtt_fail(err) : 1;
}

static int mqtt_answered(struct side *side)
{
	int ready = 1;

	while (!side->done && ready > 0)
		ready = mqtt_step(side, TIMEOUT_MS);
	if (!ready)
		return system_fail("mosquitto does not answer");
	side->done = false;
	return ready < 0 ? -1 : 0;
}

/* If many connect at once, the daemon's socket may have no room yet. */
static int mqtt_connect(struct side *side)
{
	int err, tries;

	for (tries = 0; tries < TRIES; tries++) {
		/* Port 0 stands for a Unix socket. */
		err = mosquitto_connect(side->mosquitto, daemon_socket, 0,
					KEEPALIVE_S);
		if (err != MOSQ_ERR_ERRNO || errno != EAGAIN)
			break;
		usleep(TRY_US);
	}
	return err ? mqtt_fail(err) : mqtt_answered(side);
}

static struct side *mqtt_side(unsigned int topic, int qos)
{
	struct side *side = calloc(1, sizeof(*side));

	mosquitto_lib_init();
	if (side)
		side->mosquitto = mosquitto_new(NULL, true, side);
	if (!side || !side->mosquitto) {
		system_fail_errno("mosquitto_new");
		return NULL;
	}
	snprintf(side->topic, sizeof(side->topic), "bench/%u", topic);
	side->qos = qos;
	mosquitto_connect_callback_set(side->mosquitto, on_connect);
	mosquitto_subscribe_callback_set(side->mosquitto, on_subscribe);
	mosquitto_publish_callback_set(side->mosquitto, on_publish);
	mosquitto_message_callback_set(side->mosquitto, on_message);
	return mqtt_connect(side) ? NULL : side;
}

static void *mqtt_side_qos0(unsigned int topic)
{
	return mqtt_side(topic, 0);
}

static void *mqtt_side_qos1(unsigned int topic)
{
	return mqtt_side(topic, 1);
}

/* Wait until at most @inflight messages are under way. */
static int mqtt_settle(struct side *side, unsigned int inflight)
{
	while (side->inflight > inflight ||
	       mosquitto_want_write(side->mosquitto))
		if (mqtt_step(side, -1) < 0)
			return -1;
	return 0;
}

static int mqtt_publish(void *publisher, const void *data, size_t size)
{
	struct side *side = publisher;
	int err;

	side->inflight++;
	err = mosquitto_publish(side->mosquitto, NULL, side->topic, (int)size,
				data, side->qos, false);
	return err ? mqtt_fail(err) : mqtt_settle(side, INFLIGHT - 1);
}

static int mqtt_flush(void *publisher)
{
	return mqtt_settle(publisher, 0);
}

/* The SUBACK confirms the subscription. */
static int mqtt_subscribe(struct side *side, const char *topic)
{
	int err = mosquitto_subscribe(side->mosquitto, NULL, topic, side->qos);

	return err ? mqtt_fail(err) : mqtt_answered(side);
}

static void *mqtt_subscribed(struct side *side)
{
	return side && !mqtt_subscribe(side, side->topic) ? side : NULL;
}

static void *mqtt_subscriber_qos0(unsigned int topic, unsigned int index)
{
	return mqtt_subscribed(mqtt_side(topic, 0));
}

static void *mqtt_subscriber_qos1(unsigned int topic, unsigned int index)
{
	return mqtt_subscribed(mqtt_side(topic, 1));
}

static int mqtt_also(void *subscriber, unsigned int topic)
{
	char name[32];

	snprintf(name, sizeof(name), "bench/%u", topic);
	return mqtt_subscribe(subscriber, name);
}

static int mqtt_also_pattern(void *subscriber, unsigned int number)
{
	char pattern[32];

	snprintf(pattern, sizeof(pattern), "other/%u/+", number);
	return mqtt_subscribe(subscriber, pattern);
}

static ssize_t mqtt_receive(void *subscriber, void **data, size_t size,
			    int timeout_ms)
{
	struct side *side = subscriber;
	int ready = 1;

	side->buffer = *data;
	side->size = size;
	side->received = 0;
	while (!side->received && ready > 0)
		ready = mqtt_step(side, timeout_ms);
	side->buffer = NULL;
	return ready < 0 ? -1 : side->received;
}

#define COMMON                                                             \
	.start = mqtt_start, .stop = daemon_stop, .publish = mqtt_publish, \
	.flush = mqtt_flush, .receive = mqtt_receive, .also = mqtt_also,   \
	.also_pattern = mqtt_also_pattern

#define OPTIONS                                                                \
	"libmosquitto, Unix socket, MQTT 3.1.1, no limit to queued messages, " \
	"nothing saved, "

const struct system system_mosquitto_qos0 = {
	.name = "mosquitto-qos0",
	.kind = KIND_BROKER,
	.options = OPTIONS "QoS 0",
	.publisher = mqtt_side_qos0,
	.subscriber = mqtt_subscriber_qos0,
	COMMON,
};

const struct system system_mosquitto_qos1 = {
	.name = "mosquitto-qos1",
	.kind = KIND_BROKER,
	.options = OPTIONS "QoS 1, up to 20 messages without their "
			   "acknowledgement",
	.publisher = mqtt_side_qos1,
	.subscriber = mqtt_subscriber_qos1,
	COMMON,
};
