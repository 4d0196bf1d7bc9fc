/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_QUOTA_H
#define _KBUS_QUOTA_H

#include <linux/types.h>

struct cred;
struct kbus_user;
struct netlink_ext_ack;

/* Resources that are limited. */
enum kbus_resource {
	KBUS_TOPICS,
	KBUS_GROUPS,
	KBUS_SUBSCRIBERS,
	KBUS_SUBSCRIPTIONS,
	KBUS_LISTENERS,
	KBUS_BINDINGS,	/* bindings at the subscriber's request */
	KBUS_RECEIVERS, /* bindings that came with a topic */
	KBUS_BACKLOG_MESSAGES,
	KBUS_BACKLOG_BYTES,
	KBUS_HISTORY_BYTES,
	KBUS_MEMORY, /* bytes of all the others together */
	KBUS_RESOURCES,
};

/**
 * struct kbus_bill - amounts to charge
 * @of: amount of each resource
 */
struct kbus_bill {
	unsigned long of[KBUS_RESOURCES];
};

struct kbus_user *kbus_user_get(const struct cred *cred);
bool kbus_user_is_unlimited(const struct kbus_user *user);
void kbus_user_hold(struct kbus_user *user);
void kbus_user_put(struct kbus_user *user);
struct kbus_user *kbus_turn_begin(const struct cred *cred);
void kbus_turn_end(struct kbus_user *user);
int kbus_charge(struct kbus_user *user, const struct kbus_bill *bill,
		struct netlink_ext_ack *extack);
int kbus_charge_shared(struct kbus_user *user, const struct kbus_bill *bill,
		       const struct kbus_bill *has,
		       struct netlink_ext_ack *extack);
void kbus_share_begin(struct kbus_user *user);
void kbus_share_end(struct kbus_user *user);
void kbus_uncharge(struct kbus_user *user, const struct kbus_bill *bill);

#endif /* _KBUS_QUOTA_H */
