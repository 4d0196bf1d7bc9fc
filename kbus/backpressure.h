/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_BACKPRESSURE_H
#define _KBUS_BACKPRESSURE_H

#include <linux/types.h>

struct kbus_subscriber;
struct kbus_topic;
struct sk_buff;

/**
 * struct kbus_backpressure - the subscriber that a publisher waits for
 * @subscriber: the subscriber without room; a reference is held
 * @epoch: kbus_subscriber.pressure_epoch when the subscriber had no room
 */
struct kbus_backpressure {
	struct kbus_subscriber *subscriber;
	u32 epoch;
};

bool kbus_backpressure_reserve(struct kbus_topic *topic, struct sk_buff *skb,
			       struct kbus_backpressure *pressure);
int kbus_backpressure_wait(struct kbus_backpressure *pressure, u64 end);

#endif /* _KBUS_BACKPRESSURE_H */
