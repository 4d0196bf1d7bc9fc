/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_PUBLISH_H
#define _KBUS_PUBLISH_H

#include <linux/types.h>

struct kbus_backpressure;
struct kbus_fanout;
struct kbus_sender;
struct kbus_topic;
struct sk_buff;

int kbus_publish_skb(struct kbus_topic *topic, struct sk_buff *skb,
		     const struct kbus_sender *sender,
		     struct kbus_fanout *fanout,
		     struct kbus_backpressure *pressure);
int kbus_publish_now(struct kbus_topic *topic, struct sk_buff *skb);
int kbus_publish_deferred(struct kbus_topic *topic, struct sk_buff *skb);

#endif /* _KBUS_PUBLISH_H */
