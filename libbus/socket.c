// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Netlink sockets that talk to the broker, and hear the kernel alone
 */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define PROTOCOL_FILE "/sys/module/kbus/parameters/protocol"

/* The protocol number, or -1 while kbus is not loaded. */
static int read_protocol(void)
{
	FILE *file = fopen(PROTOCOL_FILE, "re");
	int protocol = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%d", &protocol) != 1)
		protocol = -1;
	fclose(file);
	return protocol;
}

static struct mnl_socket *open_protocol(void)
{
	int protocol = read_protocol();
	struct mnl_socket *socket;
	int err;

	if (protocol >= 0)
		return mnl_socket_open2(protocol, SOCK_CLOEXEC);

	/* Opening a socket makes the kernel load an installed kbus, perhaps
	 * with another number.
	 */
	socket = mnl_socket_open2(KBUS_PROTOCOL, SOCK_CLOEXEC);
	err = socket ? EPROTONOSUPPORT : errno;
	protocol = read_protocol();
	if (socket && protocol == KBUS_PROTOCOL)
		return socket;
	if (socket)
		mnl_socket_close(socket);
	if (protocol >= 0)
		return mnl_socket_open2(protocol, SOCK_CLOEXEC);
	errno = err;
	return NULL;
}

/* Has the kernel keep what other programs send, but to groups, from a socket. */
static int connect_to_kernel(struct mnl_socket *socket)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	return connect(mnl_socket_get_fd(socket),
		       (const struct sockaddr *)&kernel, sizeof(kernel));
}

/* Opens a socket to the broker; 0 or -errno. */
int socket_open(struct mnl_socket **result)
{
	struct mnl_socket *socket = open_protocol();
	int on = 1;
	int err;

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
	*result = socket;
	return 0;
}

/*
 * Has netlink not put a socket into error when there is no room for an answer
 * or a group's message: event loops give up a descriptor that is; 0 or -errno.
 */
int socket_pass_over_losses(struct mnl_socket *socket)
{
	int on = 1;

	return mnl_socket_setsockopt(socket, NETLINK_NO_ENOBUFS, &on,
				     sizeof(on)) ?
		       -errno :
		       0;
}

static ssize_t send_pieces(int fd, struct iovec *iov, int count)
{
	const struct msghdr msg = { .msg_iov = iov, .msg_iovlen = count };

	return sendmsg(fd, &msg, 0);
}

/* Sends one datagram; 0 or -errno. */
int socket_send(struct mnl_socket *socket, struct iovec *iov, int count)
{
	int fd = mnl_socket_get_fd(socket);
	ssize_t sent;

	/* The kernel has less to look at. */
	if (count == 1)
		sent = send(fd, iov->iov_base, iov->iov_len, 0);
	else
		sent = send_pieces(fd, iov, count);
	return sent < 0 ? -errno : 0;
}

/* What was received; 0 or -errno. With MSG_TRUNC @len is the datagram's length. */
static int received(ssize_t len, size_t *size)
{
	if (len < 0)
		return -errno;
	if (len > BUS_BUFFER_SIZE)
		return -EMSGSIZE;
	*size = len;
	return 0;
}

/*
 * Receives one datagram, with MSG_DONTWAIT in @flags without waiting; 0 or
 * -errno. It is the kernel's, as long as the socket has joined no group.
 */
int socket_receive(struct mnl_socket *socket, void *buffer, size_t *size,
		   int flags)
{
	ssize_t len = recv(mnl_socket_get_fd(socket), buffer, BUS_BUFFER_SIZE,
			   flags | MSG_TRUNC);

	return received(len, size);
}

/*
 * The same of a socket that has: what other programs send to its groups, which
 * a privileged one can, is passed over.
 */
int socket_receive_group(struct mnl_socket *socket, void *buffer, size_t *size,
			 int flags)
{
	struct sockaddr_nl from = { 0 };
	socklen_t from_size = sizeof(from);
	ssize_t len;

	do {
		len = recvfrom(mnl_socket_get_fd(socket), buffer,
			       BUS_BUFFER_SIZE, flags | MSG_TRUNC,
			       (struct sockaddr *)&from, &from_size);
	} while (len >= 0 && from.nl_pid != 0);
	return received(len, size);
}
