// SPDX-License-Identifier: GPL-2.0-only
/*
 * Subscribing and unsubscribing: which topics match a name or pattern
 *
 * The cost of each operation, for names and patterns of L levels:
 *
 *	publish			the topic's bindings; patterns play no part
 *	subscribe		L steps down the tree, and the branches that the
 *				pattern's wildcards match; and a binding for
 *				each topic that matches
 *	unsubscribe		the same, and for each of these topics the paths
 *				of its name, as below
 *	create a topic		the paths of its name in the tree, up to 2^L but
 *				never more than there are nodes of patterns; and
 *				a binding for each subscriber that matches,
 *				without a look at the others
 *	delete a topic		its bindings
 *	end a subscriber	its bindings and subscriptions
 *
 * All of this is done in small steps, see hold.c. A subscription applies to new
 * topics as soon as it is in the tree. As long as it may fail, its bindings
 * wait in kbus_subscriber.coming. They are attached once it can no longer fail.
 */
#include "binding.h"
#include "broker.h"
#include "hold.h"
#include "receivers.h"
#include "refuse.h"
#include "subscribe.h"
#include "subscriber.h"
#include "subscription.h"
#include "sys.h"
#include "topic.h"
#include "topic_name.h"
#include "tree.h"
#include "walk.h"

/* Begins a walk, which kbus_walk_next_topic() continues. */
static struct kbus_topic *
first_topic(struct kbus_walk *walk, struct kbus_net *kn,
	    const struct kbus_subscription *subscription)
{
	kbus_net_pause_walk(kn, walk);
	kbus_walk_topics(walk, &kn->tree, subscription->pattern,
			 subscription->len);
	return kbus_walk_next_topic(walk);
}

/* Whether a subscriber may read a topic, now or after the change under way. */
static bool may_read(const struct kbus_subscriber *sub,
		     const struct kbus_topic *topic)
{
	return kbus_subscriber_may_read(sub, &topic->access) ||
	       (topic->next_access &&
		kbus_subscriber_may_read(sub, topic->next_access));
}

static struct kbus_binding *binding_for(struct kbus_subscriber *sub,
					struct kbus_topic *topic,
					struct netlink_ext_ack *extack)
{
	if (READ_ONCE(sub->ending))
		return ERR_PTR(kbus_refuse(extack, -ENOTCONN,
					   "the subscriber's socket was closed"));
	return kbus_binding_get(topic, sub, false, extack);
}

/*
 * Makes all bindings before one is attached, so that no message has come if the
 * kernel runs out of memory.
 */
static int make_bindings(const struct kbus_subscription *subscription,
			 struct netlink_ext_ack *extack)
{
	struct kbus_subscriber *sub = subscription->key.subscriber;
	struct kbus_topic *topic;
	struct kbus_binding *binding;
	struct kbus_walk walk;

	for (topic = first_topic(&walk, sub->kn, subscription); topic;
	     topic = kbus_walk_next_topic(&walk)) {
		if (!may_read(sub, topic))
			continue;
		binding = binding_for(sub, topic, extack);
		if (IS_ERR(binding)) {
			kbus_walk_end(&walk);
			return PTR_ERR(binding);
		}
	}
	return 0;
}

/* The binding's topic may have been deleted or changed meanwhile. */
static void attach_binding(struct kbus_binding *binding, u32 replay)
{
	struct kbus_subscriber *sub = binding->key.subscriber;
	struct kbus_topic *topic = binding->key.topic;

	if (!topic->deleted &&
	    kbus_subscriber_may_read(sub, &topic->access))
		kbus_binding_attach(binding,
				    list_empty(&binding->by_topic) ? replay : 0);
	else if (!topic->deleted && may_read(sub, topic))
		list_move_tail(&binding->by_topic, &topic->coming);
	else
		kbus_binding_end(binding);
}

/*
 * A binding in kbus_topic.coming is ended by the request that creates or
 * changes the topic.
 */
static void cancel_binding(struct kbus_binding *binding, u32 unused)
{
	if (list_empty(&binding->by_topic))
		kbus_binding_end(binding);
}

/*
 * Calls @settle once for each binding that waits now. It may leave the binding
 * in the list.
 */
static void settle_bindings(struct kbus_subscriber *sub,
			    void (*settle)(struct kbus_binding *binding,
					   u32 replay),
			    u32 replay)
{
	struct kbus_binding *binding;
	LIST_HEAD(coming);

	list_splice_init(&sub->coming, &coming);
	while (!list_empty(&coming)) {
		binding = list_first_entry(&coming, struct kbus_binding,
					   by_subscriber);
		list_move_tail(&binding->by_subscriber, &sub->coming);
		settle(binding, replay);
		kbus_net_pause(sub->kn);
	}
}

static void end_bindings(struct kbus_subscriber *sub,
			 struct list_head *bindings)
{
	struct kbus_binding *binding;

	while (!list_empty(bindings)) {
		binding = list_first_entry(bindings, struct kbus_binding,
					   by_subscriber);
		kbus_binding_end(binding);
		kbus_net_pause(sub->kn);
	}
}

/* Whether any of a subscriber's subscriptions matches a topic. */
static bool subscribes_to(struct kbus_subscriber *sub,
			  const struct kbus_topic *topic)
{
	struct kbus_node *node;
	struct kbus_walk walk;

	kbus_net_pause_walk(sub->kn, &walk);
	kbus_walk_patterns(&walk, &sub->kn->tree, topic->name,
			   topic->name_len);
	for (node = kbus_walk_next_pattern(&walk); node;
	     node = kbus_walk_next_pattern(&walk)) {
		if (kbus_subscription_find(sub, node)) {
			kbus_walk_end(&walk);
			return true;
		}
	}
	return false;
}

/*
 * Ends the binding of a topic that an ended subscription matched, unless
 * another subscription matches it.
 */
static void leave_topic(struct kbus_subscriber *sub, struct kbus_topic *topic)
{
	struct kbus_binding *binding;

	refcount_inc(&topic->refs);
	if (kbus_binding_find(topic, sub) && !subscribes_to(sub, topic)) {
		/* The binding may have ended meanwhile. */
		binding = kbus_binding_find(topic, sub);
		if (binding)
			kbus_binding_end(binding);
	}
	kbus_topic_put(topic);
}

static int check_access(const struct kbus_node *node,
			const struct kbus_subscriber *sub,
			struct netlink_ext_ack *extack)
{
	if (node->topic &&
	    !kbus_subscriber_may_read(sub, &node->topic->access))
		return kbus_refuse(extack, -EACCES,
				   "you may not read this topic: ask its owner to change its mode");
	return 0;
}

static int check_replay(const struct kbus_node *node, u32 replay,
			struct netlink_ext_ack *extack)
{
	const struct kbus_topic *topic = node->topic;

	if (!replay || !topic || topic->history.limits.messages)
		return 0;
	if (topic->outbox)
		return kbus_refuse(extack, -ENODATA,
				   "this topic of the kernel keeps no history: subscribe without replay");
	return kbus_refuse(extack, -ENODATA,
			   "this topic keeps no history: subscribe without replay, or create it with a history");
}

static int check_block(const struct kbus_node *node,
		       const struct kbus_subscriber *sub,
		       struct netlink_ext_ack *extack)
{
	const struct kbus_topic *topic = node->topic;

	if (sub->backlog.limits.overflow != KBUS_BLOCK || !topic ||
	    topic->allow_block)
		return 0;
	if (topic->outbox)
		return kbus_refuse(extack, -EPERM,
				   "this topic of the kernel does not allow subscribers to block: choose another overflow policy");
	return kbus_refuse(extack, -EPERM,
			   "this topic does not allow subscribers to block: choose another overflow policy, or create it so that it does");
}

/**
 * kbus_subscribe() - subscribe to a name or pattern
 * @sub: the subscriber; caller must hold kbus_net.lock, which is released at
 *	times, and kbus_subscriber.changes
 * @pattern: the name or pattern, not necessarily terminated; checked here
 * @len: its length
 * @replay: maximum number of messages from the history to begin with, for each
 *	topic that the subscriber does not receive yet
 * @extack: receives the reason of a failure
 *
 * The subscriber gets every message published after this returns, and no
 * message is missing between the replayed ones and these. A pattern applies
 * only to topics that the subscriber may read.
 *
 * Context: process, may sleep.
 * Return: 0, or -EEXIST if the subscriber has subscribed to the same pattern,
 * -EINVAL if it is ill-formed, -EACCES if it names a topic that the subscriber
 * may not read, -ENODATA or -EPERM if it names one that keeps no history or
 * does not allow to block, -EDQUOT if the quota of the subscriber's user is
 * exhausted, -ENOTCONN if its socket is closed meanwhile, -ENOMEM. On failure
 * nothing has changed.
 */
int kbus_subscribe(struct kbus_subscriber *sub, const char *pattern,
		   size_t len, u32 replay, struct netlink_ext_ack *extack)
{
	struct kbus_subscription *subscription;
	struct kbus_node *node;
	int err;

	lockdep_assert_held(&sub->changes);
	err = kbus_refuse_fault(extack, kbus_pattern_fault(pattern, len));
	if (err)
		return err;
	node = kbus_node_get(&sub->kn->tree, pattern, len);
	if (!node)
		return -ENOMEM;
	if (kbus_subscription_find(sub, node))
		return kbus_refuse(extack, -EEXIST,
				   "this name or pattern is subscribed to already");
	err = check_access(node, sub, extack);
	if (!err)
		err = check_replay(node, replay, extack);
	if (!err)
		err = check_block(node, sub, extack);
	if (err)
		goto err_node;

	subscription = kbus_subscription_new(sub, node, pattern, len, extack);
	if (IS_ERR(subscription)) {
		err = PTR_ERR(subscription);
		goto err_node;
	}
	err = make_bindings(subscription, extack);
	if (err) {
		/* This drops the reference to the node, too. */
		kbus_subscription_end(subscription);
		settle_bindings(sub, cancel_binding, 0);
		return err;
	}
	kbus_subscription_commit(subscription);
	settle_bindings(sub, attach_binding, replay);
	kbus_sys_tell_subscription(sub, KBUS_SYS_SUBSCRIBED, pattern, len);
	return 0;

err_node:
	kbus_node_put(node);
	return err;
}

/**
 * kbus_unsubscribe() - end the subscription to a name or pattern
 * @sub: the subscriber; caller must hold kbus_net.lock, which is released at
 *	times, and kbus_subscriber.changes
 * @pattern: the name or pattern, not necessarily terminated; checked here
 * @len: its length
 * @extack: receives the reason of a failure
 *
 * Messages published before are still handed over. Topics that another
 * subscription matches remain bound.
 *
 * Context: process.
 * Return: 0, or -EINVAL if the pattern is ill-formed, -ENOENT if there is no
 * such subscription.
 */
int kbus_unsubscribe(struct kbus_subscriber *sub, const char *pattern,
		     size_t len, struct netlink_ext_ack *extack)
{
	struct kbus_subscription *subscription = NULL;
	struct kbus_topic *topic;
	struct kbus_node *node;
	struct kbus_walk walk;
	int err;

	lockdep_assert_held(&sub->changes);
	err = kbus_refuse_fault(extack, kbus_pattern_fault(pattern, len));
	if (err)
		return err;
	node = kbus_node_find(&sub->kn->tree, pattern, len);
	if (node)
		subscription = kbus_subscription_find(sub, node);
	if (!subscription)
		return kbus_refuse(extack, -ENOENT,
				   "this name or pattern is not subscribed to");
	kbus_subscription_hold(subscription);
	kbus_subscription_end(subscription);
	subscription->leaving = true;
	for (topic = first_topic(&walk, sub->kn, subscription); topic;
	     topic = kbus_walk_next_topic(&walk))
		leave_topic(sub, topic);
	subscription->leaving = false;
	kbus_subscription_put(subscription);
	kbus_sys_tell_subscription(sub, KBUS_SYS_UNSUBSCRIBED, pattern, len);
	return 0;
}

/**
 * kbus_subscriptions_end() - end all of a subscriber's subscriptions
 * @sub: the subscriber; caller must hold kbus_net.lock, which is released at
 *	times, and kbus_subscriber.changes
 *
 * Context: process.
 */
void kbus_subscriptions_end(struct kbus_subscriber *sub)
{
	struct kbus_subscription *subscription;

	lockdep_assert_held(&sub->changes);
	while (!list_empty(&sub->subscriptions)) {
		subscription = list_first_entry(&sub->subscriptions,
						struct kbus_subscription,
						by_subscriber);
		kbus_subscription_end(subscription);
		kbus_net_pause(sub->kn);
	}
	/*
	 * No new bindings come now. A waiting binding may still be attached
	 * meanwhile.
	 */
	end_bindings(sub, &sub->coming);
	end_bindings(sub, &sub->bindings);
}
