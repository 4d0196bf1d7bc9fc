// SPDX-License-Identifier: GPL-2.0-only
/*
 * Charges for detached bindings, which a subscriber still carries
 *
 * A detached binding keeps its topic until its last message and loss are handed
 * over. Only the subscriber needs these bindings, but other users determine
 * their number by creating and deleting topics, or by changing the permissions
 * of topics. They are therefore bounded as the backlog is: by its limit in
 * bytes, against which they are counted separately, and by the user's account.
 * The charge for the subscriber itself covers a few of them, whatever else the
 * account bears. If there are too many, bindings are forsaken, those that owe
 * only a loss first.
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

/* The bound in bytes is at least this much, however low the backlog's limit. */
#define CARRIED_MIN (64U << 10)

/* Forsaken at most for one that is added, to bound the time under the lock. */
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
 * kbus_carry_end() - release the charge for a detached binding
 * @binding: the binding; caller must hold kbus_subscriber.lock if it was
 *	attached
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
 * kbus_carry_begin() - charge a subscriber for a detached binding
 * @binding: the binding, which may be forsaken; caller must hold
 *	kbus_subscriber.lock and a reference to the topic, and must call
 *	kbus_binding_settle() afterwards
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
