// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bell: what calls a subscriber
 *
 * A subscriber that is behind finds a KBUS_BEHIND in its socket, and then asks
 * for its backlog. An error of the socket alone would not do: whoever reads
 * SO_ERROR takes it away from the subscriber. ENOBUFS is set as well, for the
 * simplest clients, unless the subscriber chose otherwise: some event loops give
 * up a descriptor that is in error.
 *
 * Each subscriber has one such record for good, which is put into its socket
 * over and over: it is never refused for want of memory or of room there, and
 * there is never more than one.
 *
 * A subscriber may let its messages wait for others, so that it is woken once
 * for many. They wait in its backlog until the time is over, or they are many:
 * then they are put into its socket together. Only what finds no room there
 * stays, and it is called to ask for that.
 */
#include "compat.h"
#include "publish.h"

#include <net/sock.h>

static enum hrtimer_restart expired(struct hrtimer *timer)
{
	struct kbus_subscriber *sub =
		container_of(timer, struct kbus_subscriber, bell.timer);

	spin_lock(&sub->lock);
	kbus_bell_end_wait(sub);
	spin_unlock(&sub->lock);
	return HRTIMER_NORESTART;
}

/**
 * kbus_bell_init() - make a subscriber's bell
 * @sub: the subscriber
 * @delay_us: for so long a message may wait for others, in microseconds
 * @no_error: its socket is not set in error
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOMEM; kbus_bell_exit() is due either way.
 */
int kbus_bell_init(struct kbus_subscriber *sub, u32 delay_us, bool no_error)
{
	hrtimer_setup(&sub->bell.timer, expired, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	sub->bell.delay_us = delay_us;
	sub->bell.no_error = no_error;
	sub->bell.record = nlmsg_new(0, GFP_KERNEL_ACCOUNT);
	if (!sub->bell.record)
		return -ENOMEM;
	nlmsg_put(sub->bell.record, 0, 0, KBUS_BEHIND, 0, 0);
	return 0;
}

/**
 * kbus_bell_exit() - see to it that a bell does not ring any more
 * @sub: the subscriber, which has no flows
 *
 * Context: process.
 */
void kbus_bell_exit(struct kbus_subscriber *sub)
{
	hrtimer_cancel(&sub->bell.timer);
	/* The socket may have it still. */
	consume_skb(sub->bell.record);
}

/* Puts the record into the socket, unless it is there. */
static void put_record(struct kbus_subscriber *sub)
{
	struct sk_buff_head *inbox = &sub->sk->sk_receive_queue;
	struct sk_buff *record = sub->bell.record;
	unsigned long flags;

	spin_lock_irqsave(&inbox->lock, flags);
	if (!record->next)
		__skb_queue_tail(inbox, skb_get(record));
	spin_unlock_irqrestore(&inbox->lock, flags);
}

/**
 * kbus_bell_ring() - have a subscriber ask for its backlog
 * @sub: the subscriber; caller must hold kbus_subscriber.lock
 *
 * There is a KBUS_BEHIND in its socket that it has not read before this, its next
 * recv() returns ENOBUFS unless it chose otherwise, and it wakes if it waits.
 *
 * Context: any but hard interrupt.
 */
void kbus_bell_ring(struct kbus_subscriber *sub)
{
	lockdep_assert_held(&sub->lock);
	sub->bell.waits = false;
	put_record(sub);
	if (!sub->bell.no_error)
		WRITE_ONCE(sub->sk->sk_err, ENOBUFS);
	kbus_wake(sub);
}

/**
 * kbus_bell_wait() - begin to wait for others
 * @sub: the subscriber, whose backlog has been empty; caller must hold
 *	kbus_subscriber.lock
 *
 * Context: any but hard interrupt.
 */
void kbus_bell_wait(struct kbus_subscriber *sub)
{
	struct kbus_bell *bell = &sub->bell;

	lockdep_assert_held(&sub->lock);
	bell->waits = true;
	bell->bytes = 0;
	hrtimer_start(&bell->timer,
		      ns_to_ktime((u64)bell->delay_us * NSEC_PER_USEC),
		      HRTIMER_MODE_REL_SOFT);
}

/**
 * kbus_bell_add() - one more waits for others
 * @sub: the subscriber; caller must hold kbus_subscriber.lock
 * @bytes: what it takes in a socket
 *
 * Context: any but hard interrupt.
 */
void kbus_bell_add(struct kbus_subscriber *sub, u32 bytes)
{
	struct kbus_bell *bell = &sub->bell;

	lockdep_assert_held(&sub->lock);
	bell->bytes += bytes;
	if (bell->bytes >= KBUS_BELL_BYTES ||
	    kbus_backlog_is_half_full(&sub->backlog))
		kbus_bell_end_wait(sub);
}

/**
 * kbus_bell_end_wait() - have those that wait for others wait no longer
 * @sub: the subscriber; caller must hold kbus_subscriber.lock
 *
 * Context: any but hard interrupt.
 */
void kbus_bell_end_wait(struct kbus_subscriber *sub)
{
	struct kbus_bell *bell = &sub->bell;

	lockdep_assert_held(&sub->lock);
	if (!bell->waits)
		return;
	bell->waits = false;
	if (!kbus_drain_now(sub, bell->bytes)) {
		sub->overruns++;
		kbus_bell_ring(sub);
	}
}
