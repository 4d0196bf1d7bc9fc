/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_DRAIN_H
#define _KBUS_DRAIN_H

#include <linux/types.h>

struct kbus_subscriber;
struct netlink_callback;
struct sk_buff;

bool kbus_drain_now(struct kbus_subscriber *sub, u32 bytes);
int kbus_drain_start(struct netlink_callback *cb);
int kbus_drain_chunk(struct sk_buff *skb, struct netlink_callback *cb);
int kbus_drain_done(struct netlink_callback *cb);

#endif /* _KBUS_DRAIN_H */
