/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_ROOM_H
#define _KBUS_ROOM_H

#include <linux/types.h>

struct kbus_subscriber;
struct kbus_topic;
struct sk_buff;

/**
 * struct kbus_blocker - why a publisher waits
 * @subscriber: who has no room; a reference is held
 * @vacancies: kbus_subscriber.vacancies when it had none
 */
struct kbus_blocker {
	struct kbus_subscriber *subscriber;
	u32 vacancies;
};

bool kbus_room_reserve(struct kbus_topic *topic, struct sk_buff *skb,
		       struct kbus_blocker *blocker);
int kbus_room_wait(struct kbus_blocker *blocker, u64 end);

#endif /* _KBUS_ROOM_H */
