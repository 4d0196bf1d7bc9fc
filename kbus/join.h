/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_JOIN_H
#define _KBUS_JOIN_H

#include <linux/types.h>

struct kbus_group;
struct kbus_user;

void kbus_joins_end(struct kbus_group *group);
void kbus_join_end(struct kbus_group *group, const struct kbus_user *user);
int kbus_join_begin(struct kbus_group *group, struct kbus_user *user);

#endif /* _KBUS_JOIN_H */
