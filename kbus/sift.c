// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sifting: how a subscriber whose socket has a filter gets its backlog
 *
 * A program may attach a filter to its socket. The filter may run for a long
 * time, and refuses or shortens messages. So that no publisher waits for it,
 * the messages of such a subscriber are queued, and the filter runs here,
 * within the reader's own request, on one message after the other. A netlink
 * dump would run the filter on a whole chunk, and would stall if the chunk were
 * refused.
 *
 * Messages that pass the filter are put into the socket until it is full. The
 * request is answered as netlink ends a dump. If there is more, the reader is
 * notified to ask again. The answer, names and gap records bypass the filter,
 * because the reader needs them to know which messages it has.
 */
#include "backlog.h"
#include "binding.h"
#include "broker.h"
#include "entry.h"
#include "handover.h"
#include "inbox.h"
#include "message.h"
#include "record.h"
#include "refuse.h"
#include "sift.h"
#include "subscriber.h"
#include "trace.h"

#include <linux/filter.h>
#include <linux/sched/signal.h>
#include <net/netlink.h>
#include <net/sock.h>

/*
 * Maximum number of items per request, so that its program can be killed in
 * between.
 */
#define SIFT_ITEMS_MAX 4096

/*
 * The answer is charged to its reader's socket, so that unread answers are
 * bounded.
 */
static struct sk_buff *new_answer(struct kbus_subscriber *sub, u32 portid,
				  u32 seq)
{
	struct sk_buff *skb;

	skb = nlmsg_new(sizeof(int), GFP_KERNEL);
	if (!skb)
		return ERR_PTR(-ENOMEM);
	nlmsg_put(skb, portid, seq, NLMSG_DONE, sizeof(int), NLM_F_MULTI);
	memset(nlmsg_data(nlmsg_hdr(skb)), 0, sizeof(int));
	if (kbus_inbox_admit(sub->sk, skb))
		return skb;
	kfree_skb(skb);
	return ERR_PTR(-ENOBUFS);
}

static struct sk_buff *copy_name(struct kbus_binding *binding)
{
	const struct kbus_topic *topic = binding->key.topic;
	struct sk_buff *skb;

	skb = nlmsg_new(kbus_record_name_size(topic) - NLMSG_HDRLEN,
			GFP_ATOMIC | __GFP_NOWARN);
	if (skb)
		WARN_ON_ONCE(kbus_record_name(skb, topic, 0, 0, 0));
	return skb;
}

/* Copies one message of a batch. Batches are linear. */
static struct sk_buff *copy_first(const struct kbus_entry *entry)
{
	struct sk_buff *batch = entry->message;
	const struct nlmsghdr *nlh =
		(const void *)batch->data + kbus_entry_offset(entry);
	struct sk_buff *skb;

	skb = alloc_skb(nlh->nlmsg_len, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_put_data(skb, nlh, nlh->nlmsg_len);
	*KBUS_MESSAGE_CB(skb) = *KBUS_MESSAGE_CB(batch);
	KBUS_MESSAGE_CB(skb)->payload_bytes =
		nla_len(kbus_message_payload_attr(nlmsg_hdr(skb)));
	KBUS_MESSAGE_CB(skb)->count = 1;
	return skb;
}

/*
 * Returns a buffer that the filter may shorten. If the message is in pages, the
 * buffer must have its own list of pages.
 */
static struct sk_buff *copy_message(const struct kbus_entry *entry)
{
	struct sk_buff *message = entry->message;
	struct kbus_header *header;
	struct sk_buff *skb;

	if (kbus_message_count(message) > 1)
		return copy_first(entry);
	if (!entry->replayed && !skb_is_nonlinear(message) &&
	    !skb_pfmemalloc(message))
		return skb_clone(message, GFP_ATOMIC | __GFP_NOWARN);
	skb = pskb_copy(message, GFP_ATOMIC | __GFP_NOWARN);
	if (skb && entry->replayed) {
		header = nlmsg_data(nlmsg_hdr(skb));
		header->flags |= KBUS_F_REPLAYED;
	}
	return skb;
}

static struct sk_buff *new_gap(void)
{
	return nlmsg_new(kbus_record_gap_size() - NLMSG_HDRLEN,
			 GFP_ATOMIC | __GFP_NOWARN);
}

static struct sk_buff *copy_item(const struct kbus_item *item)
{
	struct kbus_binding *binding;

	if (item->kind == KBUS_ITEM_FORSAKEN)
		return new_gap();
	binding = kbus_cursor_binding(item->cursor);
	if (!binding->announced)
		return copy_name(binding);
	return item->kind == KBUS_ITEM_GAP ? new_gap() :
					     copy_message(item->entry);
}

/*
 * Removes an item from the backlog once its copy is certain to be put into the
 * socket.
 */
static void leave_backlog(struct kbus_subscriber *sub,
			  const struct kbus_item *item, struct sk_buff *skb)
{
	struct kbus_entry *entry;
	struct kbus_binding *binding;

	if (item->kind == KBUS_ITEM_FORSAKEN) {
		kbus_handover_forsaken(sub, item, skb, 0, 0, 0);
		return;
	}
	binding = kbus_cursor_binding(item->cursor);
	if (!binding->announced) {
		binding->announced = true;
		return;
	}
	if (item->kind == KBUS_ITEM_GAP) {
		kbus_handover_gap(sub, item, skb, 0, 0, 0);
		kbus_backlog_take(&sub->backlog, item);
	} else {
		trace_kbus_drain(binding, skb);
		sub->drained++;
		entry = kbus_backlog_take_first(&sub->backlog, item);
		if (entry)
			kbus_entry_free(entry);
		if (sub->backlog.limits.overflow == KBUS_BLOCK)
			kbus_subscriber_wake_blocked(sub);
	}
	kbus_binding_settle(binding);
}

/*
 * Takes the next item out of the backlog, in a buffer of its own that is
 * charged to the reader's socket. Returns NULL if there is none; then the
 * subscriber is LIVE. Returns an error if nothing was taken; -EAGAIN: an entry
 * of a forsaken binding was discarded.
 */
static struct sk_buff *sift_next(struct kbus_subscriber *sub)
{
	struct sk_buff *skb = NULL;
	struct kbus_item item;

	spin_lock_bh(&sub->lock);
	/* Later messages must not overtake the one that is taken here. */
	sub->coalesce.waits = false;
	item = kbus_backlog_peek(&sub->backlog);
	if (item.kind == KBUS_ITEM_DEAD) {
		kbus_handover_dead(sub, &item);
		skb = ERR_PTR(-EAGAIN);
		goto out;
	}
	if (item.kind == KBUS_ITEM_NONE) {
		kbus_handover_end(sub);
		goto out;
	}
	skb = copy_item(&item);
	if (!skb) {
		skb = ERR_PTR(-ENOMEM);
	} else if (!kbus_inbox_admit(sub->sk, skb)) {
		kfree_skb(skb);
		skb = ERR_PTR(-ENOBUFS);
	} else {
		leave_backlog(sub, &item, skb);
	}
out:
	spin_unlock_bh(&sub->lock);
	return skb;
}

static bool is_message_item(const struct sk_buff *skb)
{
	return nlmsg_hdr(skb)->nlmsg_type == KBUS_MSG_MESSAGE;
}

static void put_item(struct kbus_subscriber *sub, struct sk_buff *skb)
{
	spin_lock_bh(&sub->lock);
	kbus_inbox_put(sub, skb);
	spin_unlock_bh(&sub->lock);
}

/*
 * Hands over items while there is room, time and memory. Returns whether the
 * backlog is empty.
 */
static bool sift_items(struct kbus_subscriber *sub)
{
	struct sk_buff *skb;
	int i;

	for (i = 0; i < SIFT_ITEMS_MAX && !signal_pending(current); i++) {
		skb = sift_next(sub);
		if (!skb)
			return true;
		cond_resched();
		if (skb == ERR_PTR(-EAGAIN))
			continue;
		if (IS_ERR(skb))
			return false;
		if (is_message_item(skb) && sk_filter(sub->sk, skb))
			kfree_skb(skb);
		else
			put_item(sub, skb);
	}
	return false;
}

/**
 * kbus_sift() - hand over as much of a backlog as there is room for
 * @sub: the subscriber; the caller holds a reference
 * @portid: port id of its socket
 * @seq: the request's nlmsg_seq
 * @extack: receives the reason of a failure
 *
 * Context: process, may sleep; within the reader's request.
 * Return: 0; or -EBUSY if the backlog is being handed over already, -ENOBUFS if
 * the socket is full, -ENOMEM.
 */
int kbus_sift(struct kbus_subscriber *sub, u32 portid, u32 seq,
	      struct netlink_ext_ack *extack)
{
	bool complete = false;
	struct sk_buff *answer;
	int err = 0;

	if (kbus_handover_enter(sub))
		return kbus_refuse(extack, -EBUSY,
				   "the backlog is being handed over: read the socket empty, then ask again");
	answer = new_answer(sub, portid, seq);
	if (IS_ERR(answer))
		err = PTR_ERR(answer);
	else
		complete = sift_items(sub);
	if (!complete)
		kbus_handover_again(sub);
	if (!err)
		put_item(sub, answer);
	kbus_handover_leave(sub);
	if (err == -ENOBUFS)
		NL_SET_ERR_MSG(extack,
			       "the socket is full: read it empty, then ask for the backlog");
	return err;
}
