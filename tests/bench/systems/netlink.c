// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limit: netlink multicast without a broker
 */
#include "../system.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

/* As large as possible: SO_RCVBUF counts the memory that a message takes. */
#define RECEIVE_BUFFER (1 << 29)

/* The number of groups of NETLINK_USERSOCK. */
#define GROUPS 32

struct side {
	int fd;
	unsigned int topic;
};

static int netlink_start(unsigned int topics, unsigned int subscribers,
			 unsigned int messages, size_t size)
{
	return 0;
}

static void netlink_stop(void)
{
}

/*
 * The first topics have groups of their own; the others, without publishers,
 * share the rest.
 */
static uint32_t group_of(unsigned int topic)
{
	return 1U << (topic < GROUPS / 2 ? topic :
					   GROUPS / 2 + topic % (GROUPS / 2));
}

static int open_side(struct side *side, unsigned int topic, uint32_t groups)
{
	const struct sockaddr_nl address = { AF_NETLINK, .nl_groups = groups };

	side->topic = topic;
	side->fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK);
	if (side->fd < 0 ||
	    bind(side->fd, (const struct sockaddr *)&address, sizeof(address)))
		return system_fail_errno("netlink");
	return 0;
}

static void *netlink_publisher(unsigned int topic)
{
	static struct side side;

	return open_side(&side, topic, 0) ? NULL : &side;
}

static int netlink_publish(void *publisher, const void *data, size_t size)
{
	struct side *side = publisher;
	struct sockaddr_nl group = { AF_NETLINK,
				     .nl_groups = group_of(side->topic) };
	struct nlmsghdr header = { (uint32_t)(NLMSG_HDRLEN + size),
				   NLMSG_MIN_TYPE };
	struct iovec parts[] = { { &header, NLMSG_HDRLEN },
				 { (void *)data, size } };
	const struct msghdr message = { &group, sizeof(group), parts, 2 };

	/*
	 * The kernel is served after the group; it has no such socket and
	 * refuses.
	 */
	if (sendmsg(side->fd, &message, 0) < 0 && errno != ECONNREFUSED)
		return system_fail_errno("sendmsg");
	return 0;
}

static void *netlink_subscriber(unsigned int topic, unsigned int index)
{
	const int room = RECEIVE_BUFFER;
	struct side *side = malloc(sizeof(*side));

	if (!side || open_side(side, topic, group_of(topic)))
		return NULL;
	if (!setsockopt(side->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room,
			sizeof(room)))
		return side;
	system_fail_errno("SO_RCVBUFFORCE");
	return NULL;
}

static int set_timeout(int fd, int timeout_ms)
{
	static int current_ms = -1;
	const struct timeval timeout = { timeout_ms / 1000,
					 timeout_ms % 1000 * 1000 };

	if (timeout_ms == current_ms)
		return 0;
	current_ms = timeout_ms;
	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout,
			  sizeof(timeout));
}

static ssize_t netlink_receive(void *subscriber, void **data, size_t size,
			       int timeout_ms)
{
	struct side *side = subscriber;
	struct nlmsghdr header;
	struct iovec parts[] = { { &header, NLMSG_HDRLEN }, { *data, size } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n;

	if (set_timeout(side->fd, timeout_ms))
		return system_fail_errno("SO_RCVTIMEO");
	do {
		n = recvmsg(side->fd, &message, 0);
	} while (n < 0 && errno == ENOBUFS);
	if (n >= 0)
		return n - NLMSG_HDRLEN;
	return errno == EAGAIN ? 0 : system_fail_errno("recvmsg");
}

static int netlink_also(void *subscriber, unsigned int topic)
{
	return system_fail("there are %d groups, and no more", GROUPS);
}

const struct system system_netlink = {
	.name = "netlink",
	.options =
		"no broker: multicast with NETLINK_USERSOCK, receive buffers "
		"of 1 GiB",
	.lossy = true,
	.start = netlink_start,
	.stop = netlink_stop,
	.publisher = netlink_publisher,
	.publish = netlink_publish,
	.subscriber = netlink_subscriber,
	.receive = netlink_receive,
	.also = netlink_also,
};
