/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_COALESCE_H
#define _KBUS_COALESCE_H

#include <linux/hrtimer.h>
#include <linux/types.h>

struct kbus_subscriber;

/*
 * Largest message that may wait for others: to copy a larger one once more
 * would cost more than it saves.
 */
#define KBUS_COALESCE_MESSAGE_BYTES 4096
/* The wait ends when messages of this many bytes wait. */
#define KBUS_COALESCE_BYTES (16 << 10)

/**
 * struct kbus_coalesce - messages that wait for others
 * @timer: ends the wait
 * @coalesce_us: length of the wait, in microseconds; 0: messages do not wait
 * @waits: messages wait until @bytes is large enough or @timer expires;
 *	kbus_subscriber.lock
 * @bytes: bytes that the waiting messages take in a socket;
 *	kbus_subscriber.lock
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
