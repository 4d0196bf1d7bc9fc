// SPDX-License-Identifier: GPL-2.0-only
/*
 * Subscriptions: wishes for names and patterns, and the topics that meet them
 *
 * What each costs, for names and patterns of L levels:
 *
 *	publish			the topic's flows; patterns play no part
 *	subscribe, unsubscribe	L steps down the tree, or where the pattern has
 *				wildcards, the branches that they stand for;
 *				and a flow for each topic that matches
 *	create a topic		the ways that its name takes in the tree, up
 *				to 2^L but never more than there are nodes of
 *				patterns; and a flow for each subscriber that
 *				matches, without a look at the others
 *	delete a topic		its flows
 *	end a subscriber	its flows and subscriptions
 */
#include "broker.h"
#include "sys.h"

#include <linux/sched.h>
#include <linux/slab.h>

static const struct rhashtable_params subscription_params = {
	.head_offset = offsetof(struct kbus_subscription, hash),
	.key_offset = offsetof(struct kbus_subscription, key),
	.key_len = sizeof_field(struct kbus_subscription, key),
	.automatic_shrinking = true,
};

static struct kbus_subscription *
subscription_find(struct kbus_subscriber *sub, struct kbus_node *node)
{
	struct kbus_subscription_key key = { .node = node, .subscriber = sub };

	lockdep_assert_held(&sub->kn->lock);
	return rhashtable_lookup_fast(&sub->kn->subscriptions, &key,
				      subscription_params);
}

static struct kbus_bill
subscription_bill(const struct kbus_subscription *subscription)
{
	const size_t len = subscription->len;

	return (struct kbus_bill){ .of = {
		[KBUS_SUBSCRIPTIONS] = 1,
		[KBUS_MEMORY] = struct_size(subscription, pattern, len + 1) +
				kbus_name_memory(subscription->pattern, len),
	} };
}

static struct kbus_subscription *
subscription_new(struct kbus_subscriber *sub, struct kbus_node *node,
		 const char *pattern, size_t len,
		 struct netlink_ext_ack *extack)
{
	struct kbus_subscription *subscription;
	struct kbus_bill bill;
	int err = -ENOMEM;

	subscription = kzalloc(struct_size(subscription, pattern, len + 1),
			       GFP_KERNEL_ACCOUNT);
	if (!subscription)
		return ERR_PTR(err);
	subscription->key.node = node;
	subscription->key.subscriber = sub;
	subscription->len = len;
	memcpy(subscription->pattern, pattern, len);
	bill = subscription_bill(subscription);
	err = kbus_charge(sub->user, &bill, extack);
	if (err)
		goto err_subscription;
	err = rhashtable_insert_fast(&sub->kn->subscriptions,
				     &subscription->hash, subscription_params);
	if (err)
		goto err_charge;
	list_add_tail(&subscription->by_node, &node->subscriptions);
	list_add_tail(&subscription->by_subscriber, &sub->subscriptions);
	sub->subscription_count++;
	return subscription;

err_charge:
	kbus_uncharge(sub->user, &bill);
err_subscription:
	kfree(subscription);
	return ERR_PTR(err);
}

static void subscription_free(struct kbus_subscription *subscription)
{
	const struct kbus_bill bill = subscription_bill(subscription);
	struct kbus_subscriber *sub = subscription->key.subscriber;

	list_del(&subscription->by_node);
	list_del(&subscription->by_subscriber);
	sub->subscription_count--;
	rhashtable_remove_fast(&sub->kn->subscriptions, &subscription->hash,
			       subscription_params);
	kbus_uncharge(sub->user, &bill);
	kbus_node_put(subscription->key.node);
	kfree(subscription);
}

static void walk_flows(struct kbus_walk *walk,
		       const struct kbus_subscription *subscription)
{
	kbus_walk_topics(walk, &subscription->key.subscriber->kn->tree,
			 subscription->pattern, subscription->len);
}

/* There is none from what the subscriber may not read. */
static struct kbus_flow *next_flow(struct kbus_walk *walk,
				   const struct kbus_subscription *subscription)
{
	struct kbus_topic *topic;
	struct kbus_flow *flow;

	while ((topic = kbus_walk_next_topic(walk))) {
		flow = kbus_flow_find(topic, subscription->key.subscriber);
		if (flow)
			return flow;
	}
	return NULL;
}

/* All flows first, so that nothing has come if memory is short. */
static int make_flows(const struct kbus_subscription *subscription,
		      struct netlink_ext_ack *extack)
{
	struct kbus_subscriber *sub = subscription->key.subscriber;
	struct kbus_topic *topic;
	struct kbus_flow *flow;
	struct kbus_walk walk;

	walk_flows(&walk, subscription);
	while ((topic = kbus_walk_next_topic(&walk))) {
		if (!kbus_subscriber_may_read(sub, &topic->access))
			continue;
		flow = kbus_flow_get(topic, sub, false, extack);
		if (IS_ERR(flow))
			return PTR_ERR(flow);
	}
	return 0;
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
 * @sub: the subscriber; caller must hold kbus_net.lock
 * @pattern: it, not necessarily terminated; checked here
 * @len: its length
 * @replay: up to how many kept messages to begin with, of each topic that the
 *	subscriber does not receive yet
 * @extack: for the reason of a failure
 *
 * Every message published after this returns will come, and of those kept none
 * is missing between. A pattern covers what the subscriber may read.
 *
 * Context: process, may sleep.
 * Return: 0, or -EEXIST if it has subscribed to just this, -EINVAL if it is
 * ill-formed, -EACCES if it names a topic that may not be read, -ENODATA or
 * -EPERM if it names one that does not keep messages or does not allow to
 * block, -EDQUOT if the subscriber's user has too much, -ENOMEM; then nothing
 * has changed.
 */
int kbus_subscribe(struct kbus_subscriber *sub, const char *pattern,
		   size_t len, u32 replay, struct netlink_ext_ack *extack)
{
	struct kbus_subscription *subscription;
	struct kbus_node *node;
	struct kbus_flow *flow;
	struct kbus_walk walk;
	int err;

	err = kbus_refuse_fault(extack, kbus_pattern_fault(pattern, len));
	if (err)
		return err;
	node = kbus_node_get(&sub->kn->tree, pattern, len);
	if (!node)
		return -ENOMEM;
	if (subscription_find(sub, node))
		return kbus_refuse(extack, -EEXIST,
				   "this name or pattern is subscribed to already");
	err = check_access(node, sub, extack);
	if (!err)
		err = check_replay(node, replay, extack);
	if (!err)
		err = check_block(node, sub, extack);
	if (err)
		goto err_node;

	subscription = subscription_new(sub, node, pattern, len, extack);
	if (IS_ERR(subscription)) {
		err = PTR_ERR(subscription);
		goto err_node;
	}
	err = make_flows(subscription, extack);
	walk_flows(&walk, subscription);
	if (err)
		goto err_flows;
	while ((flow = next_flow(&walk, subscription))) {
		flow->matches++;
		kbus_flow_attach(flow, replay);
	}
	kbus_sys_tell_subscription(sub, KBUS_SYS_SUBSCRIBED, pattern, len);
	return 0;

err_flows:
	while ((flow = next_flow(&walk, subscription)))
		kbus_flow_cancel(flow);
	/* It gives back the node. */
	subscription_free(subscription);
	return err;

err_node:
	kbus_node_put(node);
	return err;
}

/**
 * kbus_unsubscribe() - end the subscription to a name or pattern
 * @sub: the subscriber; caller must hold kbus_net.lock
 * @pattern: it, not necessarily terminated; checked here
 * @len: its length
 * @extack: for the reason of a failure
 *
 * What was published before is still handed over. Topics that another
 * subscription matches stay.
 *
 * Context: process.
 * Return: 0, or -EINVAL if it is ill-formed, -ENOENT if there is no such
 * subscription.
 */
int kbus_unsubscribe(struct kbus_subscriber *sub, const char *pattern,
		     size_t len, struct netlink_ext_ack *extack)
{
	struct kbus_subscription *subscription = NULL;
	struct kbus_node *node;
	struct kbus_flow *flow;
	struct kbus_walk walk;
	int err;

	err = kbus_refuse_fault(extack, kbus_pattern_fault(pattern, len));
	if (err)
		return err;
	node = kbus_node_find(&sub->kn->tree, pattern, len);
	if (node)
		subscription = subscription_find(sub, node);
	if (!subscription)
		return kbus_refuse(extack, -ENOENT,
				   "this name or pattern is not subscribed to");
	walk_flows(&walk, subscription);
	while ((flow = next_flow(&walk, subscription)))
		kbus_flow_leave(flow);
	subscription_free(subscription);
	kbus_sys_tell_subscription(sub, KBUS_SYS_UNSUBSCRIBED, pattern, len);
	return 0;
}

/**
 * kbus_subscriptions_end() - end all of a subscriber's subscriptions
 * @sub: the subscriber; caller must hold kbus_net.lock
 *
 * Context: process.
 */
void kbus_subscriptions_end(struct kbus_subscriber *sub)
{
	struct kbus_subscription *subscription, *next;
	struct kbus_flow *flow, *next_flow;

	lockdep_assert_held(&sub->kn->lock);
	list_for_each_entry_safe(flow, next_flow, &sub->flows, by_subscriber) {
		kbus_flow_detach(flow);
		cond_resched();
	}
	list_for_each_entry_safe(subscription, next, &sub->subscriptions,
				 by_subscriber) {
		subscription_free(subscription);
		cond_resched();
	}
}

int kbus_subscriptions_init(struct kbus_net *kn)
{
	return rhashtable_init(&kn->subscriptions, &subscription_params);
}

/* All subscribers are gone, and with them all subscriptions. */
void kbus_subscriptions_exit(struct kbus_net *kn)
{
	rhashtable_destroy(&kn->subscriptions);
}
