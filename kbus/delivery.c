// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delivery: one message, one subscriber
 *
 * A subscriber is LIVE while its socket has room: each message goes straight
 * there. The first that does not fit makes it QUEUED: that one and all later
 * ones wait in its backlog, and the next recv() returns ENOBUFS. The subscriber
 * then reads its socket empty and asks for its backlog, which netlink lets it
 * pull chunk by chunk (a dump). It is LIVE again when a chunk was asked for,
 * nothing was left to put into it, and so nothing is in flight that a message
 * straight into the socket could overtake.
 *
 * The ENOBUFS is set here, not left to netlink, whose own comes only once
 * until the socket has been read empty: a reader that asked for its backlog
 * before that would wait forever for the next.
 */
#include "broker.h"

#include <linux/slab.h>
#include <net/netlink.h>
#include <net/sock.h>

static struct kmem_cache *entry_cache;

static struct kbus_flow *flow_of(struct kbus_track *track)
{
	return container_of(track, struct kbus_flow, track);
}

/* Consumes the message; false: no room in the socket. */
static bool hand_over(struct sock *sk, struct sk_buff *skb)
{
	int err = sock_queue_rcv_skb(sk, skb);

	if (!err)
		return true;
	kfree_skb(skb);
	/* Refused by a filter that the subscriber put on its own socket. */
	return err == -EPERM;
}

static bool announce(struct kbus_flow *flow)
{
	struct sk_buff *skb;

	if (flow->announced)
		return true;
	skb = nlmsg_new(kbus_record_name_size(flow->key.topic) - NLMSG_HDRLEN,
			GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return false;
	if (WARN_ON_ONCE(kbus_record_name(skb, flow->key.topic, 0, 0, 0))) {
		kfree_skb(skb);
		return false;
	}
	NETLINK_CB(skb).dst_group = flow->key.topic->group;
	flow->announced = hand_over(flow->key.subscriber->sk, skb);
	return flow->announced;
}

static bool deliver_live(struct kbus_flow *flow, struct sk_buff *skb, u64 seq)
{
	struct kbus_subscriber *sub = flow->key.subscriber;
	struct sk_buff *clone;

	lockdep_assert_held(&sub->lock);
	if (!kbus_track_continues(&flow->track, seq) || !announce(flow))
		return false;
	clone = skb_clone(skb, GFP_ATOMIC | __GFP_NOWARN);
	if (!clone || !hand_over(sub->sk, clone))
		return false;
	kbus_track_pass(&flow->track, 1);
	sub->live++;
	return true;
}

static void deliver_queued(struct kbus_flow *flow, struct sk_buff *skb,
			   u64 seq, struct list_head *dropped)
{
	struct kbus_backlog *backlog = &flow->key.subscriber->backlog;
	struct kbus_entry *entry;

	lockdep_assert_held(&flow->key.subscriber->lock);
	entry = kmem_cache_alloc(entry_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!entry) {
		kbus_backlog_lose(backlog, &flow->track, seq, 1);
		return;
	}
	entry->track = &flow->track;
	entry->message = skb_get(skb);
	entry->seq = seq;
	entry->count = 1;
	entry->bytes = skb->truesize;
	kbus_backlog_push(backlog, entry, dropped);
}

static void ring(struct sock *sk)
{
	WRITE_ONCE(sk->sk_err, ENOBUFS);
	sk_error_report(sk);
}

/**
 * kbus_deliver() - hand a message to a subscriber, or queue it
 * @flow: the flow; caller must hold kbus_topic.lock
 * @skb: the message; shared, not consumed
 * @seq: its sequence number
 *
 * Context: bottom halves off.
 */
void kbus_deliver(struct kbus_flow *flow, struct sk_buff *skb, u64 seq)
{
	struct kbus_subscriber *sub = flow->key.subscriber;
	LIST_HEAD(dropped);

	lockdep_assert_held(&flow->key.topic->lock);
	spin_lock(&sub->lock);
	if (sub->state == KBUS_QUEUED || !deliver_live(flow, skb, seq)) {
		deliver_queued(flow, skb, seq, &dropped);
		if (sub->state == KBUS_LIVE) {
			sub->state = KBUS_QUEUED;
			sub->overruns++;
			ring(sub->sk);
		}
	}
	spin_unlock(&sub->lock);
	kbus_entries_free(&dropped);
}

static void entry_free(struct kbus_entry *entry)
{
	consume_skb(entry->message);
	kmem_cache_free(entry_cache, entry);
}

/**
 * kbus_entries_free() - free entries that left their backlog
 * @entries: list of struct kbus_entry; dangling afterwards
 *
 * Context: any but hard interrupt.
 */
void kbus_entries_free(struct list_head *entries)
{
	struct kbus_entry *entry, *next;

	list_for_each_entry_safe(entry, next, entries, node)
		entry_free(entry);
}

static void copy_message(struct sk_buff *chunk, const struct sk_buff *message,
			 const struct netlink_callback *cb)
{
	struct nlmsghdr *nlh = skb_put(chunk, NLMSG_ALIGN(message->len));

	skb_copy_bits(message, 0, nlh, message->len);
	nlh->nlmsg_flags |= NLM_F_MULTI;
	nlh->nlmsg_seq = cb->nlh->nlmsg_seq;
	nlh->nlmsg_pid = NETLINK_CB(cb->skb).portid;
}

static size_t item_size(const struct kbus_item *item)
{
	const struct kbus_flow *flow = flow_of(item->track);
	const struct sk_buff *message;
	size_t size = 0;

	if (!flow->announced)
		size += kbus_record_name_size(flow->key.topic);
	if (item->kind == KBUS_ITEM_GAP)
		return size + kbus_record_gap_size();
	message = item->entry->message;
	return size + NLMSG_ALIGN(message->len);
}

static void put_records(struct sk_buff *chunk, const struct kbus_item *item,
			const struct netlink_callback *cb)
{
	struct kbus_flow *flow = flow_of(item->track);
	u32 portid = NETLINK_CB(cb->skb).portid;
	u32 seq = cb->nlh->nlmsg_seq;
	int err = 0;

	if (!flow->announced)
		err = kbus_record_name(chunk, flow->key.topic, portid, seq,
				       NLM_F_MULTI);
	flow->announced = true;
	if (item->kind == KBUS_ITEM_GAP)
		err |= kbus_record_gap(chunk, flow->key.topic, item, portid, seq,
				       NLM_F_MULTI);
	WARN_ON_ONCE(err);
}

/*
 * Moves the next item into the chunk. Returns its size if it did not fit, 0 if
 * there is none, or -EAGAIN for one more.
 */
static int drain_one(struct kbus_subscriber *sub, struct sk_buff *chunk,
		     const struct netlink_callback *cb)
{
	struct kbus_item item;
	size_t size;

	spin_lock_bh(&sub->lock);
	item = kbus_backlog_peek(&sub->backlog);
	if (item.kind == KBUS_ITEM_NONE) {
		if (!chunk->len)
			sub->state = KBUS_LIVE;
		spin_unlock_bh(&sub->lock);
		return 0;
	}
	size = item_size(&item);
	if (size > skb_tailroom(chunk)) {
		spin_unlock_bh(&sub->lock);
		return size;
	}
	put_records(chunk, &item, cb);
	if (item.kind == KBUS_ITEM_GAP) {
		sub->gaps++;
		sub->reported += item.last - item.first + 1;
	} else {
		sub->drained += item.entry->count;
	}
	kbus_backlog_take(&sub->backlog, &item);
	kbus_flow_settle(flow_of(item.track));
	spin_unlock_bh(&sub->lock);

	if (item.kind == KBUS_ITEM_MESSAGE) {
		copy_message(chunk, item.entry->message, cb);
		entry_free(item.entry);
	}
	return -EAGAIN;
}

/**
 * kbus_drain_start() - begin to hand over a backlog
 * @cb: the dump; netlink_callback.data is the subscriber
 *
 * Context: process.
 * Return: 0.
 */
int kbus_drain_start(struct netlink_callback *cb)
{
	struct kbus_subscriber *sub = cb->data;

	refcount_inc(&sub->refs);
	return 0;
}

/**
 * kbus_drain() - hand over the next chunk of a backlog
 * @skb: the chunk to fill
 * @cb: the dump
 *
 * Context: process.
 * Return: length of the chunk; 0 if nothing was left: the subscriber is LIVE.
 */
int kbus_drain(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct kbus_subscriber *sub = cb->data;
	int missing;

	do
		missing = drain_one(sub, skb, cb);
	while (missing == -EAGAIN);

	/* A chunk that is empty for want of room would look like the end. */
	cb->min_dump_alloc = missing;
	if (missing && !skb->len)
		nlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  NLMSG_NOOP, 0, NLM_F_MULTI);
	return skb->len;
}

/**
 * kbus_drain_done() - end of a dump, or of its socket
 * @cb: the dump
 *
 * Context: process.
 * Return: 0.
 */
int kbus_drain_done(struct netlink_callback *cb)
{
	kbus_subscriber_put(cb->data);
	return 0;
}

int kbus_delivery_init(void)
{
	entry_cache = KMEM_CACHE(kbus_entry, 0);
	return entry_cache ? 0 : -ENOMEM;
}

void kbus_delivery_exit(void)
{
	kmem_cache_destroy(entry_cache);
}
