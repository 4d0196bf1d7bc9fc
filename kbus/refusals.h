/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_REFUSALS_H
#define _KBUS_REFUSALS_H

#include <linux/types.h>
#include <linux/uidgid.h>

struct kbus_net;

int kbus_refusals_init(struct kbus_net *kn);
void kbus_refusals_exit(struct kbus_net *kn);
void kbus_refused(struct kbus_net *kn, kuid_t uid, u32 portid);

#endif /* _KBUS_REFUSALS_H */
