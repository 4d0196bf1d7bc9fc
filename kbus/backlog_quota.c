// SPDX-License-Identifier: GPL-2.0-only
/*
 * Backlog quota: charges made in advance for a subscriber's backlog
 *
 * If each message were charged separately, all publishers would write to one
 * counter. Instead, room for many messages is charged at a time, and the
 * backlog may use that much of its limits. If the account allows no more, the
 * backlog is full and its overflow policy applies. Other subscribers of the
 * same user cannot take a subscriber's share of the account, see
 * kbus_charge_shared().
 *
 * Each subscriber has a first piece for as long as it exists. Registration
 * charges that piece, and fails if the account does not allow it. The first
 * piece of a subscriber that blocks is large enough for any message that fits
 * its limits, so a publisher never waits for room that the subscriber cannot
 * make.
 */
#include "backlog.h"
#include "backlog_quota.h"
#include "carry.h"
#include "entry.h"
#include "limits.h"
#include "message.h"
#include "quota.h"
#include "subscriber.h"

#define QUOTA_MESSAGES KBUS_BATCH_MESSAGES_MAX
#define QUOTA_BYTES (128 << 10)

/* For subscribers that do not block: room for at least a few small messages. */
#define FIRST_BYTES_MIN 4096UL
#define FIRST_MESSAGE_BYTES 512

static struct kbus_bill backlog_bill(u32 messages, u32 bytes)
{
	const u64 entries = (u64)messages * sizeof(struct kbus_keyed_entry);

	return (struct kbus_bill){ .of = {
		[KBUS_BACKLOG_MESSAGES] = messages,
		[KBUS_BACKLOG_BYTES] = bytes,
		[KBUS_MEMORY] = entries + bytes,
	} };
}

/* Returns @quota plus one piece, up to the limits. */
static struct kbus_backlog_quota
next_quota(const struct kbus_backlog *backlog,
	   const struct kbus_backlog_quota *quota)
{
	const struct kbus_backlog_limits *limits = &backlog->limits;

	return (struct kbus_backlog_quota){
		.messages = min_t(u64, limits->messages,
				  (u64)quota->messages + QUOTA_MESSAGES),
		.bytes = min_t(u64, limits->bytes,
			       (u64)quota->bytes + QUOTA_BYTES),
	};
}

static struct kbus_backlog_quota first_quota(const struct kbus_backlog *backlog)
{
	static const struct kbus_backlog_quota none;
	struct kbus_backlog_quota piece = next_quota(backlog, &none);
	u32 bytes;

	if (backlog->limits.overflow == KBUS_BLOCK)
		return piece;
	bytes = clamp(kbus_backlog_bytes_first(), FIRST_BYTES_MIN,
		      (unsigned long)QUOTA_BYTES);
	piece.bytes = min(piece.bytes, bytes);
	piece.messages = min_t(u32, piece.messages,
			       bytes / FIRST_MESSAGE_BYTES);
	return piece;
}

/**
 * kbus_backlog_quota_begin() - charge the first piece
 * @sub: the subscriber, which cannot be found yet
 * @extack: receives the reason for a failure
 *
 * Context: process.
 * Return: 0, or -EDQUOT.
 */
int kbus_backlog_quota_begin(struct kbus_subscriber *sub,
			     struct netlink_ext_ack *extack)
{
	struct kbus_bill bill;
	int err;

	sub->first = first_quota(&sub->backlog);
	bill = backlog_bill(sub->first.messages, sub->first.bytes);
	err = kbus_charge(sub->user, &bill, extack);
	if (err)
		return err;
	kbus_backlog_set_quota(&sub->backlog, &sub->first);
	kbus_share_begin(sub->user);
	return 0;
}

static bool grow_to(struct kbus_subscriber *sub,
		    const struct kbus_backlog_quota *more)
{
	struct kbus_backlog *backlog = &sub->backlog;
	const struct kbus_backlog_quota *quota = &backlog->quota;
	const struct kbus_bill has = kbus_backlog_quota_has(sub);
	const u32 messages = more->messages - quota->messages;
	const u32 bytes = more->bytes - quota->bytes;
	const struct kbus_bill bill = backlog_bill(messages, bytes);

	if (kbus_charge_shared(sub->user, &bill, &has, NULL))
		return false;
	kbus_backlog_set_quota(backlog, more);
	return true;
}

/* Returns the quota, grown just enough for the messages, up to the limits. */
static struct kbus_backlog_quota just_enough(const struct kbus_backlog *backlog,
					     u32 count, u32 bytes)
{
	const struct kbus_backlog_limits *limits = &backlog->limits;
	const u64 messages =
		(u64)backlog->messages + backlog->reserved_messages + count;
	const u64 all_bytes =
		(u64)backlog->bytes + backlog->reserved_bytes + bytes;

	return (struct kbus_backlog_quota){
		.messages = max_t(u32, backlog->quota.messages,
				  min_t(u64, limits->messages, messages)),
		.bytes = max_t(u32, backlog->quota.bytes,
			       min_t(u64, limits->bytes, all_bytes)),
	};
}

/**
 * kbus_backlog_quota_grow() - charge for room, if needed and if allowed
 * @sub: the subscriber; caller must hold kbus_subscriber.lock
 * @count: number of messages
 * @bytes: memory of the messages
 *
 * If the account does not allow a whole piece, only the room that the messages
 * need is charged. If the account does not allow that either, the quota stays
 * as it is.
 *
 * Context: any but hard interrupt.
 */
void kbus_backlog_quota_grow(struct kbus_subscriber *sub, u32 count, u32 bytes)
{
	struct kbus_backlog *backlog = &sub->backlog;
	struct kbus_backlog_quota more;

	lockdep_assert_held(&sub->lock);
	if (!kbus_backlog_wants(backlog, count, bytes))
		return;
	more = next_quota(backlog, &backlog->quota);
	if (grow_to(sub, &more))
		return;
	more = just_enough(backlog, count, bytes);
	grow_to(sub, &more);
}

static void return_quota(struct kbus_subscriber *sub,
			 const struct kbus_backlog_quota *rest)
{
	struct kbus_backlog *backlog = &sub->backlog;
	const struct kbus_bill bill =
		backlog_bill(backlog->quota.messages - rest->messages,
			     backlog->quota.bytes - rest->bytes);

	kbus_uncharge(sub->user, &bill);
	kbus_backlog_set_quota(backlog, rest);
}

/**
 * kbus_backlog_quota_shrink() - release all but the first piece
 * @sub: the subscriber, whose backlog is empty; caller must hold
 *	kbus_subscriber.lock
 *
 * While room is reserved, nothing is released, because the reservation may
 * need more than the first piece.
 *
 * Context: any but hard interrupt.
 */
void kbus_backlog_quota_shrink(struct kbus_subscriber *sub)
{
	lockdep_assert_held(&sub->lock);
	if (!sub->backlog.reserved_messages)
		return_quota(sub, &sub->first);
}

/**
 * kbus_backlog_quota_end() - release all pieces
 * @sub: the subscriber, which has an empty backlog and no bindings
 *
 * Context: process.
 */
void kbus_backlog_quota_end(struct kbus_subscriber *sub)
{
	static const struct kbus_backlog_quota none;

	kbus_share_end(sub->user);
	return_quota(sub, &none);
}

/**
 * kbus_backlog_quota_has() - get a subscriber's share of its user's account
 * @sub: the subscriber; caller must hold kbus_subscriber.lock
 *
 * Context: any but hard interrupt.
 * Return: the share, for kbus_charge_shared().
 */
struct kbus_bill kbus_backlog_quota_has(const struct kbus_subscriber *sub)
{
	const struct kbus_backlog_quota *quota = &sub->backlog.quota;
	struct kbus_bill bill = backlog_bill(quota->messages, quota->bytes);

	bill.of[KBUS_BACKLOG_BYTES] += kbus_carried_charge(sub->carried);
	bill.of[KBUS_MEMORY] += kbus_carried_charge(sub->carried);
	return bill;
}
