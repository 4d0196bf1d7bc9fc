// SPDX-License-Identifier: GPL-2.0-only
/*
 * ZeroMQ: PUB and SUB, without a broker
 *
 * A SUB socket sends its subscriptions to the publisher. An XPUB publisher can
 * count them.
 */
#include "../system.h"
#include "daemon.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

/*
 * Limits of the wait for the next subscription: for one that is missing, and
 * for extra ones.
 */
#define PATIENCE_MS 30000
#define QUIET_MS 100

struct side {
	void *socket;
	uint32_t topic; /* the first bytes of each message */
	int timeout_ms;
	zmq_msg_t received;
};

static unsigned int topic_count, subscriber_count;

static int zeromq_fail(const char *what)
{
	return system_fail("%s: %s", what, zmq_strerror(zmq_errno()));
}

static int zeromq_start(unsigned int topics, unsigned int subscribers,
			unsigned int messages, size_t size)
{
	topic_count = topics;
	subscriber_count = subscribers;
	return daemon_prepare(NULL);
}

/* One context for all sockets of a process. */
static void *zeromq_socket(int type)
{
	static void *context;

	if (!context) {
		context = zmq_ctx_new();
		zmq_ctx_set(context, ZMQ_MAX_SOCKETS,
			    2 * SYSTEM_SUBSCRIBERS_MAX);
	}
	return zmq_socket(context, type);
}

static struct side *zeromq_side(unsigned int topic, int type)
{
	struct side *side = calloc(1, sizeof(*side));

	if (!side) {
		system_fail_errno("calloc");
		return NULL;
	}
	side->topic = topic;
	side->timeout_ms = -1;
	zmq_msg_init(&side->received);
	side->socket = zeromq_socket(type);
	if (side->socket)
		return side;
	zeromq_fail("zmq_socket");
	free(side);
	return NULL;
}

static int zeromq_set(struct side *side, int option, int value)
{
	if (zmq_setsockopt(side->socket, option, &value, sizeof(value)))
		return zeromq_fail("zmq_setsockopt");
	return 0;
}

/* A publisher's socket is its topic's. */
static void zeromq_address(char *address, size_t size, unsigned int topic)
{
	snprintf(address, size, "ipc://%s-%u", daemon_socket,
		 topic < topic_count ? topic : 0);
}

/* A subscription is a message: 1, and the topic. Return: size, 0: none came */
static int zeromq_hear(struct side *side, void *asked, size_t size, int wait_ms)
{
	int heard;

	if (zeromq_set(side, ZMQ_RCVTIMEO, wait_ms))
		return -1;
	heard = zmq_recv(side->socket, asked, size, 0);
	if (heard < 0)
		return zmq_errno() == EAGAIN ? 0 : zeromq_fail("zmq_recv");
	return heard;
}

/* Waits for all expected subscriptions, and for extra ones of other topics. */
static int zeromq_await_subscribers(struct side *side)
{
	char wanted[1 + sizeof(side->topic)] = { 1 };
	char asked[sizeof(wanted)];
	unsigned int count = 0;
	int heard;

	memcpy(wanted + 1, &side->topic, sizeof(side->topic));
	do {
		heard = zeromq_hear(side, asked, sizeof(asked),
				    count < subscriber_count ? PATIENCE_MS :
							       QUIET_MS);
		if (heard == sizeof(asked) &&
		    !memcmp(asked, wanted, sizeof(asked)))
			count++;
	} while (heard > 0);
	if (!heard && count < subscriber_count)
		return system_fail("%u of %u subscribers came", count,
				   subscriber_count);
	return heard;
}

static void *zeromq_bind(unsigned int topic, int nodrop)
{
	struct side *side = zeromq_side(topic, ZMQ_XPUB);
	char address[128];

	if (!side)
		return NULL;
	zeromq_address(address, sizeof(address), topic);
	if (zeromq_set(side, ZMQ_XPUB_VERBOSE, 1) ||
	    zeromq_set(side, ZMQ_XPUB_NODROP, nodrop) ||
	    zeromq_set(side, ZMQ_RCVHWM, 0))
		return NULL;
	if (zmq_bind(side->socket, address)) {
		zeromq_fail("zmq_bind");
		return NULL;
	}
	return zeromq_await_subscribers(side) ? NULL : side;
}

static void *zeromq_publisher(unsigned int topic)
{
	return zeromq_bind(topic, 0);
}

static void *zeromq_publisher_nodrop(unsigned int topic)
{
	return zeromq_bind(topic, 1);
}

static int zeromq_publish(void *publisher, const void *data, size_t size)
{
	struct side *side = publisher;
	zmq_msg_t message;
	char *bytes;

	if (zmq_msg_init_size(&message, sizeof(side->topic) + size))
		return zeromq_fail("zmq_msg_init_size");
	bytes = zmq_msg_data(&message);
	memcpy(bytes, &side->topic, sizeof(side->topic));
	memcpy(bytes + sizeof(side->topic), data, size);
	if (zmq_msg_send(&message, side->socket, 0) < 0)
		return zeromq_fail("zmq_msg_send");
	return 0;
}

static int zeromq_also(void *subscriber, unsigned int topic)
{
	struct side *side = subscriber;
	uint32_t prefix = topic;

	if (zmq_setsockopt(side->socket, ZMQ_SUBSCRIBE, &prefix,
			   sizeof(prefix)))
		return zeromq_fail("zmq_setsockopt");
	return 0;
}

static void *zeromq_subscriber(unsigned int topic, unsigned int index)
{
	struct side *side = zeromq_side(topic, ZMQ_SUB);
	char address[128];

	/*
	 * A SUB socket sends only its subscriptions, of which there may be
	 * many.
	 */
	if (!side || zeromq_set(side, ZMQ_SNDHWM, 0) ||
	    zeromq_also(side, topic))
		return NULL;
	zeromq_address(address, sizeof(address), topic);
	if (zmq_connect(side->socket, address)) {
		zeromq_fail("zmq_connect");
		return NULL;
	}
	return side;
}

static ssize_t zeromq_receive(void *subscriber, void **data, size_t size,
			      int timeout_ms)
{
	struct side *side = subscriber;
	int received;

	if (timeout_ms != side->timeout_ms &&
	    zeromq_set(side, ZMQ_RCVTIMEO, timeout_ms))
		return -1;
	side->timeout_ms = timeout_ms;
	received = zmq_msg_recv(&side->received, side->socket, 0);
	if (received < 0)
		return zmq_errno() == EAGAIN ? 0 : zeromq_fail("zmq_msg_recv");
	*data = (char *)zmq_msg_data(&side->received) + sizeof(side->topic);
	return received - (ssize_t)sizeof(side->topic);
}

#define COMMON                                                             \
	.one_publisher = true, .start = zeromq_start, .stop = daemon_stop, \
	.publish = zeromq_publish, .subscriber = zeromq_subscriber,        \
	.receive = zeromq_receive, .also = zeromq_also

#define OPTIONS                                                         \
	"XPUB and SUB, ipc, no broker, default high-water marks (1000 " \
	"messages each), "

const struct system system_zeromq = {
	.name = "zeromq",
	.kind = KIND_LIBRARY,
	.collects = COLLECTS_ALWAYS,
	.options = OPTIONS "drops beyond",
	.lossy = true,
	.publisher = zeromq_publisher,
	COMMON,
};

const struct system system_zeromq_nodrop = {
	.name = "zeromq-nodrop",
	.kind = KIND_LIBRARY,
	.collects = COLLECTS_ALWAYS,
	.options = OPTIONS "XPUB_NODROP: the publisher waits beyond",
	.publisher = zeromq_publisher_nodrop,
	COMMON,
};
