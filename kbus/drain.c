// SPDX-License-Identifier: GPL-2.0-only
/*
 * Draining: how a QUEUED subscriber gets its backlog
 *
 * The subscriber first reads its socket until it is empty, because those
 * messages are older. Then it asks for its backlog, which it pulls chunk by
 * chunk as a netlink dump. It becomes LIVE again when it asks for a chunk and
 * nothing is left to put into it. No message is in flight then that a message
 * put straight into the socket could overtake.
 *
 * Messages that only waited for others are put into the socket together, and
 * the subscriber need not ask for them: the earlier messages are in the socket
 * already, and nothing else is in flight.
 *
 * If the socket has a filter, sift.c hands the backlog over instead.
 */
#include "backlog.h"
#include "binding.h"
#include "drain.h"
#include "entry.h"
#include "handover.h"
#include "inbox.h"
#include "message.h"
#include "record.h"
#include "subscriber.h"
#include "trace.h"

#include <linux/sched.h>
#include <net/netlink.h>
#include <net/sock.h>

/* To copy this many bytes costs more than the system call that it may save. */
#define LARGE_BYTES 8000

/**
 * enum step - what happened to the next item of a backlog
 * @STEP_TAKEN: it has left the backlog, or its topic's name went before it
 * @STEP_FULL: the chunk has no room for it
 * @STEP_EMPTY: there is none
 */
enum step {
	STEP_TAKEN,
	STEP_FULL,
	STEP_EMPTY,
};

/**
 * struct chunk - a buffer that is filled with the next items of a backlog
 * @skb: the buffer; charged to its reader's socket
 * @stamped: @skb has the credentials of the sender of its messages
 * @ahead: kernel memory of the messages that were put into the socket instead,
 *	uncopied
 * @missing: after STEP_FULL, size of the item that found no room; else 0
 * @taken: entry that has left the backlog and is still to be copied, see
 *	copy_taken(); or NULL
 * @portid: nlmsg_pid of the items: that of the request they answer, or 0
 * @seq: nlmsg_seq of the items: that of the request they answer, or 0
 * @flags: additional nlmsg_flags of the items, or 0
 */
struct chunk {
	struct sk_buff *skb;
	bool stamped;
	u32 ahead;
	u32 missing;
	struct kbus_entry *taken;
	u32 portid;
	u32 seq;
	u16 flags;
};

static void stamp_sender(struct chunk *chunk, struct sk_buff *message)
{
	if (chunk->stamped)
		kbus_message_mix_sender(chunk->skb, message);
	else
		*NETLINK_CREDS(chunk->skb) = *NETLINK_CREDS(message);
	chunk->stamped = true;
}

/* Copies an entry into the chunk, and frees it. */
static void copy_entry(struct chunk *chunk, struct kbus_entry *entry)
{
	struct sk_buff *message = entry->message;
	const u32 offset = kbus_entry_offset(entry);
	const u32 len = message->len - offset;
	struct nlmsghdr *nlh = skb_put(chunk->skb, len);
	struct kbus_header *header;
	u32 i;

	stamp_sender(chunk, message);
	skb_copy_bits(message, offset, nlh, len);
	for (i = 0; i < entry->count; i++) {
		header = nlmsg_data(nlh);
		if (entry->replayed)
			header->flags |= KBUS_F_REPLAYED;
		nlh->nlmsg_flags |= chunk->flags;
		nlh->nlmsg_seq = chunk->seq;
		nlh->nlmsg_pid = chunk->portid;
		nlh = kbus_message_next(nlh);
	}
	kbus_entry_free(entry);
}

/*
 * Completes a STEP_TAKEN. This needs no lock: the entry has left the backlog.
 */
static void copy_taken(struct chunk *chunk)
{
	if (chunk->taken)
		copy_entry(chunk, chunk->taken);
	chunk->taken = NULL;
}

static size_t item_size(const struct kbus_item *item)
{
	const struct kbus_binding *binding;
	const struct sk_buff *message;

	if (item->kind == KBUS_ITEM_FORSAKEN)
		return kbus_record_gap_size();
	binding = kbus_cursor_binding(item->cursor);
	if (!binding->announced)
		return kbus_record_name_size(binding->key.topic);
	if (item->kind == KBUS_ITEM_GAP)
		return kbus_record_gap_size();
	message = item->entry->message;
	return message->len - kbus_entry_offset(item->entry);
}

/* The name of a topic comes before everything else of the topic. */
static void drain_name(struct kbus_binding *binding, const struct chunk *chunk)
{
	WARN_ON_ONCE(kbus_record_name(chunk->skb, binding->key.topic,
				      chunk->portid, chunk->seq, chunk->flags));
	binding->announced = true;
}

static void drain_item(struct kbus_subscriber *sub,
		       const struct kbus_item *item, const struct chunk *chunk)
{
	struct kbus_binding *binding = kbus_cursor_binding(item->cursor);

	if (item->kind == KBUS_ITEM_GAP) {
		kbus_handover_gap(sub, item, chunk->skb, chunk->portid,
				  chunk->seq, chunk->flags);
	} else {
		sub->drained += item->entry->count;
		trace_kbus_drain(binding, item->entry->message);
	}
	kbus_backlog_take(&sub->backlog, item);
	kbus_binding_settle(binding);
}

/*
 * Moves the next item into the chunk. A message is only taken out of the
 * backlog, and its caller must call copy_taken().
 */
static enum step drain_next(struct kbus_subscriber *sub, struct chunk *chunk)
{
	const struct kbus_item item = kbus_backlog_peek(&sub->backlog);
	size_t size;

	lockdep_assert_held(&sub->lock);
	if (item.kind == KBUS_ITEM_NONE)
		return STEP_EMPTY;
	/* It needs no room, even if nothing may be put into the chunk. */
	if (item.kind == KBUS_ITEM_DEAD) {
		kbus_handover_dead(sub, &item);
		return STEP_TAKEN;
	}
	size = item_size(&item);
	if (chunk->ahead || size > skb_tailroom(chunk->skb)) {
		chunk->missing = size;
		return STEP_FULL;
	}
	if (item.kind == KBUS_ITEM_FORSAKEN) {
		kbus_handover_forsaken(sub, &item, chunk->skb, chunk->portid,
				       chunk->seq, chunk->flags);
	} else if (!kbus_cursor_binding(item.cursor)->announced) {
		drain_name(kbus_cursor_binding(item.cursor), chunk);
	} else {
		drain_item(sub, &item, chunk);
		if (item.kind == KBUS_ITEM_MESSAGE)
			chunk->taken = item.entry;
	}
	return STEP_TAKEN;
}

static bool goes_unchunked(const struct kbus_item *item)
{
	const struct sk_buff *message;

	if (item->kind != KBUS_ITEM_MESSAGE || item->entry->replayed ||
	    !kbus_cursor_binding(item->cursor)->announced)
		return false;
	message = item->entry->message;
	return message->len >= LARGE_BYTES && !kbus_entry_offset(item->entry);
}

/*
 * Puts a large message into the socket uncopied, if there is room. The chunk
 * must be empty, and stays empty afterwards: a thread that reads the message at
 * once may get the next chunk before this chunk is in the socket. The amount is
 * bounded, so this ends even if another thread keeps making room. Returns true
 * if the message was put into the socket.
 */
static bool put_ahead(struct kbus_subscriber *sub, struct chunk *chunk)
{
	const struct kbus_item item = kbus_backlog_peek(&sub->backlog);
	struct sk_buff *skb;

	lockdep_assert_held(&sub->lock);
	if (chunk->skb->len || !goes_unchunked(&item) ||
	    chunk->ahead >= READ_ONCE(sub->sk->sk_rcvbuf))
		return false;
	skb = item.entry->message;
	if (skb_shared(skb))
		skb = skb_clone(skb, GFP_ATOMIC | __GFP_NOWARN);
	else
		skb_get(skb);
	if (!skb)
		return false;
	if (!kbus_inbox_admit(sub->sk, skb)) {
		consume_skb(skb);
		return false;
	}
	chunk->ahead += skb->truesize;
	drain_item(sub, &item, chunk);
	kbus_entry_free(item.entry);
	kbus_inbox_put(sub, skb);
	if (sub->backlog.limits.overflow == KBUS_BLOCK)
		kbus_subscriber_wake_blocked(sub);
	return true;
}

/* Like drain_next(), but takes the lock, and notes the end of the backlog. */
static enum step drain_one(struct kbus_subscriber *sub, struct chunk *chunk)
{
	enum step step;

	spin_lock_bh(&sub->lock);
	/* The end of a wait could put later messages into the socket first. */
	sub->coalesce.waits = false;
	step = put_ahead(sub, chunk) ? STEP_TAKEN : drain_next(sub, chunk);
	if (step == STEP_EMPTY && !chunk->skb->len)
		kbus_handover_end(sub);
	spin_unlock_bh(&sub->lock);
	return step;
}

/**
 * kbus_drain_now() - put messages that wait for others into the socket
 * @sub: the subscriber; caller must hold kbus_subscriber.lock
 * @bytes: bytes that the messages take in the socket
 *
 * Context: any but hard interrupt.
 * Return: true if the backlog is empty and the subscriber is LIVE; false if the
 * subscriber must ask for the rest.
 */
bool kbus_drain_now(struct kbus_subscriber *sub, u32 bytes)
{
	struct chunk chunk = {};
	enum step step;

	lockdep_assert_held(&sub->lock);
	/* The filter would see only the first of the messages. */
	if (kbus_inbox_filters(sub->sk))
		return false;
	chunk.skb = nlmsg_new(bytes, GFP_ATOMIC | __GFP_NOWARN);
	if (!chunk.skb)
		return false;
	if (!kbus_inbox_admit(sub->sk, chunk.skb)) {
		kfree_skb(chunk.skb);
		return false;
	}
	do {
		step = drain_next(sub, &chunk);
		copy_taken(&chunk);
	} while (step == STEP_TAKEN);
	if (step == STEP_EMPTY)
		kbus_handover_end(sub);
	if (sub->backlog.limits.overflow == KBUS_BLOCK)
		kbus_subscriber_wake_blocked(sub);
	if (chunk.skb->len)
		kbus_inbox_put(sub, chunk.skb);
	else
		consume_skb(chunk.skb);
	return step == STEP_EMPTY;
}

/**
 * kbus_drain_start() - begin to hand over a backlog
 * @cb: the dump; netlink_callback.data is the subscriber
 *
 * Context: process.
 * Return: 0; or -EBUSY if the backlog is being handed over already.
 */
int kbus_drain_start(struct netlink_callback *cb)
{
	struct kbus_subscriber *sub = cb->data;
	int err;

	err = kbus_handover_enter(sub);
	if (!err)
		refcount_inc(&sub->refs);
	return err;
}

/**
 * kbus_drain_chunk() - hand over the next chunk of a backlog
 * @skb: the chunk to fill
 * @cb: the dump
 *
 * Netlink runs a filter on the chunk as a whole. If the socket has a filter by
 * now, the dump ends and the reader is notified to ask again; sift.c then hands
 * over the rest.
 *
 * Context: process.
 * Return: length of the chunk; 0 if nothing was left and the subscriber is
 * LIVE, or if the socket has a filter.
 */
int kbus_drain_chunk(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct kbus_subscriber *sub = cb->data;
	struct chunk chunk = {
		.skb = skb,
		.portid = NETLINK_CB(cb->skb).portid,
		.seq = cb->nlh->nlmsg_seq,
		.flags = NLM_F_MULTI,
	};
	enum step step;

	if (kbus_inbox_filters(sub->sk)) {
		kbus_handover_again(sub);
		return 0;
	}
	do {
		step = drain_one(sub, &chunk);
		copy_taken(&chunk);
		/* There may be many entries that go into no chunk. */
		cond_resched();
	} while (step == STEP_TAKEN);
	if (sub->backlog.limits.overflow == KBUS_BLOCK && skb->len) {
		spin_lock_bh(&sub->lock);
		kbus_subscriber_wake_blocked(sub);
		spin_unlock_bh(&sub->lock);
	}

	/* If items are left, an empty chunk would look like the end. */
	cb->min_dump_alloc = chunk.missing;
	if (step == STEP_FULL && !skb->len)
		nlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  NLMSG_NOOP, 0, NLM_F_MULTI);
	return skb->len;
}

/**
 * kbus_drain_done() - clean up when a dump ends or its socket is closed
 * @cb: the dump
 *
 * Context: process.
 * Return: 0.
 */
int kbus_drain_done(struct netlink_callback *cb)
{
	struct kbus_subscriber *sub = cb->data;

	kbus_handover_leave(sub);
	kbus_subscriber_put(sub);
	return 0;
}
