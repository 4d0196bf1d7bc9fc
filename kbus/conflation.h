/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_CONFLATION_H
#define _KBUS_CONFLATION_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

struct kbus_entry;
struct kbus_keyed_entry;

/**
 * struct kbus_conflation - which entries of a backlog are superseded
 * @latest: the latest struct kbus_keyed_entry of each cursor and key
 * @superseded: all other entries, in the order in which they were superseded
 */
struct kbus_conflation {
	struct rb_root latest;
	struct list_head superseded;
};

void kbus_conflation_init(struct kbus_conflation *conflation);
void kbus_conflation_add(struct kbus_conflation *conflation,
			 struct kbus_keyed_entry *keyed);
void kbus_conflation_remove(struct kbus_conflation *conflation,
			    struct kbus_keyed_entry *keyed);
struct kbus_entry *
kbus_conflation_superseded(const struct kbus_conflation *conflation);

#endif /* _KBUS_CONFLATION_H */
