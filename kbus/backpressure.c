// SPDX-License-Identifier: GPL-2.0-only
/*
 * Backpressure: publishers wait for subscribers that block
 *
 * A message goes to all receivers, or to none while a subscriber that blocks
 * has no room for it. The publisher therefore first reserves room with each
 * subscriber that blocks. Otherwise messages of another topic could take the
 * room before this message gets to the last subscriber. A message that a kernel
 * module has published with interrupts off can no longer be refused: a
 * subscriber without room loses it. A topic's list of bindings begins with
 * those that block. Topics without such bindings pay only for a look at the
 * first binding.
 *
 * A publisher that may wait reads the subscriber's pressure_epoch when it finds
 * no room, and sleeps until the epoch has changed. It therefore misses no
 * change between the check and the sleep.
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
 * kbus_backpressure_reserve() - reserve room with all subscribers that block
 * @topic: the message's topic; caller must hold kbus_topic.lock
 * @skb: the message; the reservation is noted in its control block
 * @pressure: set on failure, for kbus_backpressure_wait(), which must be called
 *	or the reference dropped; NULL if the caller will not wait
 *
 * kbus_offer() uses the reservation.
 *
 * Context: any but hard interrupt.
 * Return: true if all of them have room; false if one has none, and nothing is
 * reserved.
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
	/*
	 * Do not trace the attempt to publish a datagram as a whole: its
	 * messages are published one by one next.
	 */
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
 * @pressure: names the subscriber, to which the reference is dropped
 * @end: end of the wait, in jiffies as returned by get_jiffies_64()
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
	/*
	 * Check for signals even if there may be room: a caller that loses the
	 * room to others each time must still be killable.
	 */
	if (left < 0 || (left && signal_pending(current)))
		return -ERESTARTSYS;
	cond_resched();
	return left ? 0 : -EAGAIN;
}
