/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_DELIVERY_H
#define _KBUS_DELIVERY_H

#include "fanout.h"

#include <uapi/linux/kbus.h>

struct kbus_binding;
struct pid;
struct sk_buff;

/**
 * enum kbus_loss - why a subscriber does not get a message, for kbus_drop
 * @KBUS_LOSS_SIZE: it is larger than the whole backlog
 * @KBUS_LOSS_MEMORY: there was no memory for an entry in the backlog
 * @KBUS_LOSS_OUTBOX: its kernel module said more than there was room for
 * @KBUS_LOSS_CLOSED: the subscriber is gone
 * @KBUS_LOSS_FORSAKEN: of a topic that the subscriber receives no more, of which
 *	it has too many
 *
 * The first are those of enum kbus_overflow: the backlog was full.
 */
enum kbus_loss {
	KBUS_LOSS_SIZE = __KBUS_OVERFLOW_MAX,
	KBUS_LOSS_MEMORY,
	KBUS_LOSS_OUTBOX,
	KBUS_LOSS_CLOSED,
	KBUS_LOSS_FORSAKEN,
};

bool kbus_delivers_batch(const struct kbus_binding *binding, u32 count,
			 u32 bytes);
enum kbus_way kbus_deliver(struct kbus_binding *binding, struct sk_buff *skb,
			   struct pid *sender, bool last);
void kbus_deliver_loss(struct kbus_binding *binding, u64 seq, u64 count);
void kbus_replay(struct kbus_binding *binding, struct sk_buff *skb,
		 struct list_head *dropped);

#endif /* _KBUS_DELIVERY_H */
