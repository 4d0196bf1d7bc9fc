// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replaces libbus/socket.c and the functions of libmnl's sockets that libbus
 * uses: the script supplies the datagrams to receive
 */
#include "internal.h"
#include "libbus.h"

#include <errno.h>
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

struct mnl_socket {
	unsigned int portid;
};

static const uint8_t *script;
static size_t left;
static uint32_t last_seq;
static volatile uint8_t sum;

void script_begin(const uint8_t *data, size_t size)
{
	script = data;
	left = size;
	last_seq = 0;
}

bool script_ended(void)
{
	return left == 0;
}

/* 0 at the end of the script. */
uint8_t script_byte(void)
{
	if (!left)
		return 0;
	left--;
	return *script++;
}

int bus_socket_open(struct mnl_socket **result)
{
	struct mnl_socket *socket = calloc(1, sizeof(*socket));

	if (!socket)
		return -ENOMEM;
	socket->portid = 1;
	*result = socket;
	return 0;
}

bool bus_protocol_is_told(void)
{
	return true;
}

size_t bus_socket_room(struct mnl_socket *socket, size_t wanted)
{
	return wanted;
}

int bus_socket_compare_namespaces(struct mnl_socket *a, struct mnl_socket *b)
{
	return 0;
}

int bus_socket_pass_over_losses(struct mnl_socket *socket)
{
	return 0;
}

int bus_socket_limit_wait(struct mnl_socket *socket, int wait_ms)
{
	return 0;
}

int mnl_socket_close(struct mnl_socket *socket)
{
	free(socket);
	return 0;
}

int mnl_socket_get_fd(const struct mnl_socket *socket)
{
	return -1;
}

unsigned int mnl_socket_get_portid(const struct mnl_socket *socket)
{
	return socket->portid;
}

/* Joining a group succeeds or fails, as the script says. */
int mnl_socket_setsockopt(const struct mnl_socket *socket, int type,
			  void *buffer, socklen_t size)
{
	static const int errnos[] = { 0, 0, 0, 0, 0, ENOENT, EACCES, EINVAL };

	errno = errnos[script_byte() % 8];
	return errno ? -1 : 0;
}

/* Reads all bytes sent, so that the sanitizer notices invalid ones. */
int bus_socket_send(struct mnl_socket *socket, struct iovec *iov, int count)
{
	struct nlmsghdr nlh;
	size_t total = 0;
	size_t k;
	int i;

	for (i = 0; i < count; i++) {
		const uint8_t *bytes = iov[i].iov_base;

		for (k = 0; k < iov[i].iov_len; k++)
			sum += bytes[k];
		total += iov[i].iov_len;
	}
	/* If there are several messages, all are in the first piece. */
	for (k = 0; k < total; k += nlh.nlmsg_len) {
		memcpy(&nlh, (const char *)iov[0].iov_base + k, sizeof(nlh));
		if (nlh.nlmsg_len < sizeof(nlh) || nlh.nlmsg_len > total - k)
			abort();
	}
	last_seq = nlh.nlmsg_seq;
	return 0;
}

static void stamp(void *datagram, size_t size)
{
	struct nlmsghdr *nlh = datagram;
	int rest = (int)size;

	for (; bus_message_fits(nlh, rest); nlh = mnl_nlmsg_next(nlh, &rest))
		nlh->nlmsg_seq = last_seq;
}

/* Only the received part of the buffer may be read. */
static void receive_datagram(void *buffer, size_t *size)
{
	size_t wanted = script_byte();

	wanted |= (size_t)script_byte() << 8;
	*size = wanted < left ? wanted : left;
	ASAN_UNPOISON_MEMORY_REGION(buffer, BUS_BUFFER_SIZE);
	memcpy(buffer, script, *size);
	script += *size;
	left -= *size;
	ASAN_POISON_MEMORY_REGION((char *)buffer + *size,
				  BUS_BUFFER_SIZE - *size);
}

int bus_socket_receive(struct mnl_socket *socket, void *buffer, size_t *size,
		       int flags)
{
	static const int errnos[RECORDS] = {
		[RECORD_ENOBUFS] = -ENOBUFS,
		[RECORD_EAGAIN] = -EAGAIN,
		[RECORD_ENOMEM] = -ENOMEM,
		[RECORD_EMSGSIZE] = -EMSGSIZE,
	};
	uint8_t what;

	if (!left)
		return -EAGAIN;
	what = script_byte() % RECORDS;
	if (errnos[what])
		return errnos[what];
	receive_datagram(buffer, size);
	if (what == RECORD_STAMPED)
		stamp(buffer, *size);
	return 0;
}

int bus_socket_receive_group(struct mnl_socket *socket, void *buffer,
			     size_t *size, int flags)
{
	return bus_socket_receive(socket, buffer, size, flags);
}
