/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_BACKLOG_QUOTA_H
#define _KBUS_BACKLOG_QUOTA_H

#include "quota.h"

#include <linux/types.h>

struct kbus_subscriber;
struct netlink_ext_ack;

int kbus_backlog_quota_begin(struct kbus_subscriber *sub,
			     struct netlink_ext_ack *extack);
void kbus_backlog_quota_grow(struct kbus_subscriber *sub, u32 count, u32 bytes);
void kbus_backlog_quota_shrink(struct kbus_subscriber *sub);
void kbus_backlog_quota_end(struct kbus_subscriber *sub);
struct kbus_bill kbus_backlog_quota_has(const struct kbus_subscriber *sub);

#endif /* _KBUS_BACKLOG_QUOTA_H */
