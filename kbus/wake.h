/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waking a subscriber's program, see wake.c
 */
#ifndef _KBUS_WAKE_H
#define _KBUS_WAKE_H

#include <linux/types.h>
#include <linux/workqueue.h>

struct kbus_subscriber;

/**
 * struct kbus_wake - how a subscriber's program is woken
 * @work: wakes the program if that may take long
 * @is_slow: the last wake-up by a publisher took long
 * @slow_until: time until which @work is used then, in jiffies
 */
struct kbus_wake {
	struct work_struct work;
	bool is_slow;
	unsigned long slow_until;
};

void kbus_wake(struct kbus_subscriber *sub);
void kbus_wake_begin(struct kbus_subscriber *sub);
void kbus_wake_end(struct kbus_subscriber *sub);
int kbus_wakes_init(void);
void kbus_wakes_exit(void);

#endif /* _KBUS_WAKE_H */
