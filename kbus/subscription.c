// SPDX-License-Identifier: GPL-2.0-only
/*
 * Subscriptions, and the flows that serve them while there is a topic
 */
#include "broker.h"

#include <linux/slab.h>

/**
 * kbus_flow_settle() - free a flow that has nothing left to do
 * @flow: the flow; caller must hold kbus_subscriber.lock
 *
 * Context: any but hard interrupt.
 */
void kbus_flow_settle(struct kbus_flow *flow)
{
	lockdep_assert_held(&flow->subscriber->lock);
	if (!flow->detached || flow->track.queued ||
	    !kbus_track_settled(&flow->track))
		return;
	list_del(&flow->by_subscriber);
	kbus_topic_put(flow->topic);
	kfree(flow);
}

static int flow_attach(struct kbus_subscription *subscription,
		       struct kbus_topic *topic)
{
	struct kbus_subscriber *sub = subscription->key.subscriber;
	struct kbus_flow *flow;

	lockdep_assert_held(&topic->kn->lock);
	flow = kzalloc(sizeof(*flow), GFP_KERNEL_ACCOUNT);
	if (!flow)
		return -ENOMEM;
	flow->topic = topic;
	flow->subscriber = sub;
	refcount_inc(&topic->refs);

	spin_lock_bh(&topic->lock);
	spin_lock(&sub->lock);
	kbus_track_init(&flow->track, topic->seq + 1);
	list_add_tail(&flow->by_subscriber, &sub->flows);
	list_add_tail(&flow->by_topic, &topic->flows);
	topic->subscribers++;
	spin_unlock(&sub->lock);
	spin_unlock_bh(&topic->lock);

	subscription->flow = flow;
	return 0;
}

static void flow_detach(struct kbus_subscription *subscription)
{
	struct kbus_flow *flow = subscription->flow;
	struct kbus_topic *topic = flow->topic;
	struct kbus_subscriber *sub = flow->subscriber;

	lockdep_assert_held(&topic->kn->lock);
	subscription->flow = NULL;

	/* The flow's reference to the topic may be the last. */
	refcount_inc(&topic->refs);
	spin_lock_bh(&topic->lock);
	spin_lock(&sub->lock);
	list_del(&flow->by_topic);
	topic->subscribers--;
	flow->detached = true;
	kbus_flow_settle(flow);
	spin_unlock(&sub->lock);
	spin_unlock_bh(&topic->lock);
	kbus_topic_put(topic);
}

/**
 * kbus_topic_attach() - give a new topic to those who wait for its name
 * @topic: the topic; caller must hold kbus_net.lock
 * @name: its name
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOMEM and nobody is attached.
 */
int kbus_topic_attach(struct kbus_topic *topic, struct kbus_name *name)
{
	struct kbus_subscription *subscription;
	int err;

	list_for_each_entry(subscription, &name->subscriptions, by_name) {
		err = flow_attach(subscription, topic);
		if (err)
			goto err_detach;
	}
	return 0;

err_detach:
	list_for_each_entry_continue_reverse(subscription,
					     &name->subscriptions, by_name)
		flow_detach(subscription);
	return err;
}

/**
 * kbus_topic_detach() - take a topic from its subscribers, for good
 * @topic: the topic; caller must hold kbus_net.lock
 * @name: its name
 *
 * Context: process.
 */
void kbus_topic_detach(struct kbus_topic *topic, struct kbus_name *name)
{
	struct kbus_subscription *subscription;

	spin_lock_bh(&topic->lock);
	topic->deleted = true;
	spin_unlock_bh(&topic->lock);
	list_for_each_entry(subscription, &name->subscriptions, by_name)
		flow_detach(subscription);
}

static const struct rhashtable_params subscription_params = {
	.head_offset = offsetof(struct kbus_subscription, node),
	.key_offset = offsetof(struct kbus_subscription, key),
	.key_len = sizeof_field(struct kbus_subscription, key),
	.automatic_shrinking = true,
};

static struct kbus_subscription *
subscription_find(struct kbus_subscriber *sub, struct kbus_name *name)
{
	struct kbus_subscription_key key = { .name = name, .subscriber = sub };

	lockdep_assert_held(&sub->kn->lock);
	return rhashtable_lookup_fast(&sub->kn->subscriptions, &key,
				      subscription_params);
}

/**
 * kbus_subscribe() - subscribe to a name
 * @sub: the subscriber; caller must hold kbus_net.lock
 * @text: the name, not necessarily terminated; checked here
 * @len: its length
 * @extack: for the reason of a failure
 *
 * Every message published after this returns will come.
 *
 * Context: process, may sleep.
 * Return: 0, or -EEXIST if it has subscribed to this name, -EINVAL if the
 * name is ill-formed, -ENOMEM; then nothing has changed.
 */
int kbus_subscribe(struct kbus_subscriber *sub, const char *text, size_t len,
		   struct netlink_ext_ack *extack)
{
	struct kbus_subscription *subscription;
	struct kbus_name *name;
	int err;

	name = kbus_name_get(sub->kn, text, len, extack);
	if (IS_ERR(name))
		return PTR_ERR(name);
	if (subscription_find(sub, name))
		return kbus_refuse(extack, -EEXIST,
				   "this name is subscribed to already");

	err = -ENOMEM;
	subscription = kzalloc(sizeof(*subscription), GFP_KERNEL_ACCOUNT);
	if (!subscription)
		goto err_name;
	subscription->key.name = name;
	subscription->key.subscriber = sub;
	err = rhashtable_insert_fast(&sub->kn->subscriptions,
				     &subscription->node, subscription_params);
	if (err)
		goto err_subscription;
	if (name->topic) {
		err = flow_attach(subscription, name->topic);
		if (err)
			goto err_table;
	}
	list_add_tail(&subscription->by_name, &name->subscriptions);
	list_add_tail(&subscription->by_subscriber, &sub->subscriptions);
	sub->subscription_count++;
	return 0;

err_table:
	rhashtable_remove_fast(&sub->kn->subscriptions, &subscription->node,
			       subscription_params);
err_subscription:
	kfree(subscription);
err_name:
	kbus_name_put(sub->kn, name);
	return err;
}

/**
 * kbus_unsubscribe() - end the subscription to a name
 * @sub: the subscriber; caller must hold kbus_net.lock
 * @text: the name, not necessarily terminated
 * @len: its length
 * @extack: for the reason of a failure
 *
 * What was published before is still handed over.
 *
 * Context: process.
 * Return: 0, or -ENOENT if there is no such subscription.
 */
int kbus_unsubscribe(struct kbus_subscriber *sub, const char *text, size_t len,
		     struct netlink_ext_ack *extack)
{
	struct kbus_subscription *subscription = NULL;
	struct kbus_name *name;

	name = kbus_name_find(sub->kn, text, len);
	if (name)
		subscription = subscription_find(sub, name);
	if (!subscription)
		return kbus_refuse(extack, -ENOENT,
				   "this name is not subscribed to");
	kbus_subscription_free(subscription);
	return 0;
}

/**
 * kbus_subscription_free() - end a subscription
 * @subscription: the subscription; caller must hold kbus_net.lock
 *
 * Context: process.
 */
void kbus_subscription_free(struct kbus_subscription *subscription)
{
	struct kbus_subscriber *sub = subscription->key.subscriber;

	if (subscription->flow)
		flow_detach(subscription);
	list_del(&subscription->by_name);
	list_del(&subscription->by_subscriber);
	sub->subscription_count--;
	rhashtable_remove_fast(&sub->kn->subscriptions, &subscription->node,
			       subscription_params);
	kbus_name_put(sub->kn, subscription->key.name);
	kfree(subscription);
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
