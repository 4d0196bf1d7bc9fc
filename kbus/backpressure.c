// SPDX-License-Identifier: GPL-2.0-only
/*
 * Backpressure: publishers wait where a subscriber may block them
 *
 * A message goes to everybody or, while a subscriber that blocks has no room
 * for it, to nobody. So the publisher first reserves room with each of them:
 * another topic's messages could take it otherwise before this one is handed
 * to the last. What a kernel module published with interrupts off cannot be
 * refused any more: who has no room loses it. A topic's bindings begin with those
 * that block; other topics have none, and pay for a look at the first.
 *
 * A publisher that may wait reads the subscriber's pressure_epoch, and sleeps
 * until that has changed: no change between the look and the sleep is missed.
 */
#include "backlog.h"
#include "backlog_quota.h"
#include "backpressure.h"
#include "binding.h"
#include "broker.h"
#include "coalesce.h"
#include "message.h"
#include "subscriber.h"
#include "trace.h"

#include <linux/jiffies.h>
#include <linux/sched/signal.h>

static bool reserve_with(struct kbus_binding *binding,
			 const struct sk_buff *skb,
			 struct kbus_backpressure *pressure)
{
	struct kbus_subscriber *sub = binding->key.subscriber;
	const u32 count = kbus_message_count(skb);
	const u32 bytes = skb->truesize;
	bool reserved;

	spin_lock_bh(&sub->lock);
	kbus_backlog_quota_grow(sub, count, bytes);
	reserved = kbus_backlog_reserve(&sub->backlog, count, bytes);
	if (!reserved && sub->coalesce.waits) {
		kbus_coalesce_end(sub);
		reserved = kbus_backlog_reserve(&sub->backlog, count, bytes);
	}
	if (!reserved && pressure) {
		refcount_inc(&sub->refs);
		pressure->subscriber = sub;
		pressure->epoch = sub->pressure_epoch;
	}
	spin_unlock_bh(&sub->lock);
	return reserved;
}

static void cancel_room(struct kbus_binding *binding, const struct sk_buff *skb)
{
	struct kbus_subscriber *sub = binding->key.subscriber;

	spin_lock_bh(&sub->lock);
	kbus_backlog_unreserve(&sub->backlog, kbus_message_count(skb),
			       skb->truesize);
	kbus_subscriber_wake_blocked(sub);
	spin_unlock_bh(&sub->lock);
}

/**
 * kbus_backpressure_reserve() - reserve room for a message with all who block
 * @topic: its topic; caller must hold kbus_topic.lock
 * @skb: the message; noted there
 * @pressure: set on failure, for kbus_backpressure_wait(); or NULL: the caller
 *	will not wait
 *
 * kbus_deliver() uses what was reserved.
 *
 * Context: any but hard interrupt.
 * Return: true if all have room; false: nothing is reserved.
 */
bool kbus_backpressure_reserve(struct kbus_topic *topic, struct sk_buff *skb,
			       struct kbus_backpressure *pressure)
{
	struct kbus_binding *binding;

	lockdep_assert_held(&topic->lock);
	BUILD_BUG_ON(sizeof(struct kbus_message_cb) > sizeof(skb->cb));
	list_for_each_entry(binding, &topic->bindings, by_topic) {
		if (!binding->blocks)
			break;
		if (!reserve_with(binding, skb, pressure))
			goto err_cancel;
	}
	KBUS_MESSAGE_CB(skb)->reserved = true;
	return true;

err_cancel:
	/* A mere try, after which comes another, is not told. */
	if (pressure || topic->outbox)
		trace_kbus_block(binding, skb->truesize);
	list_for_each_entry_continue_reverse(binding, &topic->bindings, by_topic)
		cancel_room(binding, skb);
	return false;
}

static bool has_eased(const struct kbus_backpressure *pressure)
{
	return READ_ONCE(pressure->subscriber->pressure_epoch) !=
	       pressure->epoch;
}

/**
 * kbus_backpressure_wait() - wait until a subscriber may have room
 * @pressure: which subscriber had none; its reference is given up
 * @end: until when, in jiffies as get_jiffies_64() counts them
 *
 * Context: process; sleeps.
 * Return: 0; or -EAGAIN if the time is over, -ERESTARTSYS on a signal.
 */
int kbus_backpressure_wait(struct kbus_backpressure *pressure, u64 end)
{
	struct kbus_subscriber *sub = pressure->subscriber;
	u64 now = get_jiffies_64();
	long left = 0;

	if (end > now) {
		left = min_t(u64, end - now, MAX_SCHEDULE_TIMEOUT);
		left = wait_event_interruptible_timeout(sub->room,
							has_eased(pressure),
							left);
	}
	kbus_subscriber_put(sub);
	/* Room that comes and goes must not keep the caller from dying. */
	if (left < 0 || (left && signal_pending(current)))
		return -ERESTARTSYS;
	cond_resched();
	return left ? 0 : -EAGAIN;
}
