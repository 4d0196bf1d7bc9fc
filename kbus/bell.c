// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bell: what calls a subscriber
 *
 * One that is behind is to ask for its backlog: its next recv() returns ENOBUFS.
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
 *
 * Context: any.
 */
void kbus_bell_init(struct kbus_subscriber *sub, u32 delay_us)
{
	hrtimer_setup(&sub->bell.timer, expired, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	sub->bell.delay_us = delay_us;
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
}

/**
 * kbus_bell_ring() - have a subscriber ask for its backlog
 * @sub: the subscriber; caller must hold kbus_subscriber.lock
 *
 * Its next recv() returns ENOBUFS, and it wakes if it waits.
 *
 * Context: any but hard interrupt.
 */
void kbus_bell_ring(struct kbus_subscriber *sub)
{
	lockdep_assert_held(&sub->lock);
	sub->bell.waits = false;
	WRITE_ONCE(sub->sk->sk_err, ENOBUFS);
	sk_error_report(sub->sk);
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
