// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limit: netlink multicast without a broker
 *
 * A message is one buffer with netlink's header before the payload, sent by one
 * sendto() and read by one recv() without a copy. A call that has to gather or
 * scatter pieces costs more.
 */
#include "../system.h"

#include <errno.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

/* As large as possible: SO_RCVBUF counts the memory that a message takes. */
#define RECEIVE_BUFFER (1 << 29)

/* The number of groups of NETLINK_USERSOCK. */
#define GROUPS 32

/* How often a wait for a message that may be lost is interrupted. */
#define TICK_US 500000

/* Port ids of the first subscribers of the topics. */
#define FIRST_PORTID 1000000

struct buffer {
	struct nlmsghdr header;
	char payload[SYSTEM_SIZE_MAX];
};

struct side {
	int fd;
	struct sockaddr_nl to; /* publisher: where messages go */
	struct buffer buffer;  /* subscriber: the last message */
};

static unsigned int topics_used;

static int netlink_start(unsigned int topics, unsigned int subscribers,
			 unsigned int messages, size_t size)
{
	topics_used = topics;
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

static struct side *open_side(uint32_t portid, uint32_t groups)
{
	const struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_pid = portid,
		.nl_groups = groups,
	};
	struct side *side = calloc(1, sizeof(*side));

	if (!side) {
		system_fail_errno("calloc");
		return NULL;
	}
	side->to.nl_family = AF_NETLINK;
	side->fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK);
	if (side->fd >= 0 &&
	    !bind(side->fd, (const struct sockaddr *)&address, sizeof(address)))
		return side;
	system_fail_errno("netlink");
	return NULL;
}

static void *netlink_publisher(unsigned int topic)
{
	struct side *side = open_side(0, 0);

	if (side)
		side->to.nl_groups = group_of(topic);
	return side;
}

/* The first subscriber is sent to directly, the others as a group. */
static void *direct_publisher(unsigned int topic)
{
	struct side *side = netlink_publisher(topic);

	if (side)
		side->to.nl_pid = FIRST_PORTID + topic;
	return side;
}

/*
 * Without the first subscriber's port id, the kernel is served after the group.
 * It has no such socket and refuses. With the port id, a full socket of that
 * subscriber refuses: the message is lost to it, as to the group.
 */
static int netlink_publish(void *publisher, const void *data, size_t size)
{
	struct side *side = publisher;
	struct nlmsghdr *nlh =
		(void *)((char *)(uintptr_t)data - SYSTEM_HEADROOM);

	*nlh = (struct nlmsghdr){
		.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + size),
		.nlmsg_type = NLMSG_MIN_TYPE,
	};
	if (sendto(side->fd, nlh, NLMSG_HDRLEN + size, MSG_DONTWAIT,
		   (const struct sockaddr *)&side->to, sizeof(side->to)) < 0 &&
	    errno != ECONNREFUSED && errno != EAGAIN)
		return system_fail_errno("sendto");
	return 0;
}

static volatile sig_atomic_t ticks;

static void tick(int signal)
{
	ticks++;
}

/*
 * A lost message ends no wait, and a time limit on each recv() would cost a
 * timer each. Instead a timer interrupts recv() now and then.
 */
static int start_ticks(void)
{
	const struct itimerval interval = { { 0, TICK_US }, { 0, TICK_US } };
	const struct sigaction action = { .sa_handler = tick };

	if (sigaction(SIGALRM, &action, NULL) ||
	    setitimer(ITIMER_REAL, &interval, NULL))
		return system_fail_errno("setitimer");
	return 0;
}

static void *open_subscriber(uint32_t portid, unsigned int topic)
{
	const int room = RECEIVE_BUFFER;
	struct side *side = open_side(portid, group_of(topic));

	if (!side || start_ticks())
		return NULL;
	if (!setsockopt(side->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room,
			sizeof(room)))
		return side;
	system_fail_errno("SO_RCVBUFFORCE");
	return NULL;
}

static void *netlink_subscriber(unsigned int topic, unsigned int index)
{
	return open_subscriber(0, topic);
}

static void *direct_subscriber(unsigned int topic, unsigned int index)
{
	bool first = topic < topics_used && !index;

	return open_subscriber(first ? FIRST_PORTID + topic : 0, topic);
}

/* Waits for one whole interval of the timer at least, and two at most. */
static ssize_t netlink_receive(void *subscriber, void **data, size_t size,
			       int timeout_ms)
{
	struct side *side = subscriber;
	sig_atomic_t begin = ticks;
	ssize_t n;

	do {
		n = recv(side->fd, &side->buffer, sizeof(side->buffer), 0);
		if (n < 0 && errno == EINTR && ticks - begin >= 2)
			return 0;
	} while (n < 0 && (errno == ENOBUFS || errno == EINTR));
	if (n < 0)
		return system_fail_errno("recv");
	*data = side->buffer.payload;
	return n - NLMSG_HDRLEN;
}

static int netlink_also(void *subscriber, unsigned int topic)
{
	return system_fail("there are %d groups, and no more", GROUPS);
}

#define COMMON                                                       \
	.lossy = true, .start = netlink_start, .stop = netlink_stop, \
	.publish = netlink_publish, .receive = netlink_receive,      \
	.also = netlink_also

const struct system system_netlink = {
	.name = "netlink",
	.kind = KIND_KERNEL,
	.options =
		"no broker: multicast with NETLINK_USERSOCK, receive buffers "
		"of 1 GiB, one sendto() and one recv() without a time limit",
	.publisher = netlink_publisher,
	.subscriber = netlink_subscriber,
	COMMON,
};

const struct system system_netlink_direct = {
	.name = "netlink-direct",
	.kind = KIND_KERNEL,
	.options =
		"the same, but the first subscriber is sent to by its port id",
	.publisher = direct_publisher,
	.subscriber = direct_subscriber,
	COMMON,
};
