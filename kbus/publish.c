// SPDX-License-Identifier: GPL-2.0-only
/*
 * Publishing: one message to all receivers of its topic
 */
#include "access.h"
#include "backpressure.h"
#include "binding.h"
#include "broker.h"
#include "delivery.h"
#include "fanout.h"
#include "message.h"
#include "outbox.h"
#include "publish.h"

#include <linux/preempt.h>
#include <net/netlink.h>

/*
 * Whether the buffer may be sent as it is. A batch is kept or dropped as a
 * unit, and is split where a subscriber could observe that.
 */
static bool goes_as_a_batch(const struct kbus_topic *topic,
			    const struct sk_buff *skb)
{
	const u32 count = kbus_message_count(skb);
	const struct kbus_binding *binding;

	lockdep_assert_held(&topic->lock);
	if (count == 1)
		return true;
	if (topic->history.limits.messages)
		return false;
	list_for_each_entry(binding, &topic->bindings, by_topic)
		if (!kbus_takes_batch(binding, count, skb->truesize))
			return false;
	return true;
}

/* Returns why a message must not be published, or 0. */
static int check_message(struct kbus_topic *topic, struct sk_buff *skb,
			 const struct kbus_sender *sender,
			 struct kbus_backpressure *pressure)
{
	if (topic->deleted)
		return -ENOENT;
	if (!kbus_access_allows(topic->kn, &topic->access, &sender->rights,
				KBUS_WRITE))
		return -EACCES;
	if (!goes_as_a_batch(topic, skb))
		return -E2BIG;
	return kbus_backpressure_reserve(topic, skb, pressure) ? 0 : -EAGAIN;
}

/* Returns once the message has been sent, by this publisher or by others. */
static void finish_own(struct kbus_topic *topic,
		       const struct kbus_fanout *fanout)
	__must_hold(&topic->lock)
{
	while (topic->under_way == fanout) {
		kbus_topic_unlock(topic);
		cond_resched();
		kbus_topic_lock(topic);
		if (topic->under_way == fanout)
			kbus_fanout_slice(topic);
	}
}

/**
 * kbus_publish_skb() - publish a program's message
 * @topic: its topic, which does not belong to kernel modules; the caller holds
 *	a reference
 * @skb: the message, from kbus_message_new() or the sender's own buffer; the
 *	caller frees it
 * @sender: the publisher
 * @fanout: initialized; on success it holds the outcome
 * @pressure: set with -EAGAIN, for kbus_backpressure_wait(); or NULL
 *
 * Context: process; may sleep.
 * Return: 0; or -ENOENT if the topic was deleted, -EACCES if the sender may not
 * publish on it, -EAGAIN if a subscriber that blocks has no room, -E2BIG if it
 * is a batch and must be published as single messages. On failure, no
 * subscriber gets the message.
 */
int kbus_publish_skb(struct kbus_topic *topic, struct sk_buff *skb,
		     const struct kbus_sender *sender,
		     struct kbus_fanout *fanout,
		     struct kbus_backpressure *pressure)
{
	int err;

	kbus_topic_lock(topic);
	kbus_fanout_finish(topic);
	err = check_message(topic, skb, sender, pressure);
	if (!err) {
		kbus_message_stamp(skb, topic, topic->seq + 1, sender);
		kbus_fanout_begin(fanout, topic, skb, sender->pid, 0);
		topic->under_way = fanout;
		kbus_fanout_slice(topic);
		finish_own(topic, fanout);
	}
	kbus_topic_unlock(topic);
	return err;
}

/*
 * A message that has its number is lost to a subscriber that blocks and has no
 * room. While subscribers come or go, the outbox is held and it is not known
 * which subscribers these will be.
 */
static bool reserve_room(struct kbus_topic *topic, struct sk_buff *skb)
{
	if (!topic->allow_block)
		return true;
	return !kbus_outbox_is_held(topic->outbox) &&
	       kbus_backpressure_reserve(topic, skb, NULL);
}

/*
 * Whether the publisher may yield, because kernel modules publish in any
 * context.
 */
static bool may_yield(void)
{
	return preemptible() && !rcu_preempt_depth();
}

/**
 * kbus_publish_now() - publish a kernel module's message
 * @topic: its topic
 * @skb: the message; consumed
 *
 * Context: process or softirq, interrupts on; does not sleep.
 * Return: 0; or -EAGAIN if a subscriber that blocks has no room, or if one may
 * be about to come. On failure, no subscriber gets the message.
 */
int kbus_publish_now(struct kbus_topic *topic, struct sk_buff *skb)
{
	u64 seq = 0;

	kbus_topic_lock(topic);
	/* Earlier messages have the first claim to room. */
	kbus_outbox_send(topic);
	if (reserve_room(topic, skb)) {
		seq = kbus_outbox_add(topic->outbox, skb);
		kbus_outbox_send(topic);
	}
	kbus_topic_unlock(topic);
	if (!seq) {
		consume_skb(skb);
		return -EAGAIN;
	}
	while (kbus_outbox_send_up_to(topic, seq)) {
		if (!may_yield()) {
			kbus_outbox_kick(topic->outbox);
			break;
		}
		cond_resched();
	}
	return 0;
}

/**
 * kbus_publish_deferred() - publish a kernel module's message with interrupts
 *	off
 * @topic: its topic
 * @skb: the message; consumed
 *
 * Context: any but NMI.
 * Return: 0; or -ENOBUFS if the outbox is full. Subscribers then receive a gap.
 */
int kbus_publish_deferred(struct kbus_topic *topic, struct sk_buff *skb)
{
	if (kbus_outbox_defer(topic->outbox, skb))
		return 0;
	/*
	 * Free it at once, because leaving it to a softirq may wake a thread.
	 */
	consume_skb(skb);
	return -ENOBUFS;
}
