// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fan-out: a message to all who receive its topic, each in the way that is theirs
 *
 * It is done in slices, because a topic may have thousands of subscribers, and
 * neither preemption nor bottom halves are to be off for all of them. In between
 * the topic's lock is given up. A topic's bindings change only when none of its
 * messages is under way, and the next message begins only then: whoever finds one
 * under way goes on with it, so that a publisher that is preempted in the middle
 * holds up nobody.
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
 * @topic: its topic; caller must hold kbus_topic.lock, and go on
 * @skb: the message, stamped, with the next number but for what was lost; it stays
 *	the caller's; or NULL: to tell of the loss alone
 * @sender: the process that publishes it, or NULL: the kernel
 * @lost: how many before it were lost
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

static void deliver_to(struct kbus_fanout *fanout, struct kbus_topic *topic,
		       struct kbus_binding *binding, bool last)
{
	enum kbus_way way;

	if (fanout->lost)
		kbus_deliver_loss(binding, topic->seq + 1, fanout->lost);
	if (!fanout->skb)
		return;
	way = kbus_deliver(binding, fanout->skb, fanout->sender, last);
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

/**
 * kbus_fanout_go_on() - send a message to more of those who receive it
 * @fanout: the message
 * @topic: its topic; caller must hold kbus_topic.lock
 * @left: to how many at most; set to how many more may be sent to
 *
 * Context: any but hard interrupt.
 * Return: true if that were all; false if there are more: to be called again,
 * before any other message of the topic is begun or its bindings change.
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
		deliver_to(fanout, topic, binding,
			   only_subscribers &&
				   fanout->next == &topic->bindings);
	}
	end_message(fanout, topic);
	return true;
}

/**
 * kbus_fanout_slice() - send a program's message to more of its subscribers
 * @topic: its topic, of which one is under way; caller must hold kbus_topic.lock
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
 * kbus_fanout_finish() - have a program's message sent to all its subscribers
 * @topic: its topic; caller must hold kbus_topic.lock, which is given up in
 *	between
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
