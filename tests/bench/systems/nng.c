// SPDX-License-Identifier: GPL-2.0-only
/*
 * nng: its publish/subscribe, without a broker
 */
#include "../system.h"
#include "daemon.h"

#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/supplemental/util/platform.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define QUEUE_MAX 8192 /* nng's own limit */
/*
 * Limits of the wait for the next subscriber: for one that is missing, and for
 * extra ones.
 */
#define PATIENCE_MS 30000
#define QUIET_MS 100

struct side {
	nng_socket socket;
	uint32_t topic; /* the first bytes of each message */
	int timeout_ms;
	nng_msg *received;
};

/* For each topic's publisher, in memory that all processes share. */
static struct link {
	atomic_uint subscribed; /* to the topic itself */
	atomic_uint wanted;	/* connections that were asked for */
} * links;

static unsigned int topic_count, subscriber_count;
static atomic_uint attached; /* to this process's publisher */
static int queue;	     /* 0: nng's default */

static int nng_fail(const char *what, int err)
{
	return system_fail("%s: %s", what, nng_strerror(err));
}

static int nng_start(unsigned int topics, unsigned int subscribers,
		     unsigned int messages, size_t size)
{
	topic_count = topics;
	queue = 0;
	subscriber_count = subscribers;
	links = mmap(NULL, topics * sizeof(*links), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (links == MAP_FAILED) {
		links = NULL;
		return system_fail_errno("mmap");
	}
	return daemon_prepare(NULL);
}

static int nng_start_deep(unsigned int topics, unsigned int subscribers,
			  unsigned int messages, size_t size)
{
	int err = nng_start(topics, subscribers, messages, size);

	queue = messages < QUEUE_MAX ? (int)messages : QUEUE_MAX;
	return err;
}

static void nng_stop(void)
{
	if (links)
		munmap(links, topic_count * sizeof(*links));
	links = NULL;
	daemon_stop();
}

static void nng_address(char *address, size_t size, unsigned int publisher)
{
	snprintf(address, size, "ipc://%s-%u", daemon_socket, publisher);
}

static struct side *nng_side(unsigned int topic,
			     int (*open)(nng_socket *socket),
			     const char *buffer)
{
	struct side *side = calloc(1, sizeof(*side));
	int err;

	if (!side) {
		system_fail_errno("calloc");
		return NULL;
	}
	side->topic = topic;
	err = open(&side->socket);
	if (!err && queue)
		err = nng_socket_set_int(side->socket, buffer, queue);
	if (!err)
		return side;
	nng_fail(buffer, err);
	free(side);
	return NULL;
}

static void attach(nng_pipe pipe, nng_pipe_ev event, void *data)
{
	attached++;
}

static bool all_attached(const struct link *link)
{
	return link->subscribed >= subscriber_count && attached >= link->wanted;
}

/* Waits for all expected connections, and for extra ones of other topics. */
static int await_subscribers(const struct link *link)
{
	unsigned int before = 0, now;
	int quiet = 0;

	while (quiet++ < (all_attached(link) ? QUIET_MS : PATIENCE_MS)) {
		now = attached;
		if (now != before)
			quiet = 0;
		before = now;
		nng_msleep(1);
	}
	if (!all_attached(link))
		return system_fail("%u of %u subscribers came", attached,
				   (unsigned int)link->wanted);
	return 0;
}

static void *nng_publisher(unsigned int topic)
{
	struct side *side = nng_side(topic, nng_pub0_open, NNG_OPT_SENDBUF);
	char address[128];
	int err;

	if (!side)
		return NULL;
	nng_address(address, sizeof(address), topic);
	err = nng_pipe_notify(side->socket, NNG_PIPE_EV_ADD_POST, attach, NULL);
	if (!err)
		err = nng_listen(side->socket, address, NULL, 0);
	if (err) {
		nng_fail("nng_listen", err);
		return NULL;
	}
	return await_subscribers(&links[topic]) ? NULL : side;
}

static int nng_publish(void *publisher, const void *data, size_t size)
{
	struct side *side = publisher;
	nng_msg *message;
	int err = nng_msg_alloc(&message, sizeof(side->topic) + size);
	char *bytes;

	if (err)
		return nng_fail("nng_msg_alloc", err);
	bytes = nng_msg_body(message);
	memcpy(bytes, &side->topic, sizeof(side->topic));
	memcpy(bytes + sizeof(side->topic), data, size);
	err = nng_sendmsg(side->socket, message, 0);
	return err ? nng_fail("nng_sendmsg", err) : 0;
}

static int nng_also(void *subscriber, unsigned int topic)
{
	struct side *side = subscriber;
	uint32_t prefix = topic;
	int err = nng_socket_set(side->socket, NNG_OPT_SUB_SUBSCRIBE, &prefix,
				 sizeof(prefix));

	return err ? nng_fail("nng_socket_set", err) : 0;
}

static void *nng_subscriber(unsigned int topic, unsigned int index)
{
	struct side *side = nng_side(topic, nng_sub0_open, NNG_OPT_RECVBUF);
	unsigned int publisher = topic < topic_count ? topic : 0;
	char address[128];
	int err;

	if (!side || nng_also(side, topic))
		return NULL;
	side->timeout_ms = NNG_DURATION_INFINITE;
	links[publisher].wanted++;
	if (publisher == topic)
		links[publisher].subscribed++;
	nng_address(address, sizeof(address), publisher);
	/* The publisher may not be there yet; the dialer tries again. */
	err = nng_dial(side->socket, address, NULL, NNG_FLAG_NONBLOCK);
	if (!err)
		return side;
	nng_fail("nng_dial", err);
	return NULL;
}

static ssize_t nng_receive(void *subscriber, void **data, size_t size,
			   int timeout_ms)
{
	struct side *side = subscriber;
	int err = 0;

	nng_msg_free(side->received);
	side->received = NULL;
	if (timeout_ms != side->timeout_ms)
		err = nng_socket_set_ms(side->socket, NNG_OPT_RECVTIMEO,
					timeout_ms);
	side->timeout_ms = timeout_ms;
	if (!err)
		err = nng_recvmsg(side->socket, &side->received, 0);
	if (err == NNG_ETIMEDOUT)
		return 0;
	if (err)
		return nng_fail("nng_recvmsg", err);
	*data = (char *)nng_msg_body(side->received) + sizeof(side->topic);
	return (ssize_t)(nng_msg_len(side->received) - sizeof(side->topic));
}

#define COMMON                                                  \
	.lossy = true, .one_publisher = true, .stop = nng_stop, \
	.publisher = nng_publisher, .publish = nng_publish,     \
	.subscriber = nng_subscriber, .receive = nng_receive

#define OPTIONS "pub0 and sub0, ipc, no broker, drops what queues do not take: "

const struct system system_nng = {
	.name = "nng",
	.kind = KIND_LIBRARY,
	.options = OPTIONS "default queues (16 messages to send, 128 received)",
	.start = nng_start,
	.also = nng_also,
	COMMON,
};

/*
 * Without also(): unrelated subscribers cost the same as with plain nng, and
 * measuring them twice takes too long.
 */
const struct system system_nng_deep = {
	.name = "nng-deep",
	.kind = KIND_LIBRARY,
	.options = OPTIONS "as long as the run, up to nng's limit of 8192",
	.start = nng_start_deep,
	COMMON,
};
