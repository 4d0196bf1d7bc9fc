/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_DELIVERY_H
#define _KBUS_DELIVERY_H

#include "fanout.h"

#include <uapi/linux/kbus.h>

struct kbus_binding;
struct pid;
struct sk_buff;

/**
 * enum kbus_loss - why a subscriber loses a message, as kbus_drop traces it
 * @KBUS_LOSS_SIZE: the message is larger than the whole backlog
 * @KBUS_LOSS_MEMORY: the kernel is out of memory
 * @KBUS_LOSS_OUTBOX: the topic's outbox was full, or its kernel module reported
 *	the message as lost
 * @KBUS_LOSS_CLOSED: the subscriber's socket was closed
 * @KBUS_LOSS_FORSAKEN: the subscriber has too many detached bindings, and this
 *	message's binding was forsaken
 *
 * The values below these are those of enum kbus_overflow: the backlog was full,
 * and its overflow policy dropped the message.
 */
enum kbus_loss {
	KBUS_LOSS_SIZE = __KBUS_OVERFLOW_MAX,
	KBUS_LOSS_MEMORY,
	KBUS_LOSS_OUTBOX,
	KBUS_LOSS_CLOSED,
	KBUS_LOSS_FORSAKEN,
};

bool kbus_takes_batch(const struct kbus_binding *binding, u32 count, u32 bytes);
enum kbus_way kbus_offer(struct kbus_binding *binding, struct sk_buff *skb,
			 struct pid *sender, bool last);
void kbus_offer_loss(struct kbus_binding *binding, u64 seq, u64 count);
void kbus_replay(struct kbus_binding *binding, struct sk_buff *skb,
		 struct list_head *dropped);

#endif /* _KBUS_DELIVERY_H */
