// SPDX-License-Identifier: GPL-2.0-only
/*
 * Coalescing: messages wait for further messages to their subscriber
 *
 * A subscriber may let its messages wait for others, so that it is woken once
 * for many. They wait in its backlog until the time is over or enough of them
 * wait, and are then put into its socket together. Messages that find no room
 * there stay in the backlog, and the subscriber is notified to ask for them.
 */
#include "backlog.h"
#include "coalesce.h"
#include "compat.h"
#include "drain.h"
#include "notify.h"
#include "subscriber.h"

#include <net/sock.h>

static enum hrtimer_restart coalesce_expired(struct hrtimer *timer)
{
	struct kbus_subscriber *sub =
		container_of(timer, struct kbus_subscriber, coalesce.timer);

	spin_lock(&sub->lock);
	kbus_coalesce_end(sub);
	spin_unlock(&sub->lock);
	return HRTIMER_NORESTART;
}

/**
 * kbus_coalesce_init() - set up a subscriber's timer
 * @sub: the subscriber
 * @coalesce_us: how long a message waits for others, in microseconds; 0: not at
 *	all
 *
 * Context: process.
 */
void kbus_coalesce_init(struct kbus_subscriber *sub, u32 coalesce_us)
{
	hrtimer_setup(&sub->coalesce.timer, coalesce_expired, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	sub->coalesce.coalesce_us = coalesce_us;
}

/**
 * kbus_coalesce_exit() - stop a subscriber's timer
 * @sub: the subscriber, which has no bindings
 *
 * Context: process.
 */
void kbus_coalesce_exit(struct kbus_subscriber *sub)
{
	hrtimer_cancel(&sub->coalesce.timer);
}

/**
 * kbus_coalesce_begin() - begin the wait for further messages
 * @sub: the subscriber, whose backlog was empty before the first message that
 *	waits; caller must hold kbus_subscriber.lock
 *
 * Context: any but hard interrupt.
 */
void kbus_coalesce_begin(struct kbus_subscriber *sub)
{
	struct kbus_coalesce *coalesce = &sub->coalesce;

	lockdep_assert_held(&sub->lock);
	coalesce->waits = true;
	coalesce->bytes = 0;
	hrtimer_start(&coalesce->timer,
		      ns_to_ktime((u64)coalesce->coalesce_us * NSEC_PER_USEC),
		      HRTIMER_MODE_REL_SOFT);
}

/**
 * kbus_coalesce_add() - count one more message that waits
 * @sub: the subscriber; caller must hold kbus_subscriber.lock
 * @bytes: bytes that the message takes in a socket
 *
 * If enough messages wait now, this ends the wait.
 *
 * Context: any but hard interrupt.
 */
void kbus_coalesce_add(struct kbus_subscriber *sub, u32 bytes)
{
	struct kbus_coalesce *coalesce = &sub->coalesce;

	lockdep_assert_held(&sub->lock);
	coalesce->bytes += bytes;
	if (coalesce->bytes >= KBUS_COALESCE_BYTES ||
	    kbus_backlog_is_half_full(&sub->backlog))
		kbus_coalesce_end(sub);
}

/**
 * kbus_coalesce_end() - end the wait, if any, and hand the messages over
 * @sub: the subscriber; caller must hold kbus_subscriber.lock
 *
 * Context: any but hard interrupt.
 */
void kbus_coalesce_end(struct kbus_subscriber *sub)
{
	struct kbus_coalesce *coalesce = &sub->coalesce;

	lockdep_assert_held(&sub->lock);
	if (!coalesce->waits)
		return;
	coalesce->waits = false;
	if (!kbus_drain_now(sub, coalesce->bytes)) {
		sub->overruns++;
		kbus_notify(sub);
	}
}
