// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The bus's netlink protocol number, and sockets to the broker
 *
 * kbus may have another number than the usual one. sysfs shows the number. If
 * there is no sysfs, as in some containers, libbus tries the usual number and
 * asks for a topic that only kbus has.
 */
#include "internal.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/vfs.h>

#define MODULES "/sys/module"
#define PROTOCOL_FILE MODULES "/kbus/parameters/protocol"

#define NOT_LOADED (-1)
#define NOT_TOLD (-2)

/* Returns the protocol number, NOT_LOADED or NOT_TOLD. */
static int read_protocol(void)
{
	FILE *file = fopen(PROTOCOL_FILE, "re");
	int protocol;

	if (!file)
		return errno == ENOENT && bus_protocol_is_told() ? NOT_LOADED :
								   NOT_TOLD;
	if (fscanf(file, "%d", &protocol) != 1 || protocol < 0)
		protocol = NOT_TOLD;
	fclose(file);
	return protocol;
}

/* Whether sysfs is mounted: the number can then be read if kbus is loaded. */
bool bus_protocol_is_told(void)
{
	struct statfs fs;

	return statfs(MODULES, &fs) == 0 && fs.f_type == SYSFS_MAGIC;
}

/*
 * Opens a socket of the bus's protocol; NULL with errno on failure. @sure is
 * set to whether the protocol is certain to be kbus.
 */
static struct mnl_socket *open_protocol(bool *sure)
{
	int protocol = read_protocol();
	struct mnl_socket *socket;
	int err;

	*sure = true;
	if (protocol >= 0)
		return mnl_socket_open2(protocol, SOCK_CLOEXEC);

	/*
	 * Opening a socket makes the kernel load an installed kbus, which may
	 * have another number.
	 */
	socket = mnl_socket_open2(KBUS_PROTOCOL, SOCK_CLOEXEC);
	err = socket ? EPROTONOSUPPORT : errno;
	protocol = read_protocol();
	*sure = protocol != NOT_TOLD;
	if (socket && (protocol == KBUS_PROTOCOL || protocol == NOT_TOLD))
		return socket;
	if (socket)
		mnl_socket_close(socket);
	if (protocol >= 0)
		return mnl_socket_open2(protocol, SOCK_CLOEXEC);
	errno = err;
	return NULL;
}

/* Exists on each bus, from its beginning to its end. */
#define BROKERS_TOPIC "$sys/topics"

/* Whether kbus answers on a socket whose protocol is uncertain. */
static bool is_right(struct mnl_socket *socket)
{
	char buffer[BUS_REQUEST_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct iovec iov = { .iov_base = buffer };
	struct bus_topic record;
	ssize_t len;

	nlh->nlmsg_type = KBUS_CMD_TOPIC_GET;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	mnl_attr_put_strz(nlh, KBUS_A_TOPIC_NAME, BROKERS_TOPIC);
	iov.iov_len = nlh->nlmsg_len;
	if (bus_socket_send(socket, &iov, 1))
		return false;
	len = recv(mnl_socket_get_fd(socket), buffer, sizeof(buffer),
		   MSG_DONTWAIT);
	return len > 0 && bus_message_fits(nlh, (int)len) &&
	       !bus_topic_parse(nlh, &record) &&
	       strcmp(record.name, BROKERS_TOPIC) == 0;
}

/*
 * Makes the kernel refuse datagrams that other programs send to the socket.
 * Datagrams that they send to a group still arrive.
 */
static int connect_to_kernel(struct mnl_socket *socket)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	return connect(mnl_socket_get_fd(socket),
		       (const struct sockaddr *)&kernel, sizeof(kernel));
}

/* Opens a socket to the broker; 0 or -errno. */
int bus_socket_open(struct mnl_socket **result)
{
	struct mnl_socket *socket;
	int on = 1;
	bool sure;
	int err;

	socket = open_protocol(&sure);
	if (!socket)
		return -errno;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    connect_to_kernel(socket) ||
	    mnl_socket_setsockopt(socket, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    mnl_socket_setsockopt(socket, NETLINK_CAP_ACK, &on, sizeof(on))) {
		err = -errno;
		mnl_socket_close(socket);
		return err;
	}
	if (!sure && !is_right(socket)) {
		mnl_socket_close(socket);
		return -EPROTONOSUPPORT;
	}
	*result = socket;
	return 0;
}
