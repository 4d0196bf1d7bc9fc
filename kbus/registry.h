/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_REGISTRY_H
#define _KBUS_REGISTRY_H

#include <linux/types.h>

struct kbus_net;
struct kbus_topic;
struct kbus_topic_plan;
struct netlink_ext_ack;

void kbus_topic_unclaim(struct kbus_topic *topic);
struct kbus_topic *kbus_topic_claim(struct kbus_net *kn, const char *text,
				    size_t len, bool killable,
				    struct netlink_ext_ack *extack);
struct kbus_topic *kbus_topic_claim_id(struct kbus_net *kn, u32 id,
				       struct netlink_ext_ack *extack);
struct kbus_topic *kbus_topic_new(struct kbus_net *kn,
				  const struct kbus_topic_plan *plan,
				  struct netlink_ext_ack *extack);
void kbus_topic_delete(struct kbus_topic *topic);
struct kbus_topic *kbus_topic_get(struct kbus_net *kn, u32 id);
int kbus_registry_init(struct kbus_net *kn);
void kbus_registry_exit(struct kbus_net *kn);

#endif /* _KBUS_REGISTRY_H */
