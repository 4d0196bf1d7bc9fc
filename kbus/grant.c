// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grants: what a subscriber's user has on the account for its backlog
 *
 * To put each message on the account would have all publishers write to one
 * counter. So room for many is put there at a time, and the backlog may use so
 * much of its limits. If the account allows no more, the backlog is full: its
 * policy for that does the rest. A subscriber that blocks has a first piece as
 * long as it lives, large enough for any message: a publisher does not wait for
 * room that its subscriber cannot make.
 */
#include "publish.h"

#define GRANT_MESSAGES KBUS_PACK_MESSAGES_MAX
#define GRANT_BYTES (128 << 10)

static struct kbus_bill grant_bill(u32 messages, u32 bytes)
{
	const u64 entries = (u64)messages * sizeof(struct kbus_keyed_entry);

	return (struct kbus_bill){ .of = {
		[KBUS_BACKLOG_MESSAGES] = messages,
		[KBUS_BACKLOG_BYTES] = bytes,
		[KBUS_MEMORY] = entries + bytes,
	} };
}

/* One piece more than what is @granted. */
static struct kbus_backlog_grant next(const struct kbus_backlog *backlog,
				      const struct kbus_backlog_grant *granted)
{
	const struct kbus_backlog_limits *limits = &backlog->limits;

	return (struct kbus_backlog_grant){
		.messages = min_t(u64, limits->messages,
				  (u64)granted->messages + GRANT_MESSAGES),
		.bytes = min_t(u64, limits->bytes,
			       (u64)granted->bytes + GRANT_BYTES),
	};
}

static struct kbus_backlog_grant first(const struct kbus_backlog *backlog)
{
	static const struct kbus_backlog_grant none;

	return backlog->limits.overflow == KBUS_BLOCK ? next(backlog, &none) :
							none;
}

/**
 * kbus_grant_begin() - put on the account what a subscriber has from the start
 * @sub: the subscriber, not yet to be found
 * @extack: for the reason of a failure
 *
 * Context: process.
 * Return: 0, or -EDQUOT.
 */
int kbus_grant_begin(struct kbus_subscriber *sub,
		     struct netlink_ext_ack *extack)
{
	const struct kbus_backlog_grant granted = first(&sub->backlog);
	const struct kbus_bill bill =
		grant_bill(granted.messages, granted.bytes);
	int err;

	err = kbus_charge(sub->user, &bill, extack);
	if (!err)
		kbus_backlog_grant(&sub->backlog, &granted);
	return err;
}

/**
 * kbus_grant_grow() - see to room for a message, as far as the account allows
 * @sub: the subscriber; caller must hold kbus_subscriber.lock
 * @count: how many messages it is
 * @bytes: what the message takes
 *
 * Context: any but hard interrupt.
 */
void kbus_grant_grow(struct kbus_subscriber *sub, u32 count, u32 bytes)
{
	struct kbus_backlog *backlog = &sub->backlog;
	struct kbus_backlog_grant more;
	struct kbus_bill bill;

	lockdep_assert_held(&sub->lock);
	if (!kbus_backlog_wants(backlog, count, bytes))
		return;
	more = next(backlog, &backlog->granted);
	bill = grant_bill(more.messages - backlog->granted.messages,
			  more.bytes - backlog->granted.bytes);
	if (!kbus_charge(sub->user, &bill, NULL))
		kbus_backlog_grant(backlog, &more);
}

static void give_back(struct kbus_subscriber *sub,
		      const struct kbus_backlog_grant *rest)
{
	struct kbus_backlog *backlog = &sub->backlog;
	const struct kbus_bill bill =
		grant_bill(backlog->granted.messages - rest->messages,
			   backlog->granted.bytes - rest->bytes);

	kbus_uncharge(sub->user, &bill);
	kbus_backlog_grant(backlog, rest);
}

/**
 * kbus_grant_shrink() - give back all but what it has from the start
 * @sub: the subscriber, whose backlog is empty; caller must hold
 *	kbus_subscriber.lock
 *
 * What is reserved may need more: then nothing is given back.
 *
 * Context: any but hard interrupt.
 */
void kbus_grant_shrink(struct kbus_subscriber *sub)
{
	const struct kbus_backlog_grant *granted = &sub->backlog.granted;
	struct kbus_backlog_grant rest = first(&sub->backlog);

	lockdep_assert_held(&sub->lock);
	if (sub->backlog.reserved_messages)
		return;
	rest.messages = min(rest.messages, granted->messages);
	rest.bytes = min(rest.bytes, granted->bytes);
	give_back(sub, &rest);
}

/**
 * kbus_grant_end() - give back all
 * @sub: the subscriber, whose backlog is empty, and that has no flows
 *
 * Context: process.
 */
void kbus_grant_end(struct kbus_subscriber *sub)
{
	static const struct kbus_backlog_grant none;

	give_back(sub, &none);
}
