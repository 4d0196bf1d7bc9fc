/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_LISTENERS_H
#define _KBUS_LISTENERS_H

#include <linux/types.h>

struct kbus_group;
struct sk_buff;

void kbus_listeners_add(struct kbus_group *group, struct sk_buff *skb);
void kbus_listeners_begin(struct kbus_group *group);
void kbus_listeners_end(struct kbus_group *group);
int kbus_listeners_init(void);
void kbus_listeners_exit(void);

#endif /* _KBUS_LISTENERS_H */
