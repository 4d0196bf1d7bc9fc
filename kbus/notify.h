/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_NOTIFY_H
#define _KBUS_NOTIFY_H

#include <linux/types.h>

struct kbus_subscriber;
struct sk_buff;

/**
 * struct kbus_notify - a subscriber's notification
 * @record: a KBUS_MSG_BEHIND, made when the subscriber registers, so that
 *	notifying it needs no memory
 * @no_error: the subscriber's socket is not set in error
 */
struct kbus_notify {
	struct sk_buff *record;
	bool no_error;
};

/* Kernel memory of kbus_notify.record. */
#define KBUS_NOTIFY_RECORD_BYTES SKB_TRUESIZE(NLMSG_HDRLEN)

int kbus_notify_init(struct kbus_subscriber *sub, bool no_error);
void kbus_notify_exit(struct kbus_subscriber *sub);
void kbus_notify(struct kbus_subscriber *sub);

#endif /* _KBUS_NOTIFY_H */
