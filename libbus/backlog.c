// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A subscriber's backlog: when it is asked for
 *
 * A subscriber's messages come straight into its socket until that is full.
 * Then the broker puts a KBUS_MSG_BEHIND behind them. The socket is read empty, to
 * make room. Then the backlog is asked for, and comes as a netlink dump, many
 * messages in a datagram.
 *
 * No error of the socket is needed for any of this, because anybody can take
 * that away by reading SO_ERROR. Where the socket is empty before the dump has
 * ended, the dump has stalled, for want of memory or of room: it is asked for
 * again. To read the answer, EBUSY, makes netlink try again as well.
 */
#include "internal.h"

#include <errno.h>

/* What the broker says to our asking; AGAIN or -errno. */
int bus_backlog_take_outcome(struct bus *bus, const struct nlmsghdr *nlh)
{
	int err = bus_answer_errno(nlh);

	/* The dump has begun, though its first chunk must wait for memory; or
	 * was running. Reading this has made netlink try again.
	 */
	if (err == -ENOBUFS || err == -EBUSY) {
		bus->in_vain = true;
		return AGAIN;
	}
	bus->asked = false;
	if (err == -ENOMEM)
		bus->behind = true;
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
 * The socket has been read empty: AGAIN if there may be more now, -EAGAIN if
 * not, -ENOBUFS if there is more and it does not come, or -errno.
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
