/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_SYS_H
#define _KBUS_SYS_H

#include "broker.h"
#include "topic_name.h"

struct kbus_subscriber;

/* kbus.v1.TopicEvent.Action */
enum kbus_sys_topic_action {
	KBUS_SYS_CREATED = 1,
	KBUS_SYS_CHANGED = 2,
	KBUS_SYS_DELETED = 3,
};

/* kbus.v1.SubscriberEvent.Action */
enum kbus_sys_subscriber_action {
	KBUS_SYS_REGISTERED = 1,
	KBUS_SYS_SUBSCRIBED = 2,
	KBUS_SYS_UNSUBSCRIBED = 3,
	KBUS_SYS_ENDED = 4,
};

/* Whether a topic is one on which only the broker publishes. */
static inline bool kbus_topic_is_brokers(const struct kbus_topic *topic)
{
	return kbus_topic_name_owner(topic->name, topic->name_len) ==
	       KBUS_NAME_OF_BROKER;
}

void kbus_sys_tell_topic(struct kbus_topic *topic,
			 enum kbus_sys_topic_action action);
void kbus_sys_tell_subscription(struct kbus_subscriber *sub,
				enum kbus_sys_subscriber_action action,
				const char *pattern, size_t len);
void kbus_sys_tell_subscriber(struct kbus_subscriber *sub,
			      enum kbus_sys_subscriber_action action);

#endif /* _KBUS_SYS_H */
