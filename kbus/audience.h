/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_AUDIENCE_H
#define _KBUS_AUDIENCE_H

#include "broker.h"

struct kbus_access;
struct kbus_binding;
struct netlink_ext_ack;

void kbus_topic_lock_settled(struct kbus_topic *topic);
void kbus_topic_unlock_settled(struct kbus_topic *topic);
void kbus_binding_attach(struct kbus_binding *binding, u32 replay);
void kbus_binding_end(struct kbus_binding *binding);
int kbus_audience_find(struct kbus_topic *topic,
		       const struct kbus_access *access,
		       struct netlink_ext_ack *extack);
void kbus_audience_attach(struct kbus_topic *topic);
void kbus_audience_detach_unreadable(struct kbus_topic *topic);
void kbus_audience_detach(struct kbus_topic *topic);

/* Caller must hold kbus_topic.lock. */
static inline void kbus_topic_audience_add(struct kbus_topic *topic, int count)
{
	lockdep_assert_held(&topic->lock);
	WRITE_ONCE(topic->audience.count, topic->audience.count + count);
}

#endif /* _KBUS_AUDIENCE_H */
