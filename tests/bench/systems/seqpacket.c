// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limit: Unix sockets that preserve message boundaries
 */
#include "channel.h"

#include <sys/socket.h>

static int open_pair(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
}

static int seqpacket_start(unsigned int topics, unsigned int subscribers,
			   unsigned int messages, size_t size)
{
	return channels_open(topics, subscribers, open_pair);
}

static int seqpacket_publish(void *publisher, const void *data, size_t size)
{
	unsigned int i;
	int fd;

	for (i = 0; (fd = channel_to(publisher, i)) >= 0; i++)
		if (send(fd, data, size, MSG_NOSIGNAL) != (ssize_t)size)
			return system_fail_errno("send");
	return 0;
}

/* Nothing is lost, so there is no need to wait with poll() first. */
static ssize_t seqpacket_receive(void *subscriber, void **data, size_t size,
				 int timeout_ms)
{
	ssize_t n = recv(channel_from(subscriber), *data, size, 0);

	return n > 0 ? n : system_fail_errno("recv");
}

const struct system system_seqpacket = {
	.name = "seqpacket",
	.kind = KIND_KERNEL,
	.options = "no broker: a Unix socket for each subscriber, "
		   "SOCK_SEQPACKET, sent to in turn, the publisher waits for "
		   "room",
	.start = seqpacket_start,
	.stop = channels_close,
	.publisher = channels_publisher,
	.publish = seqpacket_publish,
	.subscriber = channels_subscriber,
	.receive = seqpacket_receive,
};
