/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The answers that are due to a socket
 *
 * The broker answers the requests of a socket in order, except for the ends of
 * dumps. When a socket has been read empty, each request that asked for an
 * acknowledgement must have received it, unless the socket was too full for it.
 * recv() reports that with ENOBUFS.
 */
#ifndef FUZZ_NETLINK_DUE_H
#define FUZZ_NETLINK_DUE_H

#include "netlink.h"

/* Answers in an unread socket, and to a datagram that is cut into many. */
#define UNREAD_MAX 4000
#define DUE_MAX (UNREAD_MAX + DATAGRAM_MAX / NLMSG_HDRLEN)

/* A request that was sent, or a datagram that is refused as a whole. */
struct due {
	uint32_t seq;
	uint16_t type;
	bool acked; /* it asks for an acknowledgement */
	bool dump;
	bool done;
	unsigned int requests;
};

struct ledger {
	uint32_t seq;
	struct due due[DUE_MAX];
	size_t count;
	bool lossy; /* an answer may have been lost since it was empty */
	bool deaf;  /* it has turned ENOBUFS off */
};

/* Prints the last datagram and exits. */
_Noreturn void wrong(const char *what, const struct due *due);

/*
 * Numbers the requests of a datagram before it is sent. Returns the number of
 * answers that were due before.
 */
size_t ledger_expect(struct ledger *ledger, struct datagram *datagram);

/* sendmsg() failed: the requests from @before on were not sent. */
void ledger_refuse(struct ledger *ledger, size_t before, int err);

/* An outcome for the request @seq has come. */
void ledger_settle(struct ledger *ledger, uint32_t seq, int err,
		   bool dump_ended);

/* The socket has been read empty. */
void ledger_close(struct ledger *ledger);

/* The answers that are due will not be read. */
void ledger_forget(struct ledger *ledger);

#endif /* FUZZ_NETLINK_DUE_H */
