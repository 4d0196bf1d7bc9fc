/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_RECEIVERS_H
#define _KBUS_RECEIVERS_H

#include "broker.h"
#include "has_receivers.h"

struct kbus_access;
struct kbus_binding;
struct netlink_ext_ack;

void kbus_topic_lock_settled(struct kbus_topic *topic);
void kbus_topic_unlock_settled(struct kbus_topic *topic);
void kbus_binding_attach(struct kbus_binding *binding, u32 replay);
void kbus_binding_end(struct kbus_binding *binding);
int kbus_receivers_find(struct kbus_topic *topic,
			const struct kbus_access *access,
			struct netlink_ext_ack *extack);
void kbus_receivers_attach(struct kbus_topic *topic);
void kbus_receivers_detach_unreadable(struct kbus_topic *topic);
void kbus_receivers_detach(struct kbus_topic *topic);

/* Caller must hold kbus_topic.lock. */
static inline void kbus_topic_receivers_add(struct kbus_topic *topic, int count)
{
	lockdep_assert_held(&topic->lock);
	WRITE_ONCE(topic->receivers.count, topic->receivers.count + count);
	kbus_has_receivers_show(topic);
}

#endif /* _KBUS_RECEIVERS_H */
