/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_SUBSCRIBE_H
#define _KBUS_SUBSCRIBE_H

#include <linux/types.h>

struct kbus_subscriber;
struct netlink_ext_ack;

int kbus_subscribe(struct kbus_subscriber *sub, const char *pattern,
		   size_t len, u32 replay, struct netlink_ext_ack *extack);
int kbus_unsubscribe(struct kbus_subscriber *sub, const char *pattern,
		     size_t len, struct netlink_ext_ack *extack);
void kbus_subscriptions_end(struct kbus_subscriber *sub);

#endif /* _KBUS_SUBSCRIBE_H */
