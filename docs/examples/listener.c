// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A plain listener that uses netlink without a library. It looks up a topic's
 * group, joins it, and prints the number and the payload size of each message.
 */
#include <errno.h>
#include <linux/kbus.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

static char buffer[65536] __attribute__((aligned(8)));

/* Asks for the topic by name. */
static int send_query(int fd, const char *name)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)buffer;
	struct nlattr *nla = (struct nlattr *)(buffer + NLMSG_HDRLEN);
	size_t size = strlen(name) + 1;

	memset(buffer, 0, sizeof(buffer));
	nla->nla_type = KBUS_A_TOPIC_NAME;
	nla->nla_len = NLA_HDRLEN + size;
	memcpy((char *)nla + NLA_HDRLEN, name, size);
	nlh->nlmsg_len = NLMSG_HDRLEN + NLA_ALIGN(nla->nla_len);
	nlh->nlmsg_type = KBUS_CMD_TOPIC_GET;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	return send(fd, buffer, nlh->nlmsg_len, 0) < 0 ? -1 : 0;
}

/*
 * Receives one datagram from the kernel. Datagrams from other senders may be
 * forged, and are skipped.
 */
static ssize_t receive(int fd)
{
	struct sockaddr_nl from;
	socklen_t size;
	ssize_t len;

	do {
		size = sizeof(from);
		len = recvfrom(fd, buffer, sizeof(buffer), 0,
			       (struct sockaddr *)&from, &size);
	} while (len >= 0 && from.nl_pid != 0);
	return len;
}

/*
 * Finds the attribute of this type behind the first @skip bytes of a message's
 * body; NULL if there is none.
 */
static struct nlattr *find_attr(struct nlmsghdr *nlh, size_t skip, int type)
{
	char *end = (char *)nlh + nlh->nlmsg_len;
	char *at = (char *)nlh + NLMSG_HDRLEN + skip;
	struct nlattr *nla;

	while (end - at >= NLA_HDRLEN) {
		nla = (struct nlattr *)at;
		if (nla->nla_len < NLA_HDRLEN || nla->nla_len > end - at)
			return NULL;
		if ((nla->nla_type & NLA_TYPE_MASK) == type)
			return nla;
		at += NLA_ALIGN(nla->nla_len);
	}
	return NULL;
}

static int read_group(int fd)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)buffer;
	struct nlattr *group;

	if (receive(fd) < NLMSG_HDRLEN || nlh->nlmsg_type != KBUS_MSG_TOPIC)
		return -1;
	group = find_attr(nlh, 0, KBUS_A_TOPIC_GROUP);
	return group ? (int)*(uint32_t *)((char *)group + NLA_HDRLEN) : -1;
}

static void print_message(struct nlmsghdr *nlh)
{
	struct kbus_header *header = NLMSG_DATA(nlh);
	struct nlattr *payload;

	payload = find_attr(nlh, sizeof(*header), KBUS_A_MESSAGE_PAYLOAD);
	if (payload)
		printf("%llu %d\n", (unsigned long long)header->seq,
		       payload->nla_len - NLA_HDRLEN);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct nlmsghdr *nlh;
	ssize_t len;
	int group;
	int fd;

	if (argc != 2) {
		fprintf(stderr, "Usage: listener TOPIC\n");
		return 1;
	}
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, KBUS_PROTOCOL);
	if (fd < 0 || send_query(fd, argv[1]) || (group = read_group(fd)) < 0) {
		fprintf(stderr, "listener: no topic %s\n", argv[1]);
		return 1;
	}
	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		       sizeof(group))) {
		perror("listener: cannot join");
		return 1;
	}
	for (;;) {
		len = receive(fd);
		if (len < 0 && errno == ENOBUFS) {
			printf("lost some\n");
			continue;
		}
		if (len < 0)
			break;
		for (nlh = (struct nlmsghdr *)buffer; NLMSG_OK(nlh, len);
		     nlh = NLMSG_NEXT(nlh, len))
			if (nlh->nlmsg_type == KBUS_MSG_MESSAGE)
				print_message(nlh);
	}
	close(fd);
	return 1;
}
