// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a subscriber carries of topics that it does not receive any more
 *
 * A detached binding, and with it its topic, stays until its last message and loss
 * are handed over. Nobody but the subscriber needs them, and how many there are
 * is up to who creates and deletes topics, or opens and closes them: so they are
 * bounded as the backlog is, by its own limit in bytes and by its user's account.
 * A few are charged for with the subscriber, whatever else the account has to bear.
 * What is too much is forsaken, first those that owe a loss alone.
 */
#include "backlog_quota.h"
#include "binding.h"
#include "broker.h"
#include "carry.h"
#include "cursor.h"
#include "delivery.h"
#include "quota.h"
#include "remains.h"
#include "subscriber.h"
#include "topic.h"
#include "trace.h"

/* Whatever a backlog's limit is, it may carry so much. */
#define CARRIED_MIN (64U << 10)

/* For one binding that comes: so that a lock is not held for many. */
#define FORSAKEN_AT_ONCE 16

static struct kbus_bill carry_bill(u32 bytes)
{
	return (struct kbus_bill){ .of = {
		[KBUS_BACKLOG_BYTES] = bytes,
		[KBUS_MEMORY] = bytes,
	} };
}

static bool carry_charge(struct kbus_binding *binding, u32 bytes)
{
	struct kbus_subscriber *sub = binding->key.subscriber;
	const struct kbus_bill bill =
		carry_bill(kbus_carried_charge(sub->carried + bytes) -
			   kbus_carried_charge(sub->carried));
	struct kbus_bill has;

	if ((u64)sub->carried + bytes >
	    max(sub->backlog.limits.bytes, CARRIED_MIN))
		return false;
	has = kbus_backlog_quota_has(sub);
	if (kbus_charge_shared(sub->user, &bill, &has, NULL))
		return false;
	sub->carried += bytes;
	binding->carried = bytes;
	return true;
}

/**
 * kbus_carry_end() - give back what a binding is charged for
 * @binding: the binding; caller must hold kbus_subscriber.lock, if it was attached
 *
 * Context: any but hard interrupt.
 */
void kbus_carry_end(struct kbus_binding *binding)
{
	struct kbus_subscriber *sub = binding->key.subscriber;
	const u32 rest = sub->carried - binding->carried;
	const struct kbus_bill bill =
		carry_bill(kbus_carried_charge(sub->carried) -
			   kbus_carried_charge(rest));

	if (!binding->carried)
		return;
	kbus_uncharge(sub->user, &bill);
	sub->carried -= binding->carried;
	binding->carried = 0;
}

static void forsake_binding(struct kbus_binding *binding)
{
	struct kbus_subscriber *sub = binding->key.subscriber;
	struct kbus_cursor *cursor = &binding->cursor;
	struct kbus_topic *topic = binding->key.topic;

	if (cursor->queued)
		trace_kbus_drop(binding, cursor->end - cursor->queued,
				cursor->queued, KBUS_LOSS_FORSAKEN);
	kbus_backlog_forsake(&sub->backlog, cursor);
	kbus_carry_end(binding);
	binding->key.topic = NULL;
	kbus_topic_put(topic);
	if (sub->backlog.limits.overflow == KBUS_BLOCK)
		kbus_subscriber_wake_blocked(sub);
}

/**
 * kbus_carry_begin() - charge a subscriber for a binding that was detached
 * @binding: the binding, which may be forsaken; caller must hold kbus_subscriber.lock,
 *	and a reference to the topic, and call kbus_binding_settle()
 *
 * Context: any but hard interrupt.
 */
void kbus_carry_begin(struct kbus_binding *binding)
{
	struct kbus_subscriber *sub = binding->key.subscriber;
	u32 bytes = sizeof(*binding) + kbus_topic_size(binding->key.topic);
	struct kbus_cursor *cursor;
	int i;

	lockdep_assert_held(&sub->lock);
	if (kbus_cursor_settled(&binding->cursor))
		return;
	kbus_backlog_end(&sub->backlog, &binding->cursor);
	for (i = 0; !carry_charge(binding, bytes); i++) {
		cursor = kbus_backlog_ended(&sub->backlog);
		if (!cursor || i == FORSAKEN_AT_ONCE)
			cursor = &binding->cursor;
		forsake_binding(kbus_cursor_binding(cursor));
		if (cursor == &binding->cursor)
			return;
	}
}
