// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fan-out: one message to all receivers of its topic
 *
 * A topic may have thousands of subscribers, and neither preemption nor bottom
 * halves may be off for all of them at once. A message is therefore sent in
 * slices, and the topic's lock is released between two slices. A slice ends
 * early if another task waits for the processor. A topic's bindings change, and
 * its next message begins, only when none of its messages is under way. A task
 * that finds a message under way continues it, so a publisher that is preempted
 * between two slices blocks nobody.
 */
#include "broker.h"
#include "delivery.h"
#include "fanout.h"
#include "history.h"
#include "listeners.h"
#include "message.h"
#include "trace.h"

#include <net/netlink.h>

/**
 * kbus_fanout_begin() - begin to send a message
 * @fanout: filled in
 * @topic: its topic; caller must hold kbus_topic.lock, and continue with
 *	kbus_fanout_go_on()
 * @skb: the message, stamped with the next sequence number after the lost
 *	messages; owned by the caller; NULL to report only the loss
 * @sender: the process that publishes it; NULL if it is the kernel
 * @lost: number of messages that were lost before it
 *
 * Context: any but hard interrupt.
 */
void kbus_fanout_begin(struct kbus_fanout *fanout, struct kbus_topic *topic,
		       struct sk_buff *skb, struct pid *sender, u64 lost)
{
	lockdep_assert_held(&topic->lock);
	*fanout = (struct kbus_fanout){
		.skb = skb,
		.sender = sender,
		.lost = lost,
		.next = topic->bindings.next,
		.outcome.topic = topic->id,
	};
	if (skb)
		NETLINK_CB(skb).dst_group = topic->group;
}

static void offer_to(struct kbus_fanout *fanout, struct kbus_topic *topic,
		     struct kbus_binding *binding, bool last)
{
	enum kbus_way way;

	if (fanout->lost)
		kbus_offer_loss(binding, topic->seq + 1, fanout->lost);
	if (!fanout->skb)
		return;
	way = kbus_offer(binding, fanout->skb, fanout->sender, last);
	fanout->outcome.count[way] += kbus_message_count(fanout->skb);
}

static void multicast_message(struct kbus_topic *topic, struct sk_buff *skb)
{
	if (topic->joined &&
	    netlink_has_listeners(topic->kn->sk, topic->group))
		kbus_listeners_add(topic->listeners, skb);
}

static void end_message(struct kbus_fanout *fanout, struct kbus_topic *topic)
{
	struct sk_buff *skb = fanout->skb;

	fanout->next = NULL;
	topic->seq += fanout->lost;
	if (!skb)
		return;
	topic->seq += kbus_message_count(skb);
	topic->bytes += kbus_message_payload_bytes(skb);
	fanout->outcome.seq = topic->seq;
	multicast_message(topic, skb);
	kbus_history_keep(&topic->history, skb);
	trace_kbus_publish(topic, skb, &fanout->outcome);
}

/*
 * Whether the slice ends early because another task waits for this processor.
 * The slices of kernel modules' topics do not: their topics are locked with
 * bottom halves off, and a tasklet may have to send the rest.
 */
static bool should_yield(const struct kbus_topic *topic)
{
	return !topic->outbox && need_resched();
}

/**
 * kbus_fanout_go_on() - send a message to further subscribers
 * @fanout: the message
 * @topic: its topic; caller must hold kbus_topic.lock
 * @left: maximum number of subscribers; reduced by the number served, or set to
 *	0 because another task waits for this processor
 *
 * Context: any but hard interrupt.
 * Return: true if the message is complete; false if more subscribers are left.
 * In that case it must be called again before another message of the topic
 * begins or the topic's bindings change.
 */
bool kbus_fanout_go_on(struct kbus_fanout *fanout, struct kbus_topic *topic,
		       unsigned int *left)
{
	const bool only_subscribers =
		!topic->joined && !topic->history.limits.messages;
	struct kbus_binding *binding;

	lockdep_assert_held(&topic->lock);
	while (fanout->next != &topic->bindings) {
		if (!*left)
			return false;
		--*left;
		binding =
			list_entry(fanout->next, struct kbus_binding, by_topic);
		fanout->next = fanout->next->next;
		offer_to(fanout, topic, binding,
			 only_subscribers && fanout->next == &topic->bindings);
		if (should_yield(topic))
			*left = 0;
	}
	end_message(fanout, topic);
	return true;
}

/**
 * kbus_fanout_slice() - send a program's message to one slice of subscribers
 * @topic: its topic, which has a message under way; caller must hold
 *	kbus_topic.lock
 *
 * Context: process.
 */
void kbus_fanout_slice(struct kbus_topic *topic)
{
	unsigned int left = KBUS_FANOUT_BATCH;

	lockdep_assert_held(&topic->lock);
	if (kbus_fanout_go_on(topic->under_way, topic, &left))
		topic->under_way = NULL;
}

/**
 * kbus_fanout_finish() - finish a program's message, if one is under way
 * @topic: its topic; caller must hold kbus_topic.lock, which is released
 *	between slices and held again on return
 *
 * Context: process; may sleep.
 */
void kbus_fanout_finish(struct kbus_topic *topic)
	__must_hold(&topic->lock)
{
	lockdep_assert_held(&topic->lock);
	while (topic->under_way) {
		kbus_fanout_slice(topic);
		if (!topic->under_way)
			break;
		kbus_topic_unlock(topic);
		cond_resched();
		kbus_topic_lock(topic);
	}
}
