/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_TOPIC_H
#define _KBUS_TOPIC_H

#include "access.h"

struct kbus_net;
struct kbus_sender;
struct kbus_topic;
struct kbus_topic_options;
struct netlink_ext_ack;

/**
 * struct kbus_topic_plan - the properties of a topic to be created
 * @name: its name, not necessarily terminated
 * @name_len: the name's length
 * @options: type, history and other options
 * @access: the topic's owner, group and mode
 * @creator: the sender of the request
 * @broker: the broker creates it for itself
 */
struct kbus_topic_plan {
	const char *name;
	size_t name_len;
	const struct kbus_topic_options *options;
	struct kbus_access access;
	const struct kbus_sender *creator;
	bool broker;
};

size_t kbus_topic_size(const struct kbus_topic *topic);
int kbus_topic_options_check(const struct kbus_net *kn,
			     const struct kbus_topic_options *options,
			     bool kernel, struct netlink_ext_ack *extack);
int kbus_topic_agrees(const struct kbus_topic *topic,
		      const struct kbus_topic_options *options);
struct kbus_topic *kbus_topic_alloc(struct kbus_net *kn,
				    const struct kbus_topic_plan *plan);
int kbus_topic_charge(struct kbus_topic *topic,
		      const struct kbus_topic_plan *plan,
		      struct netlink_ext_ack *extack);
void kbus_topic_uncharge(struct kbus_topic *topic);
void kbus_topic_put(struct kbus_topic *topic);

#endif /* _KBUS_TOPIC_H */
