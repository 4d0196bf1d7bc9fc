// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Receiving: reading datagrams, and waiting for them
 */
#include "internal.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

/* Whether there is something to do when the socket has been read empty. */
static bool acts_when_empty(const struct bus *bus)
{
	return bus->behind || bus->asked || bus_topic_expiry_is_due(bus);
}

/* Reads the next datagram; AGAIN, -EAGAIN if there is none, or -errno. */
static int fill(struct bus *bus, bool wait)
{
	int flags = wait && !acts_when_empty(bus) ? 0 : MSG_DONTWAIT;
	size_t size;
	int err;

	if (bus->mode == BUS_LISTENS)
		err = bus_socket_receive_group(bus->messages, bus->buffer,
					       &size, flags);
	else
		err = bus_socket_receive(bus->messages, bus->buffer, &size,
					 flags);
	if (err == 0) {
		bus->next = (const void *)bus->buffer;
		bus->left = size;
		bus->in_vain = false;
		return AGAIN;
	}
	/* A dump has stalled: see bus_backlog_when_empty(). */
	if (err == -ENOBUFS)
		return AGAIN;
	if (err != -EAGAIN)
		return err;
	err = bus_backlog_when_empty(bus);
	if (err == -EAGAIN && bus_topic_expiry_is_due(bus) &&
	    bus_topic_expiry_when_empty(bus))
		return AGAIN;
	return err;
}

static int64_t now_ms(void)
{
	return now_us() / 1000;
}

/* Time until the next attempt if room or memory was short. */
#define RETRY_MS 10

/*
 * Waits until the socket is readable. Meanwhile tries to send the messages that
 * wait in the handle, because the program may be waiting for an answer to them.
 * Returns AGAIN, -EAGAIN if the time is over, or -errno.
 */
static int wait_until(struct bus *bus, bool forever, int64_t deadline)
{
	struct pollfd pfd = {
		.fd = mnl_socket_get_fd(bus->messages),
		.events = POLLIN,
	};
	int64_t left = forever ? -1 : deadline - now_ms();
	int err, n;

	if (!forever && left <= 0)
		return -EAGAIN;
	if (bus->batch.used && (forever || left > RETRY_MS))
		left = RETRY_MS;
	n = poll(&pfd, 1, (int)left);
	if (n < 0)
		return -errno;
	err = n ? 0 : bus_batch_try(bus);
	return err ? err : AGAIN;
}

/* Waits for memory; AGAIN, or -ENOBUFS if the time is over. */
static int wait_for_memory(bool forever, int64_t deadline)
{
	int64_t left = forever ? RETRY_MS : deadline - now_ms();

	if (left <= 0)
		return -ENOBUFS;
	poll(NULL, 0, left < RETRY_MS ? (int)left : RETRY_MS);
	return AGAIN;
}

/* A shorter wait is left to poll(). */
#define BLOCK_MIN_MS 40

/*
 * Prepares the socket for a read that waits, so that waiting and reading are
 * one system call. Returns whether the read may wait.
 *
 * The kernel may end such a wait late, by a tick, which is at most 10 ms, and
 * an eighth of the time. Therefore the read waits for a part of the time only,
 * and poll() for the rest. The part may differ, because a change of the limit
 * is another system call.
 */
static bool may_block(struct bus *bus, int timeout_ms)
{
	int limit = bus->wait_limit_ms;
	bool suits = timeout_ms < 0 ? limit == 0 :
				      limit >= timeout_ms / 16 &&
					      limit <= timeout_ms / 2;

	if (bus->batch.used || (timeout_ms >= 0 && timeout_ms < BLOCK_MIN_MS))
		return false;
	if (suits)
		return true;
	limit = timeout_ms < 0 ? 0 : timeout_ms / 4;
	if (bus_socket_limit_wait(bus->messages, limit))
		return false;
	bus->wait_limit_ms = limit;
	return true;
}

/* Reads the next message or gap, waiting up to the timeout; 0 or -errno. */
static int read_next(struct bus *bus, int timeout_ms)
{
	int64_t deadline = timeout_ms > 0 ? now_ms() + timeout_ms : 0;
	bool whole = true; /* none of the time has passed */
	int err = AGAIN;

	while (err == AGAIN) {
		if (bus_message_fits(bus->next, bus->left)) {
			err = bus_datagram_take(bus);
		} else {
			err = fill(bus, whole && may_block(bus, timeout_ms));
			whole = timeout_ms < 0;
		}
		if (err == -EAGAIN && timeout_ms)
			err = wait_until(bus, timeout_ms < 0, deadline);
		else if (err == -ENOBUFS && timeout_ms)
			err = wait_for_memory(timeout_ms < 0, deadline);
	}
	return err;
}

/* Takes the next message or gap, waiting up to the timeout; 0 or -errno. */
static int receive(struct bus *bus, int timeout_ms)
{
	int err = AGAIN;

	/* What was read before needs no clock. */
	while (err == AGAIN && bus_message_fits(bus->next, bus->left))
		err = bus_datagram_take(bus);
	return err == AGAIN ? read_next(bus, timeout_ms) : err;
}

int bus_receive(struct bus *bus, const struct bus_message **message,
		int timeout_ms)
{
	int err = 0;

	*message = NULL;
	bus->error[0] = '\0';
	if (bus->mode == BUS_IDLE)
		return bus_refuse(bus, -ENOTCONN,
				  "subscribe or listen to a topic first");
	/*
	 * The program may be waiting for an answer to messages that have not
	 * been sent yet.
	 */
	if (timeout_ms && !bus_message_fits(bus->next, bus->left))
		err = bus_batch_try(bus);
	if (!err)
		err = receive(bus, timeout_ms);
	if (err == 0)
		*message = &bus->message;
	return err;
}

bool bus_pending(const struct bus *bus)
{
	return bus_message_fits(bus->next, bus->left) || acts_when_empty(bus);
}

int bus_unpack(const struct bus_message *message,
	       const ProtobufCMessageDescriptor *descriptor,
	       ProtobufCMessage **unpacked)
{
	*unpacked = NULL;
	if (message->kind != BUS_MESSAGE)
		return -EINVAL;
	*unpacked = protobuf_c_message_unpack(descriptor, NULL, message->size,
					      message->payload);
	return *unpacked ? 0 : -EBADMSG;
}
