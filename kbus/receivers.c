// SPDX-License-Identifier: GPL-2.0-only
/*
 * A topic's receivers: the subscribers whose patterns match its name and that
 * may read it
 *
 * The broker looks for them when a topic is created, and again when the
 * permission to read it changes. The request holds kbus_topic.changes, and
 * releases kbus_net.lock at times, so subscriptions come and go meanwhile. A
 * subscription that comes later finds the topic. A subscription that ends
 * removes its binding.
 */
#include "access.h"
#include "binding.h"
#include "broker.h"
#include "carry.h"
#include "cursor.h"
#include "delivery.h"
#include "entry.h"
#include "fanout.h"
#include "history.h"
#include "hold.h"
#include "message.h"
#include "outbox.h"
#include "receivers.h"
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

/* Returns the subscription after the last, at the same node; or NULL. */
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

/* Begins a walk. */
static struct kbus_subscription *first_waiting(struct waiting *waiting,
					       const struct kbus_topic *topic)
{
	waiting->kn = topic->kn;
	waiting->last = NULL;
	kbus_net_pause_walk(topic->kn, &waiting->walk);
	kbus_walk_patterns(&waiting->walk, &topic->kn->tree, topic->name,
			   topic->name_len);
	return next_waiting(waiting);
}

/**
 * kbus_topic_lock_settled() - lock a topic while none of its messages is being
 *	sent
 * @topic: the topic; caller must hold kbus_net.lock
 *
 * This is for changes to the topic's bindings. Messages published before the
 * change go to the bindings that existed then, and to no others. A change of
 * the bindings that block must not happen while a message has room reserved.
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
 * kbus_topic_unlock_settled() - unlock a topic, and let publishers continue
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
 * kbus_binding_attach() - start to carry messages on a binding
 * @binding: the binding; nothing is done if it is attached already; caller must
 *	hold kbus_net.lock
 * @replay: maximum number of messages from the history to begin with
 *
 * The change is atomic with respect to the topic's publishers.
 *
 * Context: process.
 */
void kbus_binding_attach(struct kbus_binding *binding, u32 replay)
{
	struct kbus_subscriber *sub = binding->key.subscriber;
	struct kbus_topic *topic = binding->key.topic;
	struct sk_buff *first;
	LIST_HEAD(dropped);

	lockdep_assert_held(&topic->kn->lock);
	if (binding->attached)
		return;
	binding->attached = true;
	binding->blocks = topic->allow_block &&
			  sub->backlog.limits.overflow == KBUS_BLOCK;
	kbus_topic_lock_settled(topic);
	spin_lock_bh(&sub->lock);
	first = kbus_history_last(&topic->history, &replay);
	kbus_cursor_init(&binding->cursor,
			 first ? kbus_message_seq(first) : topic->seq + 1);
	list_move_tail(&binding->by_subscriber, &sub->bindings);
	if (binding->blocks)
		list_move(&binding->by_topic, &topic->bindings);
	else
		list_move_tail(&binding->by_topic, &topic->bindings);
	WRITE_ONCE(topic->subscribers, topic->subscribers + 1);
	kbus_topic_receivers_add(topic, 1);
	if (first)
		kbus_replay(binding, first, &dropped);
	spin_unlock_bh(&sub->lock);
	kbus_topic_unlock_settled(topic);
	kbus_entries_free(&dropped);
}

/*
 * Ends an attached binding. It is freed when its last message has been handed
 * over. Until then the binding and its topic are charged to the subscriber's
 * user.
 */
static void detach_binding(struct kbus_binding *binding)
{
	struct kbus_subscriber *sub = binding->key.subscriber;
	struct kbus_topic *topic = binding->key.topic;

	lockdep_assert_held(&topic->kn->lock);
	kbus_binding_remove(binding);

	/* The binding's reference to the topic may be the last. */
	refcount_inc(&topic->refs);
	kbus_topic_lock_settled(topic);
	spin_lock_bh(&sub->lock);
	list_del(&binding->by_topic);
	WRITE_ONCE(topic->subscribers, topic->subscribers - 1);
	kbus_topic_receivers_add(topic, -1);
	binding->detached = true;
	if (binding->blocks)
		kbus_subscriber_wake_blocked(sub);
	list_move_tail(&binding->by_subscriber, &sub->detached);
	kbus_carry_begin(binding);
	kbus_binding_settle(binding);
	spin_unlock_bh(&sub->lock);
	kbus_topic_unlock_settled(topic);
	kbus_topic_put(topic);
}

/**
 * kbus_binding_end() - end a binding, whether or not it is attached
 * @binding: the binding; caller must hold kbus_net.lock
 *
 * Context: process.
 */
void kbus_binding_end(struct kbus_binding *binding)
{
	lockdep_assert_held(&binding->key.topic->kn->lock);
	if (binding->attached)
		detach_binding(binding);
	else
		kbus_binding_cancel(binding);
}

/* @bindings: kbus_topic.coming or .bindings, not empty. */
static struct kbus_binding *first_binding(const struct list_head *bindings)
{
	return list_first_entry(bindings, struct kbus_binding, by_topic);
}

/* Ends the bindings that kbus_receivers_find() found. */
static void cancel_found(struct kbus_topic *topic)
{
	while (!list_empty(&topic->coming)) {
		kbus_binding_end(first_binding(&topic->coming));
		kbus_net_pause(topic->kn);
	}
}

/**
 * kbus_receivers_find() - make the bindings of a topic's receivers
 * @topic: the topic; caller must hold kbus_net.lock, which is released at
 *	times, and kbus_topic.changes
 * @access: the permissions to read it
 * @extack: receives the reason of a failure
 *
 * Receivers are the subscribers with a matching pattern that may read the topic
 * and do not receive it yet.
 *
 * Context: process, may sleep.
 * Return: 0, for kbus_receivers_attach(); or -EDQUOT if too many topics came to
 * too many subscribers, -ENOMEM. On failure no bindings are left.
 */
int kbus_receivers_find(struct kbus_topic *topic,
			const struct kbus_access *access,
			struct netlink_ext_ack *extack)
{
	struct kbus_subscription *subscription;
	struct kbus_subscriber *sub;
	struct waiting waiting;
	struct kbus_binding *binding;

	lockdep_assert_held(&topic->changes);
	for (subscription = first_waiting(&waiting, topic); subscription;
	     subscription = next_waiting(&waiting)) {
		sub = subscription->key.subscriber;
		if (subscription->ended ||
		    !kbus_subscriber_may_read(sub, access))
			continue;
		/* It has its binding, or its subscribe request attaches one. */
		if (topic->next_access &&
		    kbus_subscriber_may_read(sub, &topic->access))
			continue;
		binding = kbus_binding_get(topic, sub, true, extack);
		if (IS_ERR(binding)) {
			kbus_walk_end(&waiting.walk);
			cancel_found(topic);
			return PTR_ERR(binding);
		}
		/*
		 * A pending subscribe request can fail, and attaches its
		 * binding itself.
		 */
		if (!subscription->pending && !binding->attached)
			list_move_tail(&binding->by_topic, &topic->coming);
	}
	return 0;
}

/**
 * kbus_receivers_attach() - attach the bindings that were found
 * @topic: the topic; caller must hold kbus_net.lock, which is released at
 *	times, and kbus_topic.changes
 *
 * Context: process, may sleep.
 */
void kbus_receivers_attach(struct kbus_topic *topic)
{
	while (!list_empty(&topic->coming)) {
		kbus_binding_attach(first_binding(&topic->coming), 0);
		kbus_net_pause(topic->kn);
	}
}

/**
 * kbus_receivers_detach_unreadable() - detach the subscribers that may not read
 *	a topic
 * @topic: the topic; caller must hold kbus_net.lock, which is released at
 *	times, and kbus_topic.changes
 *
 * Context: process, may sleep.
 */
void kbus_receivers_detach_unreadable(struct kbus_topic *topic)
{
	struct kbus_subscription *subscription;
	struct kbus_subscriber *sub;
	struct waiting waiting;
	struct kbus_binding *binding;

	for (subscription = first_waiting(&waiting, topic); subscription;
	     subscription = next_waiting(&waiting)) {
		sub = subscription->key.subscriber;
		binding = kbus_binding_find(topic, sub);
		if (binding && binding->attached &&
		    !kbus_subscriber_may_read(sub, &topic->access))
			detach_binding(binding);
	}
}

/**
 * kbus_receivers_detach() - detach all subscribers of a topic for good
 * @topic: the topic, which cannot be found any more; caller must hold
 *	kbus_net.lock, which is released at times, and kbus_topic.changes
 *
 * Context: process, may sleep.
 */
void kbus_receivers_detach(struct kbus_topic *topic)
{
	/* Bindings are attached and detached only with kbus_net.lock held. */
	while (!list_empty(&topic->bindings)) {
		detach_binding(first_binding(&topic->bindings));
		kbus_net_pause(topic->kn);
	}
}
