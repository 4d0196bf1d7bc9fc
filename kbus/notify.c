// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notification: how a subscriber is notified of its backlog
 *
 * A subscriber that is behind finds a KBUS_MSG_BEHIND in its socket, and then
 * asks for its backlog. An error of the socket alone would not suffice, because
 * any process that reads SO_ERROR takes it away from the subscriber. ENOBUFS is
 * set as well, for the simplest clients, unless the subscriber has chosen
 * otherwise: some event loops give up a descriptor that is in error.
 *
 * Each subscriber has one such record for as long as it exists. The record is
 * put into its socket again and again, so a notification never fails for lack
 * of memory or of room in the socket, and there is never more than one.
 */
#include "notify.h"
#include "subscriber.h"
#include "wake.h"

#include <net/sock.h>

/**
 * kbus_notify_init() - prepare the notification of a subscriber
 * @sub: the subscriber
 * @no_error: do not set the subscriber's socket in error
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOMEM; in both cases the caller must call kbus_notify_exit().
 */
int kbus_notify_init(struct kbus_subscriber *sub, bool no_error)
{
	sub->notify.no_error = no_error;
	sub->notify.record = nlmsg_new(0, GFP_KERNEL_ACCOUNT);
	if (!sub->notify.record)
		return -ENOMEM;
	nlmsg_put(sub->notify.record, 0, 0, KBUS_MSG_BEHIND, 0, 0);
	return 0;
}

/**
 * kbus_notify_exit() - release a subscriber's KBUS_MSG_BEHIND
 * @sub: the subscriber, which has no bindings
 *
 * Context: process.
 */
void kbus_notify_exit(struct kbus_subscriber *sub)
{
	/* The record may still be in the socket. */
	consume_skb(sub->notify.record);
}

/* Puts the record into the socket, unless it is there already. */
static void put_record(struct kbus_subscriber *sub)
{
	struct sk_buff_head *inbox = &sub->sk->sk_receive_queue;
	struct sk_buff *record = sub->notify.record;
	unsigned long flags;

	spin_lock_irqsave(&inbox->lock, flags);
	if (!record->next)
		__skb_queue_tail(inbox, skb_get(record));
	spin_unlock_irqrestore(&inbox->lock, flags);
}

/**
 * kbus_notify() - notify a subscriber of its backlog
 * @sub: the subscriber; caller must hold kbus_subscriber.lock
 *
 * Afterwards there is a KBUS_MSG_BEHIND in the subscriber's socket that it has
 * not read yet. Its next recv() returns ENOBUFS unless it chose otherwise. If
 * it waits, it wakes.
 *
 * Context: any but hard interrupt.
 */
void kbus_notify(struct kbus_subscriber *sub)
{
	lockdep_assert_held(&sub->lock);
	sub->coalesce.waits = false;
	put_record(sub);
	if (!sub->notify.no_error)
		WRITE_ONCE(sub->sk->sk_err, ENOBUFS);
	kbus_wake(sub);
}
