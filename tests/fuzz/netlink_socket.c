// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets: open, close and change them, send and read
 */
#include "netlink_due.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct socket {
	int fd;
	struct ledger ledger;
};

static struct socket sockets[SOCKETS];
static struct datagram datagram;
static unsigned char buffer[1 << 16] __attribute__((aligned(8)));

static void open_socket(unsigned int number)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	struct socket *s = &sockets[number];
	int on = 1;

	s->ledger.count = 0;
	s->ledger.lossy = false;
	s->ledger.deaf = false;
	s->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, KBUS_PROTOCOL);
	if (s->fd < 0)
		wrong("no socket", NULL);
	/* Some get a port id only when they send. */
	address.nl_pid = portid_of(known.process, number);
	if (!chance(12) &&
	    bind(s->fd, (struct sockaddr *)&address, sizeof(address)))
		wrong("a port id that was closed cannot be bound", NULL);
	setsockopt(s->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	if (chance(90))
		setsockopt(s->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on,
			   sizeof(on));
}

void sockets_open(void)
{
	unsigned int i;

	for (i = 0; i < SOCKETS; i++)
		open_socket(i);
}

static int note_attr(const struct nlattr *attr, void *data)
{
	uint32_t *numbers = data;
	int type = mnl_attr_get_type(attr);

	if (type < ATTRIBUTES_MAX &&
	    mnl_attr_get_payload_len(attr) == sizeof(uint32_t))
		numbers[type] = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static void learn(const struct nlmsghdr *nlh)
{
	uint32_t numbers[ATTRIBUTES_MAX] = { 0 };
	unsigned int place = known.learned % KNOWN;

	mnl_attr_parse(nlh, 0, note_attr, numbers);
	if (numbers[KBUS_A_TOPIC_ID] == known.spared)
		return;
	known.topics[place] = numbers[KBUS_A_TOPIC_ID];
	known.groups[place] = numbers[KBUS_A_TOPIC_GROUP];
	known.learned++;
}

static void take(struct socket *s, const struct nlmsghdr *nlh)
{
	int err;

	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
	case NLMSG_DONE:
		memcpy(&err, mnl_nlmsg_get_payload(nlh), sizeof(err));
		ledger_settle(&s->ledger, nlh->nlmsg_seq, err,
			      nlh->nlmsg_type == NLMSG_DONE);
		break;
	case KBUS_MSG_TOPIC:
		learn(nlh);
		break;
	case KBUS_MSG_MESSAGE:
	case KBUS_MSG_GAP:
		tally->messages++;
		break;
	}
}

/* Reads a datagram; returns whether there was one. */
static bool read_one(struct socket *s, size_t size)
{
	const struct nlmsghdr *nlh = (void *)buffer;
	ssize_t got = recv(s->fd, buffer, size, MSG_DONTWAIT | MSG_TRUNC);
	int left;

	if (got < 0 && errno == EAGAIN) {
		ledger_close(&s->ledger);
		return false;
	}
	if (got < 0) {
		if (errno != ENOBUFS && errno != ENOMEM)
			wrong(strerror(errno), NULL);
		tally->overflows++;
		s->ledger.lossy = true;
		return true;
	}
	/* Without NETLINK_CAP_ACK, a refusal contains the refused request. */
	if ((size_t)got > size) {
		s->ledger.lossy = true;
		return true;
	}
	for (left = (int)got; mnl_nlmsg_ok(nlh, left);
	     nlh = mnl_nlmsg_next(nlh, &left))
		take(s, nlh);
	if (left > 0)
		wrong("half a message came", NULL);
	return true;
}

/* The loop is limited because others may publish faster than it reads. */
static void read_all(struct socket *s)
{
	int i;

	for (i = 0; i < 2000 && read_one(s, sizeof(buffer)); i++)
		;
}

static void read_some(struct socket *s)
{
	unsigned int count = any(5);
	size_t size = chance(2) ? any(300) : sizeof(buffer);

	while (count-- && read_one(s, size))
		;
}

static void send_one(struct socket *s)
{
	size_t before;

	datagram_make(&datagram);
	before = ledger_expect(&s->ledger, &datagram);
	tally->datagrams++;
	if (send(s->fd, datagram.data, datagram.size, 0) >= 0)
		return;
	if (errno != EMSGSIZE && errno != ENOBUFS)
		wrong(strerror(errno), NULL);
	ledger_refuse(&s->ledger, before, -errno);
}

static void set_option(struct socket *s)
{
	static const int options[] = {
		NETLINK_PKTINFO,	NETLINK_BROADCAST_ERROR,
		NETLINK_NO_ENOBUFS,	NETLINK_LISTEN_ALL_NSID,
		NETLINK_EXT_ACK,	NETLINK_CAP_ACK,
		NETLINK_GET_STRICT_CHK,
	};
	int group = chance(90) ? (int)known.groups[any(KNOWN)] : (int)any(40);
	int size = any(1 << 17);
	int option = options[any(7)];
	int on = any(2);

	switch (any(4)) {
	case 0 ... 1:
		setsockopt(s->fd, SOL_NETLINK,
			   on ? NETLINK_ADD_MEMBERSHIP :
				NETLINK_DROP_MEMBERSHIP,
			   &group, sizeof(group));
		break;
	case 2:
		setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
		break;
	default:
		s->ledger.deaf |= option == NETLINK_NO_ENOBUFS;
		setsockopt(s->fd, SOL_NETLINK, option, &on, sizeof(on));
	}
}

/* Returns the number of requests made. */
unsigned int sockets_step(void)
{
	unsigned int number = any(SOCKETS);
	struct socket *s = &sockets[number];

	if (chance(2)) {
		ledger_forget(&s->ledger);
		close(s->fd);
		open_socket(number);
	}
	if (chance(4))
		set_option(s);
	send_one(s);
	if (chance(50))
		read_some(s);
	if (chance(40))
		read_all(s);
	return datagram.requests;
}

void sockets_finish(void)
{
	unsigned int i;

	for (i = 0; i < SOCKETS; i++)
		read_all(&sockets[i]);
	tally->mark = lrand48();
}
