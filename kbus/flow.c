// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flows: what carries one topic's messages to one subscriber
 */
#include "broker.h"
#include "carry.h"
#include "cursor.h"
#include "flow.h"
#include "quota.h"
#include "remains.h"
#include "subscriber.h"
#include "topic.h"

#include <linux/slab.h>

static const struct rhashtable_params flow_params = {
	.head_offset = offsetof(struct kbus_flow, hash),
	.key_offset = offsetof(struct kbus_flow, key),
	.key_len = sizeof_field(struct kbus_flow, key),
	.automatic_shrinking = true,
};

static struct kmem_cache *flow_cache;

/* At the request of its subscriber's user, who can be refused. */
static const struct kbus_bill asked_bill = { .of = {
	[KBUS_FLOWS] = 1,
	[KBUS_MEMORY] = sizeof(struct kbus_flow),
} };

/*
 * Because a topic's maker made it, or opened it. To whom it comes is not the
 * maker's doing: it is refused for what all users have together alone.
 */
static const struct kbus_bill came_bill = { .of = {
	[KBUS_AUDIENCE] = 1,
} };

static int flow_charge(struct kbus_flow *flow, struct netlink_ext_ack *extack)
{
	static const struct kbus_bill none;

	if (!flow->came)
		return kbus_charge(flow->payer, &asked_bill, extack);
	return kbus_charge_shared(flow->payer, &came_bill, &none, extack);
}

static void flow_uncharge(struct kbus_flow *flow)
{
	kbus_uncharge(flow->payer, flow->came ? &came_bill : &asked_bill);
}

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
 * @came: it comes about because the topic was made or changed, not because the
 *	subscriber's user asked for it
 * @extack: for the reason of a failure
 *
 * A new one is in kbus_subscriber.coming until it is attached or taken back.
 *
 * Context: process, may sleep.
 * Return: the flow, for kbus_flow_attach() or kbus_flow_end(); or -EDQUOT if
 * the user who makes it come about has too many, -ENOMEM.
 */
struct kbus_flow *kbus_flow_get(struct kbus_topic *topic,
				struct kbus_subscriber *sub, bool came,
				struct netlink_ext_ack *extack)
{
	struct kbus_flow *flow = kbus_flow_find(topic, sub);
	int err;

	if (flow)
		return flow;
	flow = kmem_cache_zalloc(flow_cache, GFP_KERNEL_ACCOUNT);
	if (!flow)
		return ERR_PTR(-ENOMEM);
	flow->key.topic = topic;
	flow->key.subscriber = sub;
	INIT_LIST_HEAD(&flow->by_topic);
	INIT_LIST_HEAD(&flow->cursor.by_age);
	flow->came = came;
	flow->payer = came ? topic->user : sub->user;
	err = flow_charge(flow, extack);
	if (err)
		goto err_flow;
	err = rhashtable_insert_fast(&topic->kn->flows, &flow->hash,
				     flow_params);
	if (err)
		goto err_charge;
	refcount_inc(&topic->refs);
	list_add_tail(&flow->by_subscriber, &sub->coming);
	return flow;

err_charge:
	err = -ENOMEM;
	flow_uncharge(flow);
err_flow:
	kmem_cache_free(flow_cache, flow);
	return ERR_PTR(err);
}

static void flow_free(struct kbus_flow *flow)
{
	list_del(&flow->cursor.by_age);
	kbus_carry_end(flow);
	if (flow->key.topic)
		kbus_topic_put(flow->key.topic);
	kmem_cache_free(flow_cache, flow);
}

/**
 * kbus_flow_remove() - remove a flow from kbus_net.flows
 * @flow: the flow; caller must hold kbus_net.lock
 *
 * Its payer's account no longer bears it.
 *
 * Context: process.
 */
void kbus_flow_remove(struct kbus_flow *flow)
{
	struct kbus_net *kn = flow->key.topic->kn;

	lockdep_assert_held(&kn->lock);
	rhashtable_remove_fast(&kn->flows, &flow->hash, flow_params);
	flow_uncharge(flow);
}

/**
 * kbus_flow_cancel() - take back a flow that carries nothing
 * @flow: the flow; caller must hold kbus_net.lock
 *
 * Context: process.
 */
void kbus_flow_cancel(struct kbus_flow *flow)
{
	kbus_flow_remove(flow);
	list_del(&flow->by_topic);
	list_del(&flow->by_subscriber);
	flow_free(flow);
}

/**
 * kbus_flow_settle() - free a flow that has nothing left to do
 * @flow: the flow; caller must hold kbus_subscriber.lock
 *
 * And others that were forsaken, once nothing is left of them.
 *
 * Context: any but hard interrupt.
 */
void kbus_flow_settle(struct kbus_flow *flow)
{
	struct kbus_subscriber *sub = flow->key.subscriber;

	lockdep_assert_held(&sub->lock);
	if (flow->detached && !flow->cursor.queued &&
	    kbus_cursor_settled(&flow->cursor)) {
		list_del(&flow->by_subscriber);
		flow_free(flow);
	}
	kbus_flows_reap(sub);
}

/**
 * kbus_flows_reap() - free flows that were forsaken, and of which nothing is left
 * @sub: their subscriber; caller must hold kbus_subscriber.lock
 *
 * Context: any but hard interrupt.
 */
void kbus_flows_reap(struct kbus_subscriber *sub)
{
	struct kbus_cursor *cursor;
	struct kbus_flow *flow;

	lockdep_assert_held(&sub->lock);
	while ((cursor = kbus_backlog_spent(&sub->backlog))) {
		flow = kbus_cursor_flow(cursor);
		list_del(&flow->by_subscriber);
		flow_free(flow);
	}
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

int __init kbus_flow_init(void)
{
	flow_cache = KMEM_CACHE(kbus_flow, 0);
	return flow_cache ? 0 : -ENOMEM;
}

void kbus_flow_exit(void)
{
	kmem_cache_destroy(flow_cache);
}
