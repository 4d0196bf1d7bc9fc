// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inboxes: the sockets into which subscribers get their messages
 *
 * A buffer in an inbox may be the publisher's own, and so outlive the close of
 * the socket. Each buffer therefore holds a reference to the socket. In turn,
 * an inbox is emptied as soon as it is closed, because netlink empties it only
 * with the last reference to the socket.
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
 * @skb: the message, which must not be charged to any socket; on success the
 *	caller passes it to kbus_inbox_put() or frees it
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
 * kbus_inbox_put() - put an admitted message into its inbox
 * @sub: the owner of the inbox; caller must hold kbus_subscriber.lock
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
 * kbus_inbox_filters() - check whether a program has attached a filter to its
 *	inbox
 * @sk: the inbox
 *
 * A filter may run for a long time. It is run by sift.c, in the reader's own
 * time, and never by a publisher.
 *
 * Context: any.
 * Return: true if it has.
 */
bool kbus_inbox_filters(const struct sock *sk)
{
	return rcu_access_pointer(sk->sk_filter);
}

/**
 * kbus_inbox_give() - put an unshared message into an inbox
 * @sub: the owner of the inbox, which has no filter; caller must hold
 *	kbus_subscriber.lock
 * @skb: the message, to which nobody else holds a reference; consumed
 *
 * A message from the kernel's memory reserves is refused, as sk_filter()
 * refuses it.
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

/* A chunk of a backlog, including the overhead of its buffer. */
#define CHUNK_ROOM (64 * 1024)

/*
 * A message that its publisher still holds stays charged to the inbox until
 * both have released it, possibly after everything has been read. Netlink
 * continues a dump only while half of the receive buffer is free, and begins
 * one only if there is room for a chunk. The limit on lent messages leaves that
 * room.
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
 * @sub: the owner of the inbox; caller must hold kbus_subscriber.lock
 * @skb: the message
 * @last: nobody else receives the message after this; otherwise it is cloned
 *
 * Context: bottom halves off.
 * Return: see kbus_inbox_give().
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
 * kbus_inbox_close() - empty an inbox that takes no more messages
 * @sk: the inbox, which its program has closed
 *
 * Context: process.
 */
void kbus_inbox_close(struct sock *sk)
{
	skb_queue_purge(&sk->sk_receive_queue);
}
