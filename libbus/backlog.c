// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A subscriber's backlog: when to ask for it
 *
 * The broker puts a subscriber's messages straight into its socket until the
 * socket is full. Then it puts a KBUS_MSG_BEHIND behind them. libbus reads the
 * socket empty, to make room, and asks for the backlog. The backlog arrives as
 * a netlink dump, with many messages in a datagram.
 *
 * libbus does not rely on an error of the socket, because reading SO_ERROR
 * clears it. If the socket is empty before the dump has ended, the dump has
 * stalled because memory or room was short, and libbus asks again. The answer
 * is EBUSY, and reading it makes netlink continue the dump.
 */
#include "internal.h"

#include <errno.h>

/* Takes the broker's answer to the request for the backlog; AGAIN or -errno. */
int bus_backlog_take_outcome(struct bus *bus, const struct nlmsghdr *nlh)
{
	int err = bus_answer_errno(nlh);

	/*
	 * The dump has begun, but its first part waits for memory (ENOBUFS); or
	 * it was running already (EBUSY). Reading this answer has made netlink
	 * try again.
	 */
	if (err == -ENOBUFS || err == -EBUSY) {
		bus->in_vain = true;
		return AGAIN;
	}
	bus->asked = false;
	if (err == -ENOMEM)
		bus->behind = true;
	/* To the caller, -EAGAIN means that there is nothing to receive. */
	if (err == -EAGAIN)
		return -EPROTO;
	return err ? err : AGAIN;
}

static int ask_for_backlog(struct bus *bus)
{
	char buffer[BUS_REQUEST_SIZE];
	struct nlmsghdr *nlh;
	struct iovec iov;

	nlh = bus_request_new(bus, buffer, KBUS_CMD_BACKLOG, NLM_F_DUMP);
	nlh->nlmsg_flags &= ~NLM_F_ACK;
	iov.iov_base = nlh;
	iov.iov_len = nlh->nlmsg_len;
	return bus_socket_send(bus->messages, &iov, 1);
}

/*
 * Called when the socket has been read empty. Returns AGAIN if there may be
 * more now, -EAGAIN if not, -ENOBUFS if there is more but the kernel has no
 * memory for it, or another -errno.
 */
int bus_backlog_when_empty(struct bus *bus)
{
	int err;

	if (bus->asked && bus->in_vain) {
		bus->in_vain = false;
		return -ENOBUFS;
	}
	if (bus->behind || bus->asked) {
		err = ask_for_backlog(bus);
		if (err)
			return err;
		bus->behind = false;
		bus->asked = true;
		bus->in_vain = true;
		return AGAIN;
	}
	return -EAGAIN;
}
