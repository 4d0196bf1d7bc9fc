// SPDX-License-Identifier: GPL-2.0-only
/*
 * Draining: how a subscriber that is QUEUED gets its backlog
 *
 * It reads its socket empty, for that is older, and asks for its backlog, which
 * netlink lets it pull chunk by chunk (a dump). It is LIVE again when a chunk
 * was asked for, nothing was left to put into it, and so nothing is in flight
 * that a message straight into the socket could overtake.
 */
#include "publish.h"
#include "trace.h"

#include <net/netlink.h>
#include <net/sock.h>

/* Of which no two fit netlink's largest chunk: the payload is shared, and not
 * copied, for which nothing can come after it in the chunk.
 */
#define SHARED_BYTES 16000

/* The chunk is on its reader's account already. */
static void share_frags(struct sk_buff *chunk, const struct sk_buff *message)
{
	const struct skb_shared_info *from = skb_shinfo(message);
	struct skb_shared_info *to = skb_shinfo(chunk);
	int i;

	for (i = 0; i < from->nr_frags; i++) {
		to->frags[i] = from->frags[i];
		get_page(skb_frag_page(&to->frags[i]));
	}
	to->nr_frags = i;
	skb_len_add(chunk, message->data_len);
	atomic_add(message->data_len, &chunk->sk->sk_rmem_alloc);
}

static struct nlmsghdr *put_message(struct sk_buff *chunk,
				    const struct sk_buff *message)
{
	const bool shared = message->data_len >= SHARED_BYTES;
	u32 len = shared ? skb_headlen(message) : message->len;
	struct nlmsghdr *nlh = skb_put(chunk, len);

	skb_copy_bits(message, 0, nlh, len);
	if (shared)
		share_frags(chunk, message);
	return nlh;
}

static void drain_message(struct sk_buff *chunk, const struct kbus_entry *entry,
			  const struct netlink_callback *cb)
{
	struct nlmsghdr *nlh = put_message(chunk, entry->message);
	struct kbus_header *header;
	u32 i;

	for (i = 0; i < entry->count; i++) {
		header = nlmsg_data(nlh);
		if (entry->replayed)
			header->flags |= KBUS_F_REPLAYED;
		nlh->nlmsg_flags |= NLM_F_MULTI;
		nlh->nlmsg_seq = cb->nlh->nlmsg_seq;
		nlh->nlmsg_pid = NETLINK_CB(cb->skb).portid;
		nlh = kbus_message_next(nlh);
	}
}

static size_t item_size(const struct kbus_item *item)
{
	const struct kbus_flow *flow = kbus_track_flow(item->track);
	const struct sk_buff *message;

	if (!flow->announced)
		return kbus_record_name_size(flow->key.topic);
	if (item->kind == KBUS_ITEM_GAP)
		return kbus_record_gap_size();
	message = item->entry->message;
	return message->len;
}

/* The name before all else of its topic. */
static void drain_name(struct kbus_flow *flow, struct sk_buff *chunk,
		       const struct netlink_callback *cb)
{
	WARN_ON_ONCE(kbus_record_name(chunk, flow->key.topic,
				      NETLINK_CB(cb->skb).portid,
				      cb->nlh->nlmsg_seq, NLM_F_MULTI));
	flow->announced = true;
}

static void drain_item(struct kbus_subscriber *sub,
		       const struct kbus_item *item, struct sk_buff *chunk,
		       const struct netlink_callback *cb)
{
	struct kbus_flow *flow = kbus_track_flow(item->track);

	if (item->kind == KBUS_ITEM_GAP) {
		WARN_ON_ONCE(kbus_record_gap(chunk, flow->key.topic, item,
					     NETLINK_CB(cb->skb).portid,
					     cb->nlh->nlmsg_seq, NLM_F_MULTI));
		sub->gaps++;
		sub->reported += item->last - item->first + 1;
		trace_kbus_gap(flow, item);
	} else {
		sub->drained += item->entry->count;
		trace_kbus_drain(flow, item->entry->message);
	}
	kbus_backlog_take(&sub->backlog, item);
	kbus_flow_settle(flow);
}

static void catch_up(struct kbus_subscriber *sub)
{
	if (sub->state == KBUS_LIVE)
		return;
	trace_kbus_state(sub, KBUS_LIVE);
	sub->state = KBUS_LIVE;
	kbus_grant_shrink(sub);
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
	bool named;

	spin_lock_bh(&sub->lock);
	item = kbus_backlog_peek(&sub->backlog);
	if (item.kind == KBUS_ITEM_NONE) {
		if (!chunk->len)
			catch_up(sub);
		spin_unlock_bh(&sub->lock);
		return 0;
	}
	size = item_size(&item);
	if (size > skb_tailroom(chunk)) {
		spin_unlock_bh(&sub->lock);
		return size;
	}
	named = kbus_track_flow(item.track)->announced;
	if (named)
		drain_item(sub, &item, chunk, cb);
	else
		drain_name(kbus_track_flow(item.track), chunk, cb);
	spin_unlock_bh(&sub->lock);

	if (named && item.kind == KBUS_ITEM_MESSAGE) {
		drain_message(chunk, item.entry, cb);
		kbus_entry_free(item.entry);
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
	if (sub->backlog.limits.overflow == KBUS_BLOCK && skb->len) {
		spin_lock_bh(&sub->lock);
		kbus_room_changed(sub);
		spin_unlock_bh(&sub->lock);
	}

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
