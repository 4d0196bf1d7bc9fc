// SPDX-License-Identifier: GPL-2.0-only
/*
 * Redis: its publish/subscribe, with hiredis
 */
#include "../system.h"
#include "daemon.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number of PUBLISHes that the pipelined variant sends between reads. */
#define PIPELINE 64

struct side {
	redisContext *redis;
	char channel[32];
	unsigned int unanswered;
	redisReply *received;
};

static int redis_start(unsigned int topics, unsigned int subscribers,
		       unsigned int messages, size_t size)
{
	if (daemon_prepare("port 0\nunixsocket %s\nsave \"\"\nappendonly no\n"
			   "maxclients 2000\n"
			   "client-output-buffer-limit pubsub 0 0 0\n",
			   daemon_socket))
		return -1;
	return daemon_run(0, "redis-server", daemon_config, NULL);
}

static int redis_fail(struct side *side)
{
	return system_fail("%s", side->redis->err ? side->redis->errstr :
						    "unexpected reply");
}

static void *redis_side(unsigned int topic)
{
	struct side *side = calloc(1, sizeof(*side));

	if (!side) {
		system_fail_errno("calloc");
		return NULL;
	}
	snprintf(side->channel, sizeof(side->channel), "bench/%u", topic);
	side->redis = redisConnectUnix(daemon_socket);
	if (side->redis && !side->redis->err)
		return side;
	system_fail("redisConnectUnix: %s",
		    side->redis ? side->redis->errstr : "no memory");
	free(side);
	return NULL;
}

/* Read one reply, which must be of this type. */
static int redis_answered(struct side *side, int type)
{
	redisReply *reply;
	int err;

	if (redisGetReply(side->redis, (void **)&reply))
		return redis_fail(side);
	err = reply->type == type ? 0 : redis_fail(side);
	freeReplyObject(reply);
	return err;
}

static void redis_send(struct side *side, const void *data, size_t size)
{
	const char *words[] = { "PUBLISH", side->channel, data };
	const size_t sizes[] = { 7, strlen(side->channel), size };

	redisAppendCommandArgv(side->redis, 3, words, sizes);
}

static int redis_publish(void *publisher, const void *data, size_t size)
{
	redis_send(publisher, data, size);
	return redis_answered(publisher, REDIS_REPLY_INTEGER);
}

static int redis_flush(void *publisher)
{
	struct side *side = publisher;

	for (; side->unanswered; side->unanswered--)
		if (redis_answered(side, REDIS_REPLY_INTEGER))
			return -1;
	return 0;
}

static int redis_publish_pipelined(void *publisher, const void *data,
				   size_t size)
{
	struct side *side = publisher;

	redis_send(side, data, size);
	return ++side->unanswered < PIPELINE ? 0 : redis_flush(side);
}

/* The reply confirms the subscription. */
static int redis_subscribe(struct side *side, const char *command,
			   const char *channel)
{
	redisAppendCommand(side->redis, "%s %s", command, channel);
	return redis_answered(side, REDIS_REPLY_ARRAY);
}

static void *redis_subscriber(unsigned int topic, unsigned int index)
{
	struct side *side = redis_side(topic);

	if (side && redis_subscribe(side, "SUBSCRIBE", side->channel)) {
		free(side);
		side = NULL;
	}
	return side;
}

static int redis_also(void *subscriber, unsigned int topic)
{
	char channel[32];

	snprintf(channel, sizeof(channel), "bench/%u", topic);
	return redis_subscribe(subscriber, "SUBSCRIBE", channel);
}

static int redis_also_pattern(void *subscriber, unsigned int number)
{
	char pattern[32];

	snprintf(pattern, sizeof(pattern), "other/%u/*", number);
	return redis_subscribe(subscriber, "PSUBSCRIBE", pattern);
}

/* A message is an array: "message", its channel, its payload. */
static ssize_t redis_take(struct side *side, redisReply *reply, void **data)
{
	side->received = reply;
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3 ||
	    reply->element[2]->type != REDIS_REPLY_STRING)
		return redis_fail(side);
	*data = reply->element[2]->str;
	return (ssize_t)reply->element[2]->len;
}

static ssize_t redis_receive(void *subscriber, void **data, size_t size,
			     int timeout_ms)
{
	struct side *side = subscriber;
	struct pollfd wait = { side->redis->fd, POLLIN };
	redisReply *reply;

	freeReplyObject(side->received);
	side->received = NULL;
	for (;;) {
		if (redisGetReplyFromReader(side->redis, (void **)&reply))
			return redis_fail(side);
		if (reply)
			return redis_take(side, reply, data);
		if (timeout_ms >= 0 && poll(&wait, 1, timeout_ms) == 0)
			return 0;
		if (redisBufferRead(side->redis))
			return redis_fail(side);
	}
}

#define COMMON                                                              \
	.start = redis_start, .stop = daemon_stop, .publisher = redis_side, \
	.subscriber = redis_subscriber, .receive = redis_receive,           \
	.also = redis_also, .also_pattern = redis_also_pattern

#define OPTIONS \
	"hiredis, Unix socket, nothing saved, no limit to subscribers' output "

const struct system system_redis = {
	.name = "redis",
	.kind = KIND_BROKER,
	.options = OPTIONS "buffers, PUBLISH waits for its reply",
	.publish = redis_publish,
	COMMON,
};

const struct system system_redis_pipelined = {
	.name = "redis-pipelined",
	.kind = KIND_BROKER,
	.collects = COLLECTS_CHOSEN,
	.options = OPTIONS "buffers, 64 PUBLISHes sent before their replies "
			   "are read",
	.publish = redis_publish_pipelined,
	.flush = redis_flush,
	COMMON,
};
