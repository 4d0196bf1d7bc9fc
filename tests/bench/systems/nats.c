// SPDX-License-Identifier: GPL-2.0-only
/*
 * NATS: nats-server, with libnats
 */
#include "../system.h"
#include "daemon.h"

#include <nats/nats.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORT 4222
#define URL "nats://127.0.0.1:4222"

struct side {
	natsConnection *connection;
	natsSubscription *subscription;
	char subject[32];
	natsMsg *received;
};

static int nats_fail(natsStatus status)
{
	return system_fail("%s", natsStatus_GetText(status));
}

static int nats_start(unsigned int topics, unsigned int subscribers,
		      unsigned int messages, size_t size)
{
	if (daemon_prepare("listen: 127.0.0.1:%d\n", PORT))
		return -1;
	return daemon_run(PORT, "nats-server", "-c", daemon_config, NULL);
}

static struct side *nats_side(unsigned int topic, bool asap)
{
	struct side *side = calloc(1, sizeof(*side));
	natsOptions *options = NULL;
	natsStatus status;

	if (!side) {
		system_fail_errno("calloc");
		return NULL;
	}
	snprintf(side->subject, sizeof(side->subject), "bench.%u", topic);
	status = natsOptions_Create(&options);
	if (status == NATS_OK)
		status = natsOptions_SetURL(options, URL);
	if (status == NATS_OK)
		status = natsOptions_SetSendAsap(options, asap);
	if (status == NATS_OK)
		status = natsConnection_Connect(&side->connection, options);
	natsOptions_Destroy(options);
	if (status == NATS_OK)
		return side;
	nats_fail(status);
	free(side);
	return NULL;
}

static void *nats_publisher(unsigned int topic)
{
	return nats_side(topic, true);
}

static void *nats_publisher_buffered(unsigned int topic)
{
	return nats_side(topic, false);
}

static int nats_publish(void *publisher, const void *data, size_t size)
{
	struct side *side = publisher;
	natsStatus status = natsConnection_Publish(
		side->connection, side->subject, data, (int)size);

	return status == NATS_OK ? 0 : nats_fail(status);
}

/* A PING and its PONG: the server has read everything sent before. */
static int nats_flush(void *publisher)
{
	struct side *side = publisher;
	natsStatus status = natsConnection_Flush(side->connection);

	return status == NATS_OK ? 0 : nats_fail(status);
}

static int nats_subscribe(struct side *side, const char *subject)
{
	natsStatus status = natsConnection_SubscribeSync(
		&side->subscription, side->connection, subject);

	if (status == NATS_OK)
		status = natsSubscription_SetPendingLimits(side->subscription,
							   -1, -1);
	return status == NATS_OK ? nats_flush(side) : nats_fail(status);
}

static void *nats_subscriber(unsigned int topic, unsigned int index)
{
	struct side *side = nats_side(topic, true);

	if (side && nats_subscribe(side, side->subject)) {
		free(side);
		side = NULL;
	}
	return side;
}

/* Nothing is published on this subject, so the subscription is never read. */
static int nats_besides(struct side *side, const char *subject)
{
	natsSubscription *awaited = side->subscription;
	int err = nats_subscribe(side, subject);

	side->subscription = awaited;
	return err;
}

static int nats_also(void *subscriber, unsigned int topic)
{
	char subject[32];

	snprintf(subject, sizeof(subject), "bench.%u", topic);
	return nats_besides(subscriber, subject);
}

static int nats_also_pattern(void *subscriber, unsigned int number)
{
	char subject[32];

	snprintf(subject, sizeof(subject), "other.%u.*", number);
	return nats_besides(subscriber, subject);
}

static ssize_t nats_receive(void *subscriber, void **data, size_t size,
			    int timeout_ms)
{
	struct side *side = subscriber;
	natsStatus status;

	natsMsg_Destroy(side->received);
	side->received = NULL;
	/* The library supports neither "do not wait" nor "wait forever". */
	if (timeout_ms == 0)
		timeout_ms = 1;
	status = natsSubscription_NextMsg(&side->received, side->subscription,
					  timeout_ms < 0 ? INT32_MAX :
							   timeout_ms);
	if (status == NATS_TIMEOUT)
		return 0;
	if (status != NATS_OK)
		return nats_fail(status);
	*data = (void *)natsMsg_GetData(side->received);
	return natsMsg_GetDataLength(side->received);
}

#define COMMON                                                             \
	.start = nats_start, .stop = daemon_stop, .publish = nats_publish, \
	.subscriber = nats_subscriber, .receive = nats_receive,            \
	.also = nats_also, .also_pattern = nats_also_pattern

#define OPTIONS                                                             \
	"libnats, TCP to the loopback device (it has no Unix sockets), no " \
	"limit to what a subscriber's library keeps, "

const struct system system_nats = {
	.name = "nats",
	.kind = KIND_BROKER,
	.options = OPTIONS "each message sent at once (SendAsap)",
	.publisher = nats_publisher,
	COMMON,
};

const struct system system_nats_buffered = {
	.name = "nats-buffered",
	.kind = KIND_BROKER,
	.collects = COLLECTS_CHOSEN,
	.options = OPTIONS "messages collected as is the library's default",
	.publisher = nats_publisher_buffered,
	.flush = nats_flush,
	COMMON,
};
