// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inboxes: the sockets into which subscribers get their messages
 *
 * A buffer in an inbox may be the publisher's own, and so outlive the close of
 * the socket. Each buffer therefore holds a reference to the socket. In turn,
 * an inbox is emptied as soon as it is closed, because netlink empties it only
 * with the last reference to the socket.
 *
 * A reader that is behind gets several small messages in one buffer: while its
 * inbox is not empty, they are copied into a buffer of the inbox. This costs
 * less than a buffer, a wake-up and a system call for each. It needs no further
 * wake-up, because the reader has not found its inbox empty since the last one.
 */
#include "inbox.h"
#include "message.h"
#include "subscriber.h"
#include "wake.h"

#include <linux/sizes.h>
#include <net/netlink.h>
#include <net/sock.h>

static void leave_netlink(struct sk_buff *skb)
{
	struct sock *sk = skb->sk;

	sock_rfree(skb);
	sock_put(sk);
}

/* The destructor of the buffers that messages may be appended to. */
static void leave_shared(struct sk_buff *skb)
{
	leave_netlink(skb);
}

static bool has_room(const struct sock *sk)
{
	return atomic_read(&sk->sk_rmem_alloc) < READ_ONCE(sk->sk_rcvbuf);
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
	if (!has_room(sk))
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

/*
 * The first buffer that messages share, and the largest. Each has twice the
 * size of the one before it, so that one message takes little memory, and many
 * take few buffers.
 */
#define SHARED_ALLOC_MIN SZ_2K
#define SHARED_ALLOC_MAX SZ_16K

/*
 * A longer message has a buffer of its own. Copying it could cost more than it
 * saves, and interrupts are off meanwhile.
 */
#define APPENDED_BYTES_MAX SKB_WITH_OVERHEAD(SHARED_ALLOC_MIN)

/*
 * The buffer to append to; or NULL. It is never the first in the inbox: its
 * reader may have looked at that with MSG_PEEK, to learn its length.
 */
static struct sk_buff *shared_buffer(const struct sk_buff_head *inbox)
{
	struct sk_buff *last = skb_peek_tail(inbox);

	lockdep_assert_held(&inbox->lock);
	if (!last || last == skb_peek(inbox) ||
	    last->destructor != leave_shared)
		return NULL;
	return last;
}

static void append_to(struct sk_buff *shared, const struct sk_buff *skb)
{
	skb_copy_bits(skb, 0, skb_put(shared, skb->len), skb->len);
	kbus_message_mix_sender(shared, skb);
	/* Messages of several topics have no group in common. */
	if (NETLINK_CB(shared).dst_group != NETLINK_CB(skb).dst_group)
		NETLINK_CB(shared).dst_group = 0;
}

/*
 * Returns 0 if the message was appended to the last buffer; otherwise the size
 * to allocate for another one.
 */
static unsigned int append_to_last(struct sk_buff_head *inbox,
				   const struct sk_buff *skb)
{
	const unsigned int overhead =
		SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	unsigned int alloc = SHARED_ALLOC_MIN;
	struct sk_buff *shared;
	unsigned long flags;

	spin_lock_irqsave(&inbox->lock, flags);
	shared = shared_buffer(inbox);
	if (shared && skb_tailroom(shared) >= skb->len) {
		append_to(shared, skb);
		alloc = 0;
	} else if (shared) {
		alloc = min_t(unsigned int, SHARED_ALLOC_MAX,
			      2 * (skb_end_offset(shared) + overhead));
	}
	spin_unlock_irqrestore(&inbox->lock, flags);
	return alloc;
}

static struct sk_buff *new_shared(struct sock *sk, const struct sk_buff *skb,
				  unsigned int alloc)
{
	struct sk_buff *shared;

	shared = alloc_skb(SKB_WITH_OVERHEAD(alloc),
			   GFP_ATOMIC | __GFP_NOWARN);
	if (!shared)
		return NULL;
	if (skb_pfmemalloc(shared) || !kbus_inbox_admit(sk, shared)) {
		kfree_skb(shared);
		return NULL;
	}
	shared->destructor = leave_shared;
	skb_copy_bits(skb, 0, skb_put(shared, skb->len), skb->len);
	NETLINK_CB(shared) = NETLINK_CB(skb);
	return shared;
}

/**
 * kbus_inbox_append() - copy a small message behind others in an inbox
 * @sub: the owner of the inbox; caller must hold kbus_subscriber.lock
 * @skb: the message
 *
 * Context: bottom halves off.
 * Return: true if it is in the inbox; false if the inbox is empty or full, the
 * message is too long, or memory is short.
 */
bool kbus_inbox_append(struct kbus_subscriber *sub, const struct sk_buff *skb)
{
	struct sk_buff_head *inbox = &sub->sk->sk_receive_queue;
	struct sk_buff *shared;
	unsigned int alloc;

	if (skb->len > APPENDED_BYTES_MAX || skb_queue_empty_lockless(inbox))
		return false;
	alloc = append_to_last(inbox, skb);
	if (!alloc)
		return true;
	if (!has_room(sub->sk))
		return false;
	shared = new_shared(sub->sk, skb, alloc);
	if (!shared)
		return false;
	kbus_inbox_put(sub, shared);
	return true;
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
