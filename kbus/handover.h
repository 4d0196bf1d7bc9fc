/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_HANDOVER_H
#define _KBUS_HANDOVER_H

#include <linux/types.h>

struct kbus_item;
struct kbus_subscriber;
struct sk_buff;

void kbus_handover_gap(struct kbus_subscriber *sub,
		       const struct kbus_item *item, struct sk_buff *skb,
		       u32 portid, u32 seq, int flags);
void kbus_handover_forsaken(struct kbus_subscriber *sub,
			    const struct kbus_item *item, struct sk_buff *skb,
			    u32 portid, u32 seq, int flags);
void kbus_handover_dead(struct kbus_subscriber *sub,
			const struct kbus_item *item);
void kbus_handover_end(struct kbus_subscriber *sub);
int kbus_handover_enter(struct kbus_subscriber *sub);
void kbus_handover_leave(struct kbus_subscriber *sub);
void kbus_handover_again(struct kbus_subscriber *sub);

#endif /* _KBUS_HANDOVER_H */
