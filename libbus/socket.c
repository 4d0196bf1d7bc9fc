// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sending and receiving through a netlink socket, and the size of its buffers
 */
#include "internal.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/*
 * Keeps netlink from setting an error on the socket when there is no room for
 * an answer or for a message of a group. Some event loops stop watching a
 * descriptor that is in error. Returns 0 or -errno.
 */
int bus_socket_pass_over_losses(struct mnl_socket *socket)
{
	int on = 1;

	return mnl_socket_setsockopt(socket, NETLINK_NO_ENOBUFS, &on,
				     sizeof(on)) ?
		       -errno :
		       0;
}

/*
 * Gets the number of the socket's network namespace. No other namespace ever
 * has the same number. Returns 0 or -errno.
 */
static int get_namespace(struct mnl_socket *socket, uint64_t *cookie)
{
	socklen_t size = sizeof(*cookie);

	return getsockopt(mnl_socket_get_fd(socket), SOL_SOCKET,
			  SO_NETNS_COOKIE, cookie, &size) ?
		       -errno :
		       0;
}

/* Compares the network namespaces of two sockets; 0, -EXDEV or -errno. */
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

/* The send buffer that a socket would get if it asked for @bytes. */
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
 * Enlarges a socket's send buffer so that any datagram fits, as far as
 * net.core.wmem_max allows. The result is checked first, because a request for
 * more than that may make the buffer smaller.
 */
static void widen(int fd)
{
	int bytes = BUS_BUFFER_SIZE;

	if (!setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)))
		return;
	if (may_have(bytes) > send_buffer_of(fd))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

/* Bytes of the send buffer that netlink does not give to datagrams. */
#define SEND_BUFFER_KEPT 32

/*
 * Makes room in the send buffer for a datagram of @wanted bytes. Returns the
 * largest size that fits, up to @wanted.
 */
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
	/* send() is cheaper than sendmsg(). */
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

/*
 * Sets the longest time that receiving from a socket waits, in milliseconds; 0:
 * there is no limit. Returns 0 or -errno.
 */
int bus_socket_limit_wait(struct mnl_socket *socket, int wait_ms)
{
	const struct timeval limit = {
		.tv_sec = wait_ms / 1000,
		.tv_usec = wait_ms % 1000 * 1000,
	};

	return setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO,
			  &limit, sizeof(limit)) ?
		       -errno :
		       0;
}

/*
 * Sets @size to the length of a datagram; 0 or -errno. @len comes from a call
 * with MSG_TRUNC, and is the full length even if the datagram was cut.
 */
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
 * Receives one datagram; 0 or -errno. It does not wait if @flags has
 * MSG_DONTWAIT. The datagram is from the kernel, unless the socket has joined a
 * group.
 */
int bus_socket_receive(struct mnl_socket *socket, void *buffer, size_t *size,
		       int flags)
{
	ssize_t len = recv(mnl_socket_get_fd(socket), buffer, BUS_BUFFER_SIZE,
			   flags | MSG_TRUNC);

	return received(len, size);
}

/*
 * The same for a socket that has joined a group. Datagrams that other programs
 * send to the group are skipped: a privileged program can send them. Each would
 * begin the wait anew, so that there is none after the first.
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
		flags |= MSG_DONTWAIT;
	} while (len >= 0 && from.nl_pid != 0);
	return received(len, size);
}
