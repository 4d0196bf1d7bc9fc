/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What calls a subscriber, see bell.c
 */
#ifndef _KBUS_BELL_H
#define _KBUS_BELL_H

#include <linux/hrtimer.h>
#include <linux/types.h>

struct kbus_subscriber;
struct sk_buff;

/* Bytes of a message that may wait for others: for more it would not pay to copy
 * them once more. And of all that wait.
 */
#define KBUS_BELL_MESSAGE_BYTES 4096
#define KBUS_BELL_BYTES (16 << 10)

/**
 * struct kbus_bell - what calls a subscriber
 * @record: a KBUS_BEHIND, made when the subscriber registers: to call it needs
 *	no memory
 * @timer: ends the wait for others
 * @delay_us: how long that is, in microseconds; 0: there is none
 * @no_error: its socket is not set in error
 * @waits: messages wait for others, for @bytes and @timer;
 *	kbus_subscriber.lock
 * @bytes: what they take in a socket; kbus_subscriber.lock
 */
struct kbus_bell {
	struct sk_buff *record;
	struct hrtimer timer;
	u32 delay_us;
	bool no_error;
	bool waits;
	u32 bytes;
};

/* Kernel memory of kbus_bell.record. */
#define KBUS_BELL_RECORD_BYTES SKB_TRUESIZE(NLMSG_HDRLEN)

/* Whether a message of @bytes may wait for others. */
static inline bool kbus_bell_delays(const struct kbus_bell *bell, u32 bytes)
{
	return bell->delay_us && bytes <= KBUS_BELL_MESSAGE_BYTES;
}

int kbus_bell_init(struct kbus_subscriber *sub, u32 delay_us, bool no_error);
void kbus_bell_exit(struct kbus_subscriber *sub);
void kbus_bell_ring(struct kbus_subscriber *sub);
void kbus_bell_wait(struct kbus_subscriber *sub);
void kbus_bell_add(struct kbus_subscriber *sub, u32 bytes);
void kbus_bell_end_wait(struct kbus_subscriber *sub);

#endif /* _KBUS_BELL_H */
