// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handover: the functions that drain.c and sift.c, the two ways in which a
 * backlog reaches its reader, have in common
 */
#include "backlog.h"
#include "backlog_quota.h"
#include "binding.h"
#include "entry.h"
#include "handover.h"
#include "notify.h"
#include "record.h"
#include "subscriber.h"
#include "trace.h"

/**
 * kbus_handover_gap() - write a gap record, and count it
 * @sub: the subscriber that owns the backlog; caller must hold
 *	kbus_subscriber.lock
 * @item: the gap; the caller takes it from the backlog
 * @skb: the buffer to write to, which has room
 * @portid: port id for the record's header
 * @seq: sequence number for the record's header
 * @flags: flags for the record's header
 *
 * Context: any but hard interrupt.
 */
void kbus_handover_gap(struct kbus_subscriber *sub,
		       const struct kbus_item *item, struct sk_buff *skb,
		       u32 portid, u32 seq, int flags)
{
	struct kbus_binding *binding = kbus_cursor_binding(item->cursor);

	lockdep_assert_held(&sub->lock);
	WARN_ON_ONCE(kbus_record_gap(skb, binding->key.topic, item, portid, seq,
				     flags));
	sub->gaps++;
	sub->reported += item->last - item->first + 1;
	trace_kbus_gap(binding, item);
}

/**
 * kbus_handover_forsaken() - write the record of forsaken bindings, count it
 * @sub: the subscriber that owns the backlog; caller must hold
 *	kbus_subscriber.lock
 * @item: the record; taken from the backlog
 * @skb: the buffer to write to, which has room
 * @portid: port id for the record's header
 * @seq: sequence number for the record's header
 * @flags: flags for the record's header
 *
 * Context: any but hard interrupt.
 */
void kbus_handover_forsaken(struct kbus_subscriber *sub,
			    const struct kbus_item *item, struct sk_buff *skb,
			    u32 portid, u32 seq, int flags)
{
	lockdep_assert_held(&sub->lock);
	WARN_ON_ONCE(kbus_record_forsaken(skb, &item->forsaken, portid, seq,
					  flags));
	sub->gaps++;
	sub->reported += item->forsaken.messages;
	trace_kbus_forsaken(sub, &item->forsaken);
	kbus_backlog_take(&sub->backlog, item);
}

/**
 * kbus_handover_dead() - discard an entry of a forsaken binding
 * @sub: the subscriber that owns the backlog; caller must hold
 *	kbus_subscriber.lock
 * @item: the entry; taken from the backlog and freed
 *
 * Context: any but hard interrupt.
 */
void kbus_handover_dead(struct kbus_subscriber *sub,
			const struct kbus_item *item)
{
	lockdep_assert_held(&sub->lock);
	kbus_backlog_take(&sub->backlog, item);
	kbus_binding_settle(kbus_cursor_binding(item->cursor));
	kbus_entry_free(item->entry);
	if (sub->backlog.limits.overflow == KBUS_BLOCK)
		kbus_subscriber_wake_blocked(sub);
}

/**
 * kbus_handover_end() - note that a subscriber has received its whole backlog
 * @sub: the subscriber; caller must hold kbus_subscriber.lock
 *
 * Context: any but hard interrupt.
 */
void kbus_handover_end(struct kbus_subscriber *sub)
{
	lockdep_assert_held(&sub->lock);
	if (sub->state == KBUS_LIVE)
		return;
	trace_kbus_state(sub, KBUS_LIVE);
	sub->state = KBUS_LIVE;
	kbus_backlog_quota_shrink(sub);
}

/**
 * kbus_handover_enter() - begin to hand over a backlog as its only reader
 * @sub: the subscriber
 *
 * Context: process.
 * Return: 0, and the caller must call kbus_handover_leave(); or -EBUSY if the
 * backlog is being handed over already.
 */
int kbus_handover_enter(struct kbus_subscriber *sub)
{
	int err = 0;

	spin_lock_bh(&sub->lock);
	if (sub->draining)
		err = -EBUSY;
	sub->draining = true;
	spin_unlock_bh(&sub->lock);
	return err;
}

/**
 * kbus_handover_leave() - let other readers hand over a backlog
 * @sub: the subscriber
 *
 * Context: process.
 */
void kbus_handover_leave(struct kbus_subscriber *sub)
{
	spin_lock_bh(&sub->lock);
	sub->draining = false;
	spin_unlock_bh(&sub->lock);
}

/**
 * kbus_handover_again() - notify a reader of the rest of its backlog
 * @sub: the subscriber
 *
 * Context: process.
 */
void kbus_handover_again(struct kbus_subscriber *sub)
{
	spin_lock_bh(&sub->lock);
	if (sub->state == KBUS_QUEUED)
		kbus_notify(sub);
	spin_unlock_bh(&sub->lock);
}
