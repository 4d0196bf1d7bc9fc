// SPDX-License-Identifier: GPL-2.0-only
/*
 * A topic's receivers: the subscribers whose patterns match its name and who may
 * read it
 *
 * It is looked for when a topic is created, and again when it changes who may
 * read it. The request holds kbus_topic.changes, and gives up kbus_net.lock at times:
 * subscriptions come and go meanwhile. A subscription that comes later finds the
 * topic; one that ends removes its binding.
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
 * For what changes its bindings: what was published before comes to those who were
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
 * kbus_binding_attach() - have a binding carry messages
 * @binding: the binding; one that does is left alone; caller must hold kbus_net.lock
 * @replay: up to how many kept messages to begin with
 *
 * At once with respect to the topic's publishers.
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
 * Ends a binding that carries messages. It is freed when the last that it carried has
 * been handed over; till then its subscriber's user pays for it and its topic.
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
 * kbus_binding_end() - end a binding, whether or not it carries messages yet
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

/* Takes back what kbus_receivers_find() found. */
static void cancel_found(struct kbus_topic *topic)
{
	struct kbus_binding *binding;

	while ((binding = list_first_entry_or_null(&topic->coming,
						   struct kbus_binding,
						   by_topic))) {
		kbus_binding_end(binding);
		kbus_net_pause(topic->kn);
	}
}

/**
 * kbus_receivers_find() - find those who wait for a topic's name
 * @topic: the topic; caller must hold kbus_net.lock, which is given up at times,
 *	and kbus_topic.changes
 * @access: who may read it
 * @extack: for the reason of a failure
 *
 * Those who may read it and do not receive it yet.
 *
 * Context: process, may sleep.
 * Return: 0, for kbus_receivers_attach(); or -EDQUOT if
 * too many topics came to too many subscribers, -ENOMEM: then nobody is found.
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
	walk_waiting(&waiting, topic);
	while ((subscription = next_waiting(&waiting))) {
		sub = subscription->key.subscriber;
		if (subscription->ended ||
		    !kbus_subscriber_may_read(sub, access))
			continue;
		/* It has its binding, or the subscribe is attaching it. */
		if (topic->next_access &&
		    kbus_subscriber_may_read(sub, &topic->access))
			continue;
		binding = kbus_binding_get(topic, sub, true, extack);
		if (IS_ERR(binding)) {
			kbus_walk_end(&waiting.walk);
			cancel_found(topic);
			return PTR_ERR(binding);
		}
		/* The binding of a subscribe that can fail is for that to attach. */
		if (!subscription->pending && !binding->attached)
			list_move_tail(&binding->by_topic, &topic->coming);
	}
	return 0;
}

/**
 * kbus_receivers_attach() - give a topic to those who were found
 * @topic: the topic; caller must hold kbus_net.lock, which is given up at times,
 *	and kbus_topic.changes
 *
 * Context: process, may sleep.
 */
void kbus_receivers_attach(struct kbus_topic *topic)
{
	struct kbus_binding *binding;

	while ((binding = list_first_entry_or_null(&topic->coming,
						   struct kbus_binding,
						   by_topic))) {
		kbus_binding_attach(binding, 0);
		kbus_net_pause(topic->kn);
	}
}

/**
 * kbus_receivers_detach_unreadable() - take a topic from those who may not read it
 * @topic: the topic; caller must hold kbus_net.lock, which is given up at times,
 *	and kbus_topic.changes
 *
 * Context: process, may sleep.
 */
void kbus_receivers_detach_unreadable(struct kbus_topic *topic)
{
	struct kbus_subscription *subscription;
	struct kbus_subscriber *sub;
	struct waiting waiting;
	struct kbus_binding *binding;

	walk_waiting(&waiting, topic);
	while ((subscription = next_waiting(&waiting))) {
		sub = subscription->key.subscriber;
		binding = kbus_binding_find(topic, sub);
		if (binding && binding->attached &&
		    !kbus_subscriber_may_read(sub, &topic->access))
			detach_binding(binding);
	}
}

/**
 * kbus_receivers_detach() - take a topic from all its subscribers, for good
 * @topic: the topic, which is not to be found any more; caller must hold
 *	kbus_net.lock, which is given up at times, and kbus_topic.changes
 *
 * Context: process, may sleep.
 */
void kbus_receivers_detach(struct kbus_topic *topic)
{
	struct kbus_binding *binding;

	/* Bindings come and go with kbus_net.lock held only. */
	while ((binding = list_first_entry_or_null(&topic->bindings,
						   struct kbus_binding,
						   by_topic))) {
		detach_binding(binding);
		kbus_net_pause(topic->kn);
	}
}
