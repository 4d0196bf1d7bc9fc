/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_CARRY_H
#define _KBUS_CARRY_H

#include <linux/minmax.h>
#include <linux/types.h>

struct kbus_binding;

/* Bytes that a subscriber may carry without further charge: a topic or two. */
#define KBUS_CARRIED_FIRST 2048U

/* The part of @carried that the charge for the subscriber does not cover. */
static inline u32 kbus_carried_charge(u32 carried)
{
	return max(carried, KBUS_CARRIED_FIRST) - KBUS_CARRIED_FIRST;
}

void kbus_carry_end(struct kbus_binding *binding);
void kbus_carry_begin(struct kbus_binding *binding);

#endif /* _KBUS_CARRY_H */
