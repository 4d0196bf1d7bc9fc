/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_COALESCE_H
#define _KBUS_COALESCE_H

#include <linux/hrtimer.h>
#include <linux/types.h>

struct kbus_subscriber;

/* Bytes of a message that may wait for others: for more it would not pay to copy
 * them once more. And of all that wait.
 */
#define KBUS_COALESCE_MESSAGE_BYTES 4096
#define KBUS_COALESCE_BYTES (16 << 10)

/**
 * struct kbus_coalesce - messages that wait for others
 * @timer: ends the wait
 * @coalesce_us: how long that is, in microseconds; 0: there is none
 * @waits: some wait, for @bytes and @timer; kbus_subscriber.lock
 * @bytes: what they take in a socket; kbus_subscriber.lock
 */
struct kbus_coalesce {
	struct hrtimer timer;
	u32 coalesce_us;
	bool waits;
	u32 bytes;
};

/* Whether a message of @bytes may wait for others. */
static inline bool kbus_coalesces(const struct kbus_coalesce *coalesce, u32 bytes)
{
	return coalesce->coalesce_us && bytes <= KBUS_COALESCE_MESSAGE_BYTES;
}

void kbus_coalesce_init(struct kbus_subscriber *sub, u32 coalesce_us);
void kbus_coalesce_exit(struct kbus_subscriber *sub);
void kbus_coalesce_begin(struct kbus_subscriber *sub);
void kbus_coalesce_add(struct kbus_subscriber *sub, u32 bytes);
void kbus_coalesce_end(struct kbus_subscriber *sub);

#endif /* _KBUS_COALESCE_H */
