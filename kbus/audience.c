// SPDX-License-Identifier: GPL-2.0-only
/*
 * A topic's audience: the subscribers who wait for its name and may read it
 *
 * It is looked for when a topic is created, and again when it changes who may
 * read it. The request holds kbus_topic.changes, and gives up kbus_net.lock at times:
 * subscriptions come and go meanwhile. A subscription that comes later finds the
 * topic; one that ends removes its flow.
 */
#include "access.h"
#include "audience.h"
#include "broker.h"
#include "carry.h"
#include "cursor.h"
#include "delivery.h"
#include "entry.h"
#include "fanout.h"
#include "flow.h"
#include "history.h"
#include "hold.h"
#include "message.h"
#include "outbox.h"
#include "subscriber.h"
#include "subscription.h"
#include "topic.h"
#include "tree.h"
#include "walk.h"

/* A walk through the subscriptions that match a topic. */
struct waiting {
	struct kbus_net *kn;
	struct kbus_walk walk;
	struct kbus_node *node;
	struct kbus_subscription *last;
};

static void walk_waiting(struct waiting *waiting, const struct kbus_topic *topic)
{
	waiting->kn = topic->kn;
	waiting->last = NULL;
	kbus_net_pause_walk(topic->kn, &waiting->walk);
	kbus_walk_patterns(&waiting->walk, &topic->kn->tree, topic->name,
			   topic->name_len);
}

/* The one behind the last, at the same node; or NULL. */
static struct kbus_subscription *following_subscription(struct waiting *waiting)
{
	struct kbus_subscription *last = waiting->last, *next = NULL;

	kbus_subscription_hold(last);
	kbus_net_pause(waiting->kn);
	if (!list_is_last(&last->by_node, &waiting->node->subscriptions))
		next = list_next_entry(last, by_node);
	kbus_subscription_put(last);
	return next;
}

static struct kbus_subscription *next_waiting(struct waiting *waiting)
{
	do {
		if (waiting->last) {
			waiting->last = following_subscription(waiting);
			continue;
		}
		waiting->node = kbus_walk_next_pattern(&waiting->walk);
		if (!waiting->node)
			return NULL;
		waiting->last =
			list_first_entry_or_null(&waiting->node->subscriptions,
						 struct kbus_subscription,
						 by_node);
	} while (!waiting->last ||
		 (waiting->last->ended && !waiting->last->leaving));
	return waiting->last;
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
	kbus_cursor_init(&flow->cursor,
			 first ? kbus_message_seq(first) : topic->seq + 1);
	list_move_tail(&flow->by_subscriber, &sub->flows);
	if (flow->blocks)
		list_move(&flow->by_topic, &topic->flows);
	else
		list_move_tail(&flow->by_topic, &topic->flows);
	WRITE_ONCE(topic->subscribers, topic->subscribers + 1);
	kbus_topic_audience_add(topic, 1);
	if (first)
		kbus_replay(flow, first, &dropped);
	spin_unlock_bh(&sub->lock);
	kbus_topic_unlock_settled(topic);
	kbus_entries_free(&dropped);
}

/*
 * Ends a flow that carries messages. It is freed when the last that it carried has
 * been handed over; till then its subscriber's user pays for it and its topic.
 */
static void detach_flow(struct kbus_flow *flow)
{
	struct kbus_subscriber *sub = flow->key.subscriber;
	struct kbus_topic *topic = flow->key.topic;

	lockdep_assert_held(&topic->kn->lock);
	kbus_flow_remove(flow);

	/* The flow's reference to the topic may be the last. */
	refcount_inc(&topic->refs);
	kbus_topic_lock_settled(topic);
	spin_lock_bh(&sub->lock);
	list_del(&flow->by_topic);
	WRITE_ONCE(topic->subscribers, topic->subscribers - 1);
	kbus_topic_audience_add(topic, -1);
	flow->detached = true;
	if (flow->blocks)
		kbus_subscriber_wake_blocked(sub);
	list_move_tail(&flow->by_subscriber, &sub->detached);
	kbus_carry_begin(flow);
	kbus_flow_settle(flow);
	spin_unlock_bh(&sub->lock);
	kbus_topic_unlock_settled(topic);
	kbus_topic_put(topic);
}

/**
 * kbus_flow_end() - end a flow, whether or not it carries messages yet
 * @flow: the flow; caller must hold kbus_net.lock
 *
 * Context: process.
 */
void kbus_flow_end(struct kbus_flow *flow)
{
	lockdep_assert_held(&flow->key.topic->kn->lock);
	if (flow->attached)
		detach_flow(flow);
	else
		kbus_flow_cancel(flow);
}

/* Takes back what kbus_audience_find() found. */
static void cancel_found(struct kbus_topic *topic)
{
	struct kbus_flow *flow;

	while ((flow = list_first_entry_or_null(&topic->coming,
						struct kbus_flow, by_topic))) {
		kbus_flow_end(flow);
		kbus_net_pause(topic->kn);
	}
}

/**
 * kbus_audience_find() - find those who wait for a topic's name
 * @topic: the topic; caller must hold kbus_net.lock, which is given up at times,
 *	and kbus_topic.changes
 * @access: who may read it
 * @extack: for the reason of a failure
 *
 * Those who may read it and do not receive it yet.
 *
 * Context: process, may sleep.
 * Return: 0, for kbus_audience_attach(); or -EDQUOT if
 * too many topics came to too many subscribers, -ENOMEM: then nobody is found.
 */
int kbus_audience_find(struct kbus_topic *topic,
		       const struct kbus_access *access,
		       struct netlink_ext_ack *extack)
{
	struct kbus_subscription *subscription;
	struct kbus_subscriber *sub;
	struct waiting waiting;
	struct kbus_flow *flow;

	lockdep_assert_held(&topic->changes);
	walk_waiting(&waiting, topic);
	while ((subscription = next_waiting(&waiting))) {
		sub = subscription->key.subscriber;
		if (subscription->ended ||
		    !kbus_subscriber_may_read(sub, access))
			continue;
		/* It has its flow, or the subscribe is attaching it. */
		if (topic->next_access &&
		    kbus_subscriber_may_read(sub, &topic->access))
			continue;
		flow = kbus_flow_get(topic, sub, true, extack);
		if (IS_ERR(flow)) {
			kbus_walk_end(&waiting.walk);
			cancel_found(topic);
			return PTR_ERR(flow);
		}
		/* The flow of a subscribe that can fail is for that to attach. */
		if (!subscription->pending && !flow->attached)
			list_move_tail(&flow->by_topic, &topic->coming);
	}
	return 0;
}

/**
 * kbus_audience_attach() - give a topic to those who were found
 * @topic: the topic; caller must hold kbus_net.lock, which is given up at times,
 *	and kbus_topic.changes
 *
 * Context: process, may sleep.
 */
void kbus_audience_attach(struct kbus_topic *topic)
{
	struct kbus_flow *flow;

	while ((flow = list_first_entry_or_null(&topic->coming,
						struct kbus_flow, by_topic))) {
		kbus_flow_attach(flow, 0);
		kbus_net_pause(topic->kn);
	}
}

/**
 * kbus_audience_detach_unreadable() - take a topic from those who may not read it
 * @topic: the topic; caller must hold kbus_net.lock, which is given up at times,
 *	and kbus_topic.changes
 *
 * Context: process, may sleep.
 */
void kbus_audience_detach_unreadable(struct kbus_topic *topic)
{
	struct kbus_subscription *subscription;
	struct kbus_subscriber *sub;
	struct waiting waiting;
	struct kbus_flow *flow;

	walk_waiting(&waiting, topic);
	while ((subscription = next_waiting(&waiting))) {
		sub = subscription->key.subscriber;
		flow = kbus_flow_find(topic, sub);
		if (flow && flow->attached &&
		    !kbus_subscriber_may_read(sub, &topic->access))
			detach_flow(flow);
	}
}

/**
 * kbus_audience_detach() - take a topic from all its subscribers, for good
 * @topic: the topic, which is not to be found any more; caller must hold
 *	kbus_net.lock, which is given up at times, and kbus_topic.changes
 *
 * Context: process, may sleep.
 */
void kbus_audience_detach(struct kbus_topic *topic)
{
	struct kbus_flow *flow;

	/* Flows come and go with kbus_net.lock held only. */
	while ((flow = list_first_entry_or_null(&topic->flows,
						struct kbus_flow, by_topic))) {
		detach_flow(flow);
		kbus_net_pause(topic->kn);
	}
}
