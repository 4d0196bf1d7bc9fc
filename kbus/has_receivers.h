/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_HAS_RECEIVERS_H
#define _KBUS_HAS_RECEIVERS_H

#include <linux/types.h>

struct kbus_net;
struct kbus_topic;
struct vm_area_struct;

void kbus_has_receivers_show(struct kbus_topic *topic);
int kbus_has_receivers_map(struct kbus_net *kn, struct vm_area_struct *vma);
int kbus_has_receivers_init(struct kbus_net *kn);
void kbus_has_receivers_exit(struct kbus_net *kn);

#endif /* _KBUS_HAS_RECEIVERS_H */
