/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bindings carry a topic's messages to a subscriber, see broker.h
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
 * struct kbus_binding - carries one topic's messages to one subscriber
 * @hash: in kbus_net.bindings until detached; kbus_net.lock
 * @key: the topic, to which a reference is held, and the subscriber, which
 *	outlives the binding
 * @attached: it carries messages, or has carried some; kbus_net.lock
 * @blocks: the subscriber may block the topic's publishers
 * @by_topic: once attached, in kbus_topic.bindings until detached;
 *	kbus_topic.lock. Before that, it may be in kbus_topic.coming;
 *	kbus_net.lock
 * @by_subscriber: once attached, in kbus_subscriber.bindings or .detached;
 *	kbus_subscriber.lock. Before that, in kbus_subscriber.coming;
 *	kbus_net.lock
 * @cursor: how far it has come; kbus_subscriber.lock
 * @announced: the subscriber has received the topic's name;
 *	kbus_subscriber.lock
 * @detached: it will carry no more messages; kbus_subscriber.lock
 * @came: it came about with the topic, not at the request of the subscriber's
 *	user
 * @carried: bytes charged for it and its topic after it was detached;
 *	kbus_subscriber.lock
 * @payer: account that is charged for it while it is in kbus_net.bindings, or
 *	NULL; the topic or the subscriber holds the reference
 *
 * A detached binding stays until its last message and gap are handed over. If
 * its subscriber has too many detached bindings, it is forsaken, see remains.c.
 * A forsaken binding no longer has a topic.
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
