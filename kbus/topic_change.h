/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_TOPIC_CHANGE_H
#define _KBUS_TOPIC_CHANGE_H

#include <linux/types.h>

struct kbus_access;
struct kbus_topic;
struct netlink_ext_ack;

int kbus_topic_change(struct kbus_topic *topic,
		      const struct kbus_access *access,
		      struct netlink_ext_ack *extack);

#endif /* _KBUS_TOPIC_CHANGE_H */
