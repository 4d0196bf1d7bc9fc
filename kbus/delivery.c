// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delivery: whether a message goes into a subscriber's socket or into its
 * backlog, or is lost
 *
 * A subscriber is LIVE while its socket has room, and each message goes
 * straight into the socket. The first message that does not fit, or a replay,
 * makes the subscriber QUEUED: that message and all later ones wait in its
 * backlog, and the subscriber is notified (notify.c). drain.c describes how it
 * becomes LIVE again. If its socket has a filter, each message is queued,
 * because the filter must run in the reader's context: see sift.c.
 */
#include "backlog.h"
#include "backlog_quota.h"
#include "binding.h"
#include "broker.h"
#include "coalesce.h"
#include "cursor.h"
#include "delivery.h"
#include "entry.h"
#include "fanout.h"
#include "identity.h"
#include "inbox.h"
#include "message.h"
#include "notify.h"
#include "record.h"
#include "subscriber.h"
#include "trace.h"

#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <net/netlink.h>

/**
 * struct offer - a message that is offered to a subscriber's backlog
 * @binding: the binding that carries it
 * @skb: the message as it was published
 * @shown: the message as the subscriber sees it, often @skb itself; NULL if
 *	memory is short
 * @replayed: it comes from the topic's history
 * @dropped: list that receives the dropped entries, for kbus_entries_free()
 *
 * It is filled in only if the socket does not take the message, so that a
 * message on its way to the socket stays in registers.
 */
struct offer {
	struct kbus_binding *binding;
	const struct sk_buff *skb;
	struct sk_buff *shown;
	bool replayed;
	struct list_head *dropped;
};

static bool announce_topic(struct kbus_binding *binding)
{
	struct sk_buff *skb;

	if (binding->announced)
		return true;
	skb = nlmsg_new(kbus_record_name_size(binding->key.topic) -
				NLMSG_HDRLEN,
			GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return false;
	if (WARN_ON_ONCE(kbus_record_name(skb, binding->key.topic, 0, 0, 0))) {
		kfree_skb(skb);
		return false;
	}
	NETLINK_CB(skb).dst_group = binding->key.topic->group;
	binding->announced = kbus_inbox_give(binding->key.subscriber, skb);
	return binding->announced;
}

/*
 * Whether messages may share buffers in a subscriber's socket. A short backlog,
 * or one that conflates, is for fresh messages: the socket should not hold ten
 * times as many older ones.
 */
static bool may_append(const struct kbus_backlog *backlog)
{
	return !kbus_backlog_conflates(backlog) &&
	       backlog->limits.messages >= KBUS_BACKLOG_LONG &&
	       backlog->limits.bytes >= SZ_128K;
}

static bool put_live(struct kbus_subscriber *sub, struct sk_buff *skb,
		     bool last)
{
	return (may_append(&sub->backlog) && kbus_inbox_append(sub, skb)) ||
	       kbus_inbox_deliver(sub, skb, last);
}

static bool deliver_live(struct kbus_binding *binding, struct sk_buff *skb,
			 bool last)
{
	struct kbus_subscriber *sub = binding->key.subscriber;

	lockdep_assert_held(&sub->lock);
	if (sub->state != KBUS_LIVE || kbus_inbox_filters(sub->sk) ||
	    !kbus_cursor_continues(&binding->cursor, kbus_message_seq(skb)) ||
	    !announce_topic(binding) || !put_live(sub, skb, last))
		return false;
	kbus_cursor_pass(&binding->cursor, kbus_message_count(skb));
	sub->live += kbus_message_count(skb);
	trace_kbus_deliver(binding, skb);
	return true;
}

/* Traces the entries that were dropped after @last. */
static void trace_dropped(const struct kbus_backlog *backlog,
			  const struct list_head *dropped,
			  struct list_head *last)
{
	struct kbus_entry *entry = list_entry(last, struct kbus_entry, node);

	list_for_each_entry_continue(entry, dropped, node) {
		if (entry->cursor->forsaken)
			continue;
		trace_kbus_drop(kbus_cursor_binding(entry->cursor), entry->seq,
				entry->count,
				entry->bytes > backlog->limits.bytes ?
					KBUS_LOSS_SIZE :
					backlog->limits.overflow);
	}
}

/* Traces dropped entries here, because the lock keeps their bindings. */
static bool push_entry(struct kbus_subscriber *sub, struct kbus_entry *entry,
		       struct list_head *dropped)
{
	struct list_head *last = dropped->prev;
	bool queued;

	lockdep_assert_held(&sub->lock);
	queued = kbus_backlog_push(&sub->backlog, entry, dropped);
	if (trace_kbus_drop_enabled())
		trace_dropped(&sub->backlog, dropped, last);
	if (queued)
		trace_kbus_queue(sub, entry);
	kbus_bindings_reap(sub);
	return queued;
}

static void lose_messages(struct kbus_binding *binding, u64 seq, u64 count,
			  enum kbus_loss reason)
{
	struct kbus_subscriber *sub = binding->key.subscriber;

	lockdep_assert_held(&sub->lock);
	kbus_backlog_lose(&sub->backlog, &binding->cursor, seq, count);
	trace_kbus_drop(binding, seq, count, reason);
}

static enum kbus_way queue_message(const struct offer *offer)
{
	struct kbus_binding *binding = offer->binding;
	struct kbus_subscriber *sub = binding->key.subscriber;
	const struct sk_buff *skb = offer->skb;
	u64 seq = kbus_message_seq(skb);
	struct kbus_entry *entry = NULL;

	lockdep_assert_held(&sub->lock);
	if (offer->shown)
		entry = kbus_entry_new(&sub->backlog, offer->shown);
	if (!entry) {
		lose_messages(binding, seq, kbus_message_count(skb),
			      KBUS_LOSS_MEMORY);
		return KBUS_WAY_DROPPED;
	}
	entry->cursor = &binding->cursor;
	entry->message = skb_get(offer->shown);
	entry->seq = seq;
	/* The size that was reserved for it. */
	entry->bytes = skb->truesize;
	entry->count = kbus_message_count(skb);
	entry->replayed = offer->replayed;
	kbus_backlog_quota_grow(sub, entry->count, entry->bytes);
	return push_entry(sub, entry, offer->dropped) ? KBUS_WAY_QUEUED :
							KBUS_WAY_DROPPED;
}

static void become_queued(struct kbus_subscriber *sub)
{
	trace_kbus_state(sub, KBUS_QUEUED);
	sub->state = KBUS_QUEUED;
}

static void fall_behind(struct kbus_subscriber *sub)
{
	if (sub->state == KBUS_QUEUED)
		return;
	become_queued(sub);
	kbus_notify(sub);
}

/*
 * A filter on the socket must see each message alone. A message that the socket
 * has room for must not be lost because the backlog has none.
 */
static bool may_wait(struct kbus_subscriber *sub, const struct sk_buff *skb)
{
	const u32 count = kbus_message_count(skb);

	lockdep_assert_held(&sub->lock);
	if (!kbus_coalesces(&sub->coalesce, skb->len) ||
	    kbus_inbox_filters(sub->sk))
		return false;
	kbus_backlog_quota_grow(sub, count, skb->truesize);
	return kbus_backlog_fits(&sub->backlog, count, skb->truesize);
}

/* A LIVE subscriber becomes QUEUED here, but is not notified yet. */
static void wait_for_others(struct kbus_binding *binding,
			    const struct sk_buff *skb)
{
	struct kbus_subscriber *sub = binding->key.subscriber;
	u32 bytes = skb->len;

	if (sub->state == KBUS_LIVE) {
		become_queued(sub);
		kbus_coalesce_begin(sub);
	}
	if (!binding->announced)
		bytes += kbus_record_name_size(binding->key.topic);
	if (sub->coalesce.waits)
		kbus_coalesce_add(sub, bytes);
}

/*
 * Queues a message that is not delivered now. @waits: it waits for others;
 * otherwise the socket does not take it.
 */
static enum kbus_way queue_instead(const struct offer *offer, bool waits)
{
	struct kbus_subscriber *sub = offer->binding->key.subscriber;
	enum kbus_way way = queue_message(offer);

	if (waits) {
		wait_for_others(offer->binding, offer->shown);
	} else {
		sub->overruns += sub->state == KBUS_LIVE &&
				 !kbus_inbox_filters(sub->sk);
		fall_behind(sub);
	}
	return way;
}

/**
 * kbus_takes_batch() - check whether a subscriber takes a batch as one entry
 * @binding: the binding to the subscriber
 * @count: number of messages in the batch
 * @bytes: memory of the batch
 *
 * Context: any.
 * Return: true if the subscriber takes the batch as one entry.
 */
bool kbus_takes_batch(const struct kbus_binding *binding, u32 count, u32 bytes)
{
	const struct kbus_subscriber *sub = binding->key.subscriber;

	return kbus_backlog_takes_batch(&sub->backlog, count, bytes);
}

/**
 * kbus_offer() - deliver a message to a subscriber, queue it, or drop it
 * @binding: the binding; caller must hold kbus_topic.lock
 * @skb: the message, stamped; shared, not consumed
 * @sender: the process that publishes it; NULL if it is the kernel
 * @last: no other receiver gets the message after this subscriber
 *
 * Context: any but hard interrupt.
 * Return: the way that the message went.
 */
enum kbus_way kbus_offer(struct kbus_binding *binding, struct sk_buff *skb,
			 struct pid *sender, bool last)
{
	const bool reserved = binding->blocks && KBUS_MESSAGE_CB(skb)->reserved;
	struct kbus_subscriber *sub = binding->key.subscriber;
	enum kbus_way way = KBUS_WAY_LIVE;
	struct sk_buff *shown;
	LIST_HEAD(dropped);
	bool waits;

	lockdep_assert_held(&binding->key.topic->lock);
	shown = kbus_view_message(&sub->view, skb, sender);
	spin_lock_bh(&sub->lock);
	if (reserved)
		kbus_backlog_unreserve(&sub->backlog, kbus_message_count(skb),
				       skb->truesize);
	waits = shown && may_wait(sub, skb);
	if (!waits)
		kbus_coalesce_end(sub);
	if (waits || !shown || !deliver_live(binding, shown, last)) {
		const struct offer offer = {
			.binding = binding,
			.skb = skb,
			.shown = shown,
			.dropped = &dropped,
		};

		way = queue_instead(&offer, waits);
	}
	if (reserved && way != KBUS_WAY_QUEUED)
		kbus_subscriber_wake_blocked(sub);
	spin_unlock_bh(&sub->lock);
	if (shown != skb)
		consume_skb(shown);
	if (!list_empty(&dropped))
		kbus_entries_free(&dropped);
	return way;
}

/**
 * kbus_offer_loss() - queue a gap for messages that a topic lost
 * @binding: the binding; caller must hold kbus_topic.lock
 * @seq: sequence number of the first message
 * @count: number of messages
 *
 * Context: any but hard interrupt.
 */
void kbus_offer_loss(struct kbus_binding *binding, u64 seq, u64 count)
{
	struct kbus_subscriber *sub = binding->key.subscriber;

	lockdep_assert_held(&binding->key.topic->lock);
	spin_lock_bh(&sub->lock);
	lose_messages(binding, seq, count, KBUS_LOSS_OUTBOX);
	fall_behind(sub);
	spin_unlock_bh(&sub->lock);
}

/* Messages before @seq that the history does not hold: the outbox lost them. */
static void replay_loss(struct kbus_binding *binding, u64 seq)
{
	if (binding->cursor.end < seq)
		lose_messages(binding, binding->cursor.end,
			      seq - binding->cursor.end, KBUS_LOSS_OUTBOX);
}

/**
 * kbus_replay() - queue messages of a topic's history for a subscriber
 * @binding: the binding, whose cursor begins with the first message; caller
 *	must hold kbus_topic.lock and kbus_subscriber.lock
 * @skb: the first message, in the topic's history
 * @dropped: list that receives the dropped entries, for kbus_entries_free()
 *
 * Context: bottom halves off.
 */
void kbus_replay(struct kbus_binding *binding, struct sk_buff *skb,
		 struct list_head *dropped)
{
	const struct kbus_view *view = &binding->key.subscriber->view;
	struct kbus_topic *topic = binding->key.topic;
	struct offer offer = {
		.binding = binding,
		.replayed = true,
		.dropped = dropped,
	};

	lockdep_assert_held(&topic->lock);
	skb_queue_walk_from(&topic->history.messages, skb) {
		replay_loss(binding, kbus_message_seq(skb));
		offer.skb = skb;
		offer.shown = kbus_view_message(view, skb, NULL);
		queue_message(&offer);
		if (offer.shown != skb)
			consume_skb(offer.shown);
	}
	replay_loss(binding, topic->seq + 1);
	fall_behind(binding->key.subscriber);
}

