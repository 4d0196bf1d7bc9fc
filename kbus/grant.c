// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grants: what a subscriber's user has on the account for its backlog
 *
 * To put each message on the account would have all publishers write to one
 * counter. So room for many is put there at a time, and the backlog may use so
 * much of its limits. If the account allows no more, the backlog is full: its
 * policy for that does the rest. What others of the same user take leaves it its
 * part, see kbus_charge_shared().
 *
 * Each has a first piece as long as it lives, which is put on the account, or
 * refused, when it registers. That of a subscriber that blocks is large enough
 * for any message: a publisher does not wait for room that its subscriber cannot
 * make.
 */
#include "backlog.h"
#include "carry.h"
#include "entry.h"
#include "grant.h"
#include "limits.h"
#include "message.h"
#include "quota.h"
#include "subscriber.h"

#define GRANT_MESSAGES KBUS_BATCH_MESSAGES_MAX
#define GRANT_BYTES (128 << 10)

/* Of those that do not block: a few small messages, at least. */
#define FIRST_BYTES_MIN 4096UL
#define FIRST_MESSAGE_BYTES 512

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
static struct kbus_backlog_grant next_grant(const struct kbus_backlog *backlog,
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

static struct kbus_backlog_grant first_grant(const struct kbus_backlog *backlog)
{
	static const struct kbus_backlog_grant none;
	struct kbus_backlog_grant piece = next_grant(backlog, &none);
	u32 bytes;

	if (backlog->limits.overflow == KBUS_BLOCK)
		return piece;
	bytes = clamp(kbus_backlog_bytes_first(), FIRST_BYTES_MIN,
		      (unsigned long)GRANT_BYTES);
	piece.bytes = min(piece.bytes, bytes);
	piece.messages = min_t(u32, piece.messages,
			       bytes / FIRST_MESSAGE_BYTES);
	return piece;
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
	struct kbus_bill bill;
	int err;

	sub->first = first_grant(&sub->backlog);
	bill = grant_bill(sub->first.messages, sub->first.bytes);
	err = kbus_charge(sub->user, &bill, extack);
	if (err)
		return err;
	kbus_backlog_grant(&sub->backlog, &sub->first);
	kbus_share_begin(sub->user);
	return 0;
}

static bool grow_to(struct kbus_subscriber *sub,
		    const struct kbus_backlog_grant *more)
{
	struct kbus_backlog *backlog = &sub->backlog;
	const struct kbus_backlog_grant *granted = &backlog->granted;
	const struct kbus_bill has = kbus_grant_has(sub);
	const struct kbus_bill bill =
		grant_bill(more->messages - granted->messages,
			   more->bytes - granted->bytes);

	if (kbus_charge_shared(sub->user, &bill, &has, NULL))
		return false;
	kbus_backlog_grant(backlog, more);
	return true;
}

/* No more than what makes it fit. */
static struct kbus_backlog_grant just_enough(const struct kbus_backlog *backlog,
					     u32 count, u32 bytes)
{
	const struct kbus_backlog_limits *limits = &backlog->limits;
	const u64 messages =
		(u64)backlog->messages + backlog->reserved_messages + count;
	const u64 all_bytes =
		(u64)backlog->bytes + backlog->reserved_bytes + bytes;

	return (struct kbus_backlog_grant){
		.messages = max_t(u32, backlog->granted.messages,
				  min_t(u64, limits->messages, messages)),
		.bytes = max_t(u32, backlog->granted.bytes,
			       min_t(u64, limits->bytes, all_bytes)),
	};
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

	lockdep_assert_held(&sub->lock);
	if (!kbus_backlog_wants(backlog, count, bytes))
		return;
	more = next_grant(backlog, &backlog->granted);
	if (grow_to(sub, &more))
		return;
	more = just_enough(backlog, count, bytes);
	grow_to(sub, &more);
}

static void give_back_grant(struct kbus_subscriber *sub,
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
	lockdep_assert_held(&sub->lock);
	if (!sub->backlog.reserved_messages)
		give_back_grant(sub, &sub->first);
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

	kbus_share_end(sub->user);
	give_back_grant(sub, &none);
}

/**
 * kbus_grant_has() - what a subscriber has of its user's account
 * @sub: the subscriber; caller must hold kbus_subscriber.lock
 *
 * Context: any but hard interrupt.
 * Return: its share, for kbus_charge_shared().
 */
struct kbus_bill kbus_grant_has(const struct kbus_subscriber *sub)
{
	const struct kbus_backlog_grant *granted = &sub->backlog.granted;
	struct kbus_bill bill = grant_bill(granted->messages, granted->bytes);

	bill.of[KBUS_BACKLOG_BYTES] += kbus_carried_charge(sub->carried);
	bill.of[KBUS_MEMORY] += kbus_carried_charge(sub->carried);
	return bill;
}
