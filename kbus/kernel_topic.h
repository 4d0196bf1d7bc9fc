/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_KERNEL_TOPIC_H
#define _KBUS_KERNEL_TOPIC_H

#include <linux/types.h>

struct kbus_net;

int kbus_sys_init(struct kbus_net *kn);
void kbus_sys_exit(struct kbus_net *kn);

#endif /* _KBUS_KERNEL_TOPIC_H */
