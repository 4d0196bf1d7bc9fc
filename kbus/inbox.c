// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inboxes: the sockets into which subscribers get their messages
 *
 * What is put into one may be the publisher's own buffer, and so outlive the
 * socket's closing: hence each holds the socket. In turn an inbox is emptied as
 * soon as it is closed, for netlink empties it with its last reference only.
 */
#include "inbox.h"
#include "subscriber.h"
#include "wake.h"

#include <net/netlink.h>
#include <net/sock.h>

static void leave_netlink(struct sk_buff *skb)
{
	struct sock *sk = skb->sk;

	sock_rfree(skb);
	sock_put(sk);
}

/**
 * kbus_inbox_admit() - let a message into an inbox, if there is room
 * @sk: the inbox
 * @skb: the message, which must not be on anybody's account; on success it is
 *	for kbus_inbox_put(), or to be freed
 *
 * Context: any but hard interrupt.
 * Return: true if there was room.
 */
bool kbus_inbox_admit(struct sock *sk, struct sk_buff *skb)
{
	if (atomic_read(&sk->sk_rmem_alloc) >= READ_ONCE(sk->sk_rcvbuf))
		return false;
	skb_set_owner_r(skb, sk);
	skb->destructor = leave_netlink;
	sock_hold(sk);
	return true;
}

/**
 * kbus_inbox_put() - put a message that was admitted into its inbox
 * @sub: whose inbox it is; caller must hold kbus_subscriber.lock
 * @skb: the message; consumed
 *
 * Context: any but hard interrupt.
 */
void kbus_inbox_put(struct kbus_subscriber *sub, struct sk_buff *skb)
{
	lockdep_assert_held(&sub->lock);
	skb_queue_tail(&sub->sk->sk_receive_queue, skb);
	kbus_wake(sub);
}

/**
 * kbus_inbox_filters() - whether a program has put a filter on its inbox
 * @sk: the inbox
 *
 * A filter runs for as long as its program likes. It is run by sift.c, in the
 * reader's own time, and never by a publisher.
 *
 * Context: any.
 * Return: true if so.
 */
bool kbus_inbox_filters(const struct sock *sk)
{
	return rcu_access_pointer(sk->sk_filter);
}

/**
 * kbus_inbox_give() - give a message to an inbox
 * @sub: whose inbox it is, which has no filter; caller must hold
 *	kbus_subscriber.lock
 * @skb: the message, of which nobody else has a reference; consumed
 *
 * A message in the kernel's memory reserves is refused, as sk_filter() does.
 *
 * Context: bottom halves off.
 * Return: true if it is in the inbox; false if there was no room.
 */
bool kbus_inbox_give(struct kbus_subscriber *sub, struct sk_buff *skb)
{
	if (!skb_pfmemalloc(skb) && kbus_inbox_admit(sub->sk, skb)) {
		kbus_inbox_put(sub, skb);
		return true;
	}
	kfree_skb(skb);
	return false;
}

/* A chunk of a backlog, with what it takes beside its contents. */
#define CHUNK_ROOM (64 * 1024)

/*
 * A message that its publisher still holds is on the inbox's account until both
 * have let go of it, which may be after all has been read. Netlink goes on with
 * a dump where half of the receive buffer is free, and begins one where there is
 * room for a chunk: so no more than that is lent.
 */
static bool may_lend(const struct sock *sk, const struct sk_buff *skb)
{
	const int room = READ_ONCE(sk->sk_rcvbuf);
	const int taken = atomic_read(&sk->sk_rmem_alloc) + skb->truesize;

	return !skb_shared(skb) && !skb_pfmemalloc(skb) &&
	       taken <= min(room / 2, room - CHUNK_ROOM);
}

/**
 * kbus_inbox_deliver() - put a message into an inbox
 * @sub: whose inbox it is; caller must hold kbus_subscriber.lock
 * @skb: the message
 * @last: nobody is to have it after this; otherwise it is cloned
 *
 * Context: bottom halves off.
 * Return: as kbus_inbox_give().
 */
bool kbus_inbox_deliver(struct kbus_subscriber *sub, struct sk_buff *skb,
			bool last)
{
	if (last && may_lend(sub->sk, skb) && kbus_inbox_admit(sub->sk, skb)) {
		kbus_inbox_put(sub, skb_get(skb));
		return true;
	}
	skb = skb_clone(skb, GFP_ATOMIC | __GFP_NOWARN);
	return skb && kbus_inbox_give(sub, skb);
}

/**
 * kbus_inbox_close() - empty an inbox into which nothing will be put any more
 * @sk: the inbox, whose program has closed it
 *
 * Context: process.
 */
void kbus_inbox_close(struct sock *sk)
{
	skb_queue_purge(&sk->sk_receive_queue);
}
