/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What carries a topic's messages to a subscriber, see broker.h
 */
#ifndef _KBUS_BINDING_H
#define _KBUS_BINDING_H

#include "cursor.h"

#include <linux/list.h>
#include <linux/rhashtable-types.h>

struct kbus_access;
struct kbus_net;
struct kbus_subscriber;
struct kbus_topic;
struct kbus_user;
struct netlink_ext_ack;

struct kbus_binding_key {
	struct kbus_topic *topic;
	struct kbus_subscriber *subscriber;
};

/**
 * struct kbus_binding - what carries a topic's messages to a subscriber
 * @hash: in kbus_net.bindings until detached; kbus_net.lock
 * @key: from where to where; a reference to the topic is held, and the
 *	subscriber outlives the binding
 * @attached: it carries messages, or did; kbus_net.lock
 * @blocks: the subscriber may hold up the topic's publishers
 * @by_topic: in kbus_topic.bindings until detached; kbus_topic.lock; before, it may
 *	be in kbus_topic.coming; kbus_net.lock
 * @by_subscriber: in kbus_subscriber.bindings, or .detached;
 *	kbus_subscriber.lock; before, in kbus_subscriber.coming; kbus_net.lock
 * @cursor: how far it has come; kbus_subscriber.lock
 * @announced: the subscriber was told the topic's name; kbus_subscriber.lock
 * @detached: no more messages will come; kbus_subscriber.lock
 * @payer: who has it on the account while it is attached, or NULL; the topic or
 *	the subscriber holds it
 * @came: it has come with the topic, not at the subscriber's request
 * @carried: what it and its topic are charged for once it is detached, in bytes;
 *	kbus_subscriber.lock
 *
 * A detached binding stays until its last message and gap are handed over. If its
 * subscriber has too many of them it is forsaken, see remains.c: then it has no
 * topic any more.
 */
struct kbus_binding {
	struct rhash_head hash;
	struct kbus_binding_key key;
	bool attached;
	bool blocks;
	struct list_head by_topic;
	struct list_head by_subscriber;
	struct kbus_cursor cursor;
	bool announced;
	bool detached;
	bool came;
	u32 carried;
	struct kbus_user *payer;
};

static inline struct kbus_binding *
kbus_cursor_binding(struct kbus_cursor *cursor)
{
	return container_of(cursor, struct kbus_binding, cursor);
}

struct kbus_binding *kbus_binding_find(struct kbus_topic *topic,
				       struct kbus_subscriber *sub);
struct kbus_binding *kbus_binding_get(struct kbus_topic *topic,
				      struct kbus_subscriber *sub, bool came,
				      struct netlink_ext_ack *extack);
void kbus_binding_remove(struct kbus_binding *binding);
void kbus_binding_cancel(struct kbus_binding *binding);
void kbus_binding_settle(struct kbus_binding *binding);
void kbus_bindings_reap(struct kbus_subscriber *sub);
int kbus_bindings_init(struct kbus_net *kn);
void kbus_bindings_exit(struct kbus_net *kn);
int kbus_binding_init(void);
void kbus_binding_exit(void);

#endif /* _KBUS_BINDING_H */
