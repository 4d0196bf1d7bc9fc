// SPDX-License-Identifier: GPL-2.0-only
/*
 * Subscriptions: names and patterns that subscribers want to receive
 */
#include "broker.h"
#include "quota.h"
#include "subscriber.h"
#include "subscription.h"
#include "tree.h"

#include <linux/slab.h>

static const struct rhashtable_params subscription_params = {
	.head_offset = offsetof(struct kbus_subscription, hash),
	.key_offset = offsetof(struct kbus_subscription, key),
	.key_len = sizeof_field(struct kbus_subscription, key),
	.automatic_shrinking = true,
};

/**
 * kbus_subscription_find() - find a subscription
 * @sub: the subscriber; caller must hold kbus_net.lock
 * @node: the node of its name or pattern
 *
 * Context: process.
 * Return: the subscription, or NULL.
 */
struct kbus_subscription *
kbus_subscription_find(struct kbus_subscriber *sub,
		       struct kbus_node *node)
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

/**
 * kbus_subscription_new() - add a subscription, which can still fail
 * @sub: the subscriber; caller must hold kbus_net.lock
 * @node: the node of its name or pattern
 * @pattern: the name or pattern, well-formed, not necessarily terminated
 * @len: its length
 * @extack: receives the reason of a failure
 *
 * Context: process, may sleep.
 * Return: the subscription, for kbus_subscription_commit() or
 * kbus_subscription_end(); or -EDQUOT if the subscriber's user has too many,
 * -ENOMEM.
 */
struct kbus_subscription *
kbus_subscription_new(struct kbus_subscriber *sub, struct kbus_node *node,
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
	INIT_LIST_HEAD(&subscription->by_subscriber);
	/*
	 * A walk of the list that is under way does not reach entries added
	 * here.
	 */
	list_add(&subscription->by_node, &node->subscriptions);
	subscription->pending = true;
	return subscription;

err_charge:
	kbus_uncharge(sub->user, &bill);
err_subscription:
	kfree(subscription);
	return ERR_PTR(err);
}

/**
 * kbus_subscription_hold() - keep a subscription and its place at its node
 * @subscription: the subscription; caller must hold kbus_net.lock
 *
 * Context: process.
 */
void kbus_subscription_hold(struct kbus_subscription *subscription)
{
	subscription->holds++;
}

static void subscription_settle(struct kbus_subscription *subscription)
{
	if (!subscription->ended || subscription->holds)
		return;
	list_del(&subscription->by_node);
	kbus_node_put(subscription->key.node);
	kfree(subscription);
}

/**
 * kbus_subscription_put() - undo kbus_subscription_hold()
 * @subscription: the subscription; caller must hold kbus_net.lock
 *
 * Context: process.
 */
void kbus_subscription_put(struct kbus_subscription *subscription)
{
	subscription->holds--;
	subscription_settle(subscription);
}

/**
 * kbus_subscription_commit() - make a subscription final
 * @subscription: the subscription; caller must hold kbus_net.lock
 *
 * Context: process.
 */
void kbus_subscription_commit(struct kbus_subscription *subscription)
{
	struct kbus_subscriber *sub = subscription->key.subscriber;

	subscription->pending = false;
	list_add_tail(&subscription->by_subscriber, &sub->subscriptions);
	sub->subscription_count++;
}

/**
 * kbus_subscription_end() - end a subscription
 * @subscription: the subscription, freed unless it is held; caller must hold
 *	kbus_net.lock
 *
 * Context: process.
 */
void kbus_subscription_end(struct kbus_subscription *subscription)
{
	const struct kbus_bill bill = subscription_bill(subscription);
	struct kbus_subscriber *sub = subscription->key.subscriber;

	list_del(&subscription->by_subscriber);
	sub->subscription_count -= !subscription->pending;
	rhashtable_remove_fast(&sub->kn->subscriptions, &subscription->hash,
			       subscription_params);
	kbus_uncharge(sub->user, &bill);
	subscription->ended = true;
	subscription_settle(subscription);
}

int kbus_subscriptions_init(struct kbus_net *kn)
{
	return rhashtable_init(&kn->subscriptions, &subscription_params);
}

/* All subscribers must be gone, and with them all subscriptions. */
void kbus_subscriptions_exit(struct kbus_net *kn)
{
	rhashtable_destroy(&kn->subscriptions);
}
