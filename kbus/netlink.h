/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_NETLINK_H
#define _KBUS_NETLINK_H

#include <linux/types.h>

struct kbus_net;

int kbus_netlink_protocol(void);
int kbus_netlink_check(void);
int kbus_netlink_open(struct kbus_net *kn);
void kbus_netlink_close(struct kbus_net *kn);

#endif /* _KBUS_NETLINK_H */
