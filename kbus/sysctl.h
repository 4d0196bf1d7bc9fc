/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_SYSCTL_H
#define _KBUS_SYSCTL_H

#include <linux/types.h>

struct kbus_net;

/**
 * struct kbus_settings - the sysctls of a network namespace
 * @default_mode: mode of a topic whose creator chooses none
 * @create_restricted: 1: programs need CAP_NET_ADMIN to create topics
 * @history_messages_max: maximum limit of a history, in messages
 * @history_bytes_max: maximum limit of a history, in bytes of kernel memory
 * @backlog_messages_max: maximum limit of a backlog, in messages
 * @backlog_bytes_max: maximum limit of a backlog, in bytes of kernel memory
 *
 * They can change at any time: read them with READ_ONCE().
 */
struct kbus_settings {
	u16 default_mode;
	u8 create_restricted;
	unsigned int history_messages_max;
	unsigned int history_bytes_max;
	unsigned int backlog_messages_max;
	unsigned int backlog_bytes_max;
};

int kbus_sysctl_init(struct kbus_net *kn);
void kbus_sysctl_exit(struct kbus_net *kn);

#endif /* _KBUS_SYSCTL_H */
