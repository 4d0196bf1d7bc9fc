// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What goes through a netlink socket, and the room for it
 */
#include "internal.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Has netlink not put a socket into error when there is no room for an answer
 * or a group's message: event loops give up a descriptor that is; 0 or -errno.
 */
int bus_socket_pass_over_losses(struct mnl_socket *socket)
{
	int on = 1;

	return mnl_socket_setsockopt(socket, NETLINK_NO_ENOBUFS, &on,
				     sizeof(on)) ?
		       -errno :
		       0;
}

/* A network namespace's number, which no other ever has; 0 or -errno. */
static int get_namespace(struct mnl_socket *socket, uint64_t *cookie)
{
	socklen_t size = sizeof(*cookie);

	return getsockopt(mnl_socket_get_fd(socket), SOL_SOCKET,
			  SO_NETNS_COOKIE, cookie, &size) ?
		       -errno :
		       0;
}

/* Whether two sockets are of one network namespace; 0, -EXDEV or -errno. */
int bus_socket_compare_namespaces(struct mnl_socket *a, struct mnl_socket *b)
{
	uint64_t of_a = 0, of_b = 0;
	int err;

	err = get_namespace(a, &of_a);
	if (!err)
		err = get_namespace(b, &of_b);
	if (err)
		return err;
	return of_a == of_b ? 0 : -EXDEV;
}

static int send_buffer_of(int fd)
{
	socklen_t size = sizeof(int);
	int bytes = 0;

	getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, &size);
	return bytes;
}

/* What a socket's buffer would be if it were asked for one of @bytes. */
static int may_have(int bytes)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int granted = 0;

	if (fd < 0)
		return 0;
	if (!setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)))
		granted = send_buffer_of(fd);
	close(fd);
	return granted;
}

/*
 * Raises a socket's send buffer, as far as net.core.wmem_max allows, for any
 * datagram to fit; to ask for more than that may make it smaller.
 */
static void widen(int fd)
{
	int bytes = BUS_BUFFER_SIZE;

	if (!setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)))
		return;
	if (may_have(bytes) > send_buffer_of(fd))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

/* What netlink keeps of it for itself. */
#define SEND_BUFFER_KEPT 32

/* Bytes that a datagram may have, up to @wanted, for which room is made. */
size_t bus_socket_room(struct mnl_socket *socket, size_t wanted)
{
	int fd = mnl_socket_get_fd(socket);
	size_t needed = wanted + SEND_BUFFER_KEPT;
	size_t bytes = send_buffer_of(fd);

	if (bytes < needed) {
		widen(fd);
		bytes = send_buffer_of(fd);
	}
	return bytes < needed ? bytes - SEND_BUFFER_KEPT : wanted;
}

static ssize_t send_pieces(int fd, struct iovec *iov, int count)
{
	const struct msghdr msg = { .msg_iov = iov, .msg_iovlen = count };

	return sendmsg(fd, &msg, 0);
}

static ssize_t send_datagram(int fd, struct iovec *iov, int count)
{
	/* The kernel has less to look at. */
	if (count == 1)
		return send(fd, iov->iov_base, iov->iov_len, 0);
	return send_pieces(fd, iov, count);
}

/* Sends one datagram; 0 or -errno. */
int bus_socket_send(struct mnl_socket *socket, struct iovec *iov, int count)
{
	int fd = mnl_socket_get_fd(socket);
	ssize_t sent = send_datagram(fd, iov, count);

	if (sent < 0 && errno == EMSGSIZE) {
		widen(fd);
		sent = send_datagram(fd, iov, count);
	}
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
int bus_socket_receive(struct mnl_socket *socket, void *buffer, size_t *size,
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
int bus_socket_receive_group(struct mnl_socket *socket, void *buffer,
			     size_t *size, int flags)
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
