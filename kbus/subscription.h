/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_SUBSCRIPTION_H
#define _KBUS_SUBSCRIPTION_H

#include <linux/list.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>

struct kbus_net;
struct kbus_node;
struct kbus_subscriber;
struct netlink_ext_ack;

struct kbus_subscription_key {
	struct kbus_node *node;
	struct kbus_subscriber *subscriber;
};

/**
 * struct kbus_subscription - a subscriber's subscription to a name or pattern
 * @hash: in kbus_net.subscriptions
 * @key: the node and the subscriber
 * @by_node: in kbus_node.subscriptions
 * @by_subscriber: in kbus_subscriber.subscriptions, unless @pending
 * @pending: it can still fail, and no messages come yet
 * @ended: it no longer applies, and @key.subscriber may be freed
 * @leaving: it has ended, and its bindings are being looked for; the subscriber
 *	still exists
 * @holds: number of references besides the subscriber's
 * @len: length of @pattern
 * @pattern: the name or pattern, terminated
 *
 * Protected by kbus_net.lock.
 */
struct kbus_subscription {
	struct rhash_head hash;
	struct kbus_subscription_key key;
	struct list_head by_node;
	struct list_head by_subscriber;
	bool pending;
	bool ended;
	bool leaving;
	unsigned int holds;
	u8 len;
	char pattern[];
};

struct kbus_subscription *
kbus_subscription_find(struct kbus_subscriber *sub,
		       struct kbus_node *node);
struct kbus_subscription *
kbus_subscription_new(struct kbus_subscriber *sub, struct kbus_node *node,
		      const char *pattern, size_t len,
		      struct netlink_ext_ack *extack);
void kbus_subscription_hold(struct kbus_subscription *subscription);
void kbus_subscription_put(struct kbus_subscription *subscription);
void kbus_subscription_commit(struct kbus_subscription *subscription);
void kbus_subscription_end(struct kbus_subscription *subscription);
int kbus_subscriptions_init(struct kbus_net *kn);
void kbus_subscriptions_exit(struct kbus_net *kn);

#endif /* _KBUS_SUBSCRIPTION_H */
