/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_ERROR_COUNTERS_H
#define _KBUS_ERROR_COUNTERS_H

#include <linux/types.h>
#include <linux/uidgid.h>

struct kbus_net;

int kbus_error_counters_init(struct kbus_net *kn);
void kbus_error_counters_exit(struct kbus_net *kn);
void kbus_error_count(struct kbus_net *kn, kuid_t uid, u32 portid);
u64 kbus_error_page_id(struct kbus_net *kn, kuid_t uid);

#endif /* _KBUS_ERROR_COUNTERS_H */
