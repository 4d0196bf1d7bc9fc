// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bindings: each carries one topic's messages to one subscriber
 */
#include "binding.h"
#include "broker.h"
#include "carry.h"
#include "cursor.h"
#include "quota.h"
#include "remains.h"
#include "subscriber.h"
#include "topic.h"

#include <linux/slab.h>

static const struct rhashtable_params binding_params = {
	.head_offset = offsetof(struct kbus_binding, hash),
	.key_offset = offsetof(struct kbus_binding, key),
	.key_len = sizeof_field(struct kbus_binding, key),
	.automatic_shrinking = true,
};

static struct kmem_cache *binding_cache;

/* For bindings that the subscriber's user asks for; the user can be refused. */
static const struct kbus_bill
	asked_bill = { .of = {
			       [KBUS_BINDINGS] = 1,
			       [KBUS_MEMORY] = sizeof(struct kbus_binding),
		       } };

/*
 * For bindings that come about because a topic is created or opened to more
 * readers. The topic's creator does not choose the receivers, so only the limit
 * on what all users have together can refuse them.
 */
static const struct kbus_bill came_bill = { .of = {
						    [KBUS_RECEIVERS] = 1,
					    } };

static int binding_charge(struct kbus_binding *binding,
			  struct netlink_ext_ack *extack)
{
	static const struct kbus_bill none;

	if (!binding->came)
		return kbus_charge(binding->payer, &asked_bill, extack);
	return kbus_charge_shared(binding->payer, &came_bill, &none, extack);
}

static void binding_uncharge(struct kbus_binding *binding)
{
	kbus_uncharge(binding->payer, binding->came ? &came_bill : &asked_bill);
}

/**
 * kbus_binding_find() - find a binding
 * @topic: the topic; caller must hold kbus_net.lock
 * @sub: the subscriber
 *
 * Context: process.
 * Return: the binding, or NULL.
 */
struct kbus_binding *kbus_binding_find(struct kbus_topic *topic,
				       struct kbus_subscriber *sub)
{
	struct kbus_binding_key key = { .topic = topic, .subscriber = sub };

	lockdep_assert_held(&topic->kn->lock);
	return rhashtable_lookup_fast(&topic->kn->bindings, &key,
				      binding_params);
}

/**
 * kbus_binding_get() - find a binding, or make one that carries nothing yet
 * @topic: the topic; caller must hold kbus_net.lock
 * @sub: the subscriber
 * @came: a new binding comes about because the topic was created or changed,
 *	not because the subscriber's user asked for it
 * @extack: receives the reason for a failure
 *
 * A new binding is in kbus_subscriber.coming until it is attached or cancelled.
 *
 * Context: process, may sleep.
 * Return: the binding, for kbus_binding_attach() or kbus_binding_end(); or
 * -EDQUOT if the limits of the payer or of all users allow no other one,
 * -ENOMEM.
 */
struct kbus_binding *kbus_binding_get(struct kbus_topic *topic,
				      struct kbus_subscriber *sub, bool came,
				      struct netlink_ext_ack *extack)
{
	struct kbus_binding *binding = kbus_binding_find(topic, sub);
	int err;

	if (binding)
		return binding;
	binding = kmem_cache_zalloc(binding_cache, GFP_KERNEL_ACCOUNT);
	if (!binding)
		return ERR_PTR(-ENOMEM);
	binding->key.topic = topic;
	binding->key.subscriber = sub;
	INIT_LIST_HEAD(&binding->by_topic);
	INIT_LIST_HEAD(&binding->cursor.by_age);
	binding->came = came;
	binding->payer = came ? topic->user : sub->user;
	err = binding_charge(binding, extack);
	if (err)
		goto err_binding;
	err = rhashtable_insert_fast(&topic->kn->bindings, &binding->hash,
				     binding_params);
	if (err)
		goto err_charge;
	refcount_inc(&topic->refs);
	list_add_tail(&binding->by_subscriber, &sub->coming);
	return binding;

err_charge:
	err = -ENOMEM;
	binding_uncharge(binding);
err_binding:
	kmem_cache_free(binding_cache, binding);
	return ERR_PTR(err);
}

static void binding_free(struct kbus_binding *binding)
{
	list_del(&binding->cursor.by_age);
	kbus_carry_end(binding);
	if (binding->key.topic)
		kbus_topic_put(binding->key.topic);
	kmem_cache_free(binding_cache, binding);
}

/**
 * kbus_binding_remove() - remove a binding from kbus_net.bindings
 * @binding: the binding; caller must hold kbus_net.lock
 *
 * Its payer is no longer charged for it.
 *
 * Context: process.
 */
void kbus_binding_remove(struct kbus_binding *binding)
{
	struct kbus_net *kn = binding->key.topic->kn;

	lockdep_assert_held(&kn->lock);
	rhashtable_remove_fast(&kn->bindings, &binding->hash, binding_params);
	binding_uncharge(binding);
}

/**
 * kbus_binding_cancel() - remove and free a binding that carries nothing yet
 * @binding: the binding; caller must hold kbus_net.lock
 *
 * Context: process.
 */
void kbus_binding_cancel(struct kbus_binding *binding)
{
	kbus_binding_remove(binding);
	list_del(&binding->by_topic);
	list_del(&binding->by_subscriber);
	binding_free(binding);
}

/**
 * kbus_binding_settle() - free a binding that has nothing left to do
 * @binding: the binding; caller must hold kbus_subscriber.lock
 *
 * Also frees forsaken bindings that have no entries left.
 *
 * Context: any but hard interrupt.
 */
void kbus_binding_settle(struct kbus_binding *binding)
{
	struct kbus_subscriber *sub = binding->key.subscriber;

	lockdep_assert_held(&sub->lock);
	if (binding->detached && !binding->cursor.queued &&
	    kbus_cursor_settled(&binding->cursor)) {
		list_del(&binding->by_subscriber);
		binding_free(binding);
	}
	kbus_bindings_reap(sub);
}

/**
 * kbus_bindings_reap() - free forsaken bindings that have no entries left
 * @sub: their subscriber; caller must hold kbus_subscriber.lock
 *
 * Context: any but hard interrupt.
 */
void kbus_bindings_reap(struct kbus_subscriber *sub)
{
	struct kbus_cursor *cursor;
	struct kbus_binding *binding;

	lockdep_assert_held(&sub->lock);
	for (cursor = kbus_backlog_spent(&sub->backlog); cursor;
	     cursor = kbus_backlog_spent(&sub->backlog)) {
		binding = kbus_cursor_binding(cursor);
		list_del(&binding->by_subscriber);
		binding_free(binding);
	}
}

int kbus_bindings_init(struct kbus_net *kn)
{
	return rhashtable_init(&kn->bindings, &binding_params);
}

/* All subscribers are gone, and with them all bindings. */
void kbus_bindings_exit(struct kbus_net *kn)
{
	rhashtable_destroy(&kn->bindings);
}

int __init kbus_binding_init(void)
{
	binding_cache = KMEM_CACHE(kbus_binding, 0);
	return binding_cache ? 0 : -ENOMEM;
}

void kbus_binding_exit(void)
{
	kmem_cache_destroy(binding_cache);
}
