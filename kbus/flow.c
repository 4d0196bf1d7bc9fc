// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flows: what carries one topic's messages to one subscriber
 */
#include "publish.h"

#include <linux/slab.h>

static const struct rhashtable_params flow_params = {
	.head_offset = offsetof(struct kbus_flow, hash),
	.key_offset = offsetof(struct kbus_flow, key),
	.key_len = sizeof_field(struct kbus_flow, key),
	.automatic_shrinking = true,
};

static const struct kbus_bill flow_bill = { .of = {
	[KBUS_FLOWS] = 1,
	[KBUS_MEMORY] = sizeof(struct kbus_flow),
} };

/**
 * kbus_flow_find() - find a flow
 * @topic: from where; caller must hold kbus_net.lock
 * @sub: to whom
 *
 * Context: process.
 * Return: the flow, or NULL.
 */
struct kbus_flow *kbus_flow_find(struct kbus_topic *topic,
				 struct kbus_subscriber *sub)
{
	struct kbus_flow_key key = { .topic = topic, .subscriber = sub };

	lockdep_assert_held(&topic->kn->lock);
	return rhashtable_lookup_fast(&topic->kn->flows, &key, flow_params);
}

/**
 * kbus_flow_get() - find a flow, or make one that carries nothing yet
 * @topic: from where; caller must hold kbus_net.lock
 * @sub: to whom
 * @extack: for the reason of a failure
 *
 * Context: process, may sleep.
 * Return: the flow, for kbus_flow_attach() or kbus_flow_cancel(); or -EDQUOT if
 * the subscriber's user has too many, -ENOMEM.
 */
struct kbus_flow *kbus_flow_get(struct kbus_topic *topic,
				struct kbus_subscriber *sub,
				struct netlink_ext_ack *extack)
{
	struct kbus_flow *flow = kbus_flow_find(topic, sub);
	int err;

	if (flow)
		return flow;
	err = kbus_charge(sub->user, &flow_bill, extack);
	if (err)
		return ERR_PTR(err);
	flow = kzalloc(sizeof(*flow), GFP_KERNEL_ACCOUNT);
	if (!flow)
		goto err_charge;
	flow->key.topic = topic;
	flow->key.subscriber = sub;
	if (rhashtable_insert_fast(&topic->kn->flows, &flow->hash,
				   flow_params))
		goto err_flow;
	refcount_inc(&topic->refs);
	return flow;

err_flow:
	kfree(flow);
err_charge:
	kbus_uncharge(sub->user, &flow_bill);
	return ERR_PTR(-ENOMEM);
}

static void flow_free(struct kbus_flow *flow)
{
	kbus_uncharge(flow->key.subscriber->user, &flow_bill);
	kbus_topic_put(flow->key.topic);
	kfree(flow);
}

/**
 * kbus_flow_cancel() - take back a flow that carries nothing
 * @flow: the flow; one that does carry is left alone; caller must hold
 *	kbus_net.lock
 *
 * Context: process.
 */
void kbus_flow_cancel(struct kbus_flow *flow)
{
	struct kbus_topic *topic = flow->key.topic;

	lockdep_assert_held(&topic->kn->lock);
	if (flow->attached)
		return;
	rhashtable_remove_fast(&topic->kn->flows, &flow->hash, flow_params);
	flow_free(flow);
}

/**
 * kbus_topic_lock_settled() - lock a topic while none of its messages is under
 *	way
 * @topic: the topic; caller must hold kbus_net.lock
 *
 * For what changes its flows: what was published before comes to those who were
 * there, and no other. Nor may there be a message with room reserved when it
 * changes who blocks.
 *
 * Context: process; may sleep.
 */
void kbus_topic_lock_settled(struct kbus_topic *topic)
	__acquires(&topic->lock)
{
	lockdep_assert_held(&topic->kn->lock);
	if (topic->outbox)
		kbus_outbox_hold(topic->outbox);
	kbus_topic_lock(topic);
	kbus_fanout_finish(topic);
	WARN_ON_ONCE(topic->outbox && topic->outbox->fanout.next);
}

/**
 * kbus_topic_unlock_settled() - unlock a topic, and let messages begin
 * @topic: the topic
 *
 * Context: process.
 */
void kbus_topic_unlock_settled(struct kbus_topic *topic)
	__releases(&topic->lock)
{
	if (topic->outbox)
		kbus_outbox_resume(topic->outbox);
	kbus_topic_unlock(topic);
}

/**
 * kbus_flow_attach() - have a flow carry messages
 * @flow: the flow; one that does is left alone; caller must hold kbus_net.lock
 * @replay: up to how many kept messages to begin with
 *
 * At once with respect to the topic's publishers.
 *
 * Context: process.
 */
void kbus_flow_attach(struct kbus_flow *flow, u32 replay)
{
	struct kbus_subscriber *sub = flow->key.subscriber;
	struct kbus_topic *topic = flow->key.topic;
	struct sk_buff *first;
	LIST_HEAD(dropped);

	lockdep_assert_held(&topic->kn->lock);
	if (flow->attached)
		return;
	flow->attached = true;
	flow->blocks = topic->allow_block &&
		       sub->backlog.limits.overflow == KBUS_BLOCK;
	kbus_topic_lock_settled(topic);
	spin_lock_bh(&sub->lock);
	first = kbus_history_last(&topic->history, &replay);
	kbus_track_init(&flow->track,
			first ? kbus_message_seq(first) : topic->seq + 1);
	list_add_tail(&flow->by_subscriber, &sub->flows);
	if (flow->blocks)
		list_add(&flow->by_topic, &topic->flows);
	else
		list_add_tail(&flow->by_topic, &topic->flows);
	WRITE_ONCE(topic->subscribers, topic->subscribers + 1);
	kbus_topic_audience_add(topic, 1);
	if (first)
		kbus_replay(flow, first, &dropped);
	spin_unlock_bh(&sub->lock);
	kbus_topic_unlock_settled(topic);
	kbus_entries_free(&dropped);
}

/**
 * kbus_flow_leave() - one subscription less matches a flow's topic
 * @flow: the flow; caller must hold kbus_net.lock
 *
 * With the last it is detached.
 *
 * Context: process.
 */
void kbus_flow_leave(struct kbus_flow *flow)
{
	lockdep_assert_held(&flow->key.topic->kn->lock);
	if (!--flow->matches)
		kbus_flow_detach(flow);
}

/**
 * kbus_flow_detach() - end a flow
 * @flow: the flow; caller must hold kbus_net.lock
 *
 * It is freed when the last that it carried has been handed over.
 *
 * Context: process.
 */
void kbus_flow_detach(struct kbus_flow *flow)
{
	struct kbus_subscriber *sub = flow->key.subscriber;
	struct kbus_topic *topic = flow->key.topic;

	lockdep_assert_held(&topic->kn->lock);
	rhashtable_remove_fast(&topic->kn->flows, &flow->hash, flow_params);

	/* The flow's reference to the topic may be the last. */
	refcount_inc(&topic->refs);
	kbus_topic_lock_settled(topic);
	spin_lock_bh(&sub->lock);
	list_del(&flow->by_topic);
	WRITE_ONCE(topic->subscribers, topic->subscribers - 1);
	kbus_topic_audience_add(topic, -1);
	flow->detached = true;
	if (flow->blocks)
		kbus_room_changed(sub);
	list_move_tail(&flow->by_subscriber, &sub->detached);
	kbus_flow_settle(flow);
	spin_unlock_bh(&sub->lock);
	kbus_topic_unlock_settled(topic);
	kbus_topic_put(topic);
}

/**
 * kbus_flow_settle() - free a flow that has nothing left to do
 * @flow: the flow; caller must hold kbus_subscriber.lock
 *
 * Context: any but hard interrupt.
 */
void kbus_flow_settle(struct kbus_flow *flow)
{
	lockdep_assert_held(&flow->key.subscriber->lock);
	if (!flow->detached || flow->track.queued ||
	    !kbus_track_settled(&flow->track))
		return;
	list_del(&flow->by_subscriber);
	flow_free(flow);
}

int kbus_flows_init(struct kbus_net *kn)
{
	return rhashtable_init(&kn->flows, &flow_params);
}

/* All subscribers are gone, and with them all flows. */
void kbus_flows_exit(struct kbus_net *kn)
{
	rhashtable_destroy(&kn->flows);
}
