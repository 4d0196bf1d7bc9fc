/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_SIFT_H
#define _KBUS_SIFT_H

#include <linux/types.h>

struct kbus_subscriber;
struct netlink_ext_ack;

int kbus_sift(struct kbus_subscriber *sub, u32 portid, u32 seq,
	      struct netlink_ext_ack *extack);

#endif /* _KBUS_SIFT_H */
