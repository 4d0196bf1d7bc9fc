// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listeners: a topic's messages on their way to its multicast group
 *
 * Any netlink socket may join a topic's group. The cost of a listener (its
 * copy, its filter, its wake-ups) must not fall on the publishers. A message is
 * therefore queued under the topic's lock, which keeps the order, and a work
 * item multicasts it. The queue is bounded. A message that finds no room is
 * lost to the listeners, which see the loss in the sequence numbers like any
 * other.
 */
#include "broker.h"
#include "compat.h"
#include "group.h"
#include "inbox.h"
#include "listeners.h"
#include "quota.h"

#include <linux/filter.h>
#include <linux/slab.h>
#include <net/netlink.h>
#include <net/sock.h>

/* Limit of kernel memory for each topic, and how much is charged at a time. */
#define LISTENERS_BYTES_MAX (1 << 20)
#define LISTENERS_BYTES_PIECE (64 << 10)

/* Number of messages sent for one topic before other topics get their turn. */
#define LISTENERS_BATCH 16

static struct workqueue_struct *listeners_queue;

static struct kbus_bill bytes_bill(u32 bytes)
{
	return (struct kbus_bill){ .of = { [KBUS_MEMORY] = bytes } };
}

static bool grow_listeners_quota(struct kbus_group *group, u32 bytes)
{
	const struct kbus_bill bill = bytes_bill(LISTENERS_BYTES_PIECE);

	lockdep_assert_held(&group->lock);
	if (bytes > LISTENERS_BYTES_MAX)
		return false;
	while (group->quota < bytes) {
		if (kbus_charge(group->user, &bill, NULL))
			return false;
		group->quota += LISTENERS_BYTES_PIECE;
	}
	return true;
}

/**
 * kbus_listeners_add() - queue a message for a topic's listeners
 * @group: the group of its topic; caller must hold kbus_topic.lock
 * @skb: the message, stamped; not consumed
 *
 * Context: any but hard interrupt.
 */
void kbus_listeners_add(struct kbus_group *group, struct sk_buff *skb)
{
	struct sk_buff *copy;

	copy = skb_clone(skb, GFP_ATOMIC | __GFP_NOWARN);
	if (!copy)
		return;
	spin_lock_bh(&group->lock);
	if (grow_listeners_quota(group, group->bytes + copy->truesize)) {
		group->bytes += copy->truesize;
		atomic_inc(&group->unsent);
		__skb_queue_tail(&group->messages, copy);
		copy = NULL;
	}
	spin_unlock_bh(&group->lock);
	kfree_skb(copy);
	queue_work(listeners_queue, &group->work);
}

static struct sk_buff *take_message(struct kbus_group *group)
{
	struct kbus_bill bill;
	struct sk_buff *skb;

	spin_lock_bh(&group->lock);
	skb = __skb_dequeue(&group->messages);
	if (skb) {
		group->bytes -= skb->truesize;
	} else {
		bill = bytes_bill(group->quota);
		group->quota = 0;
		kbus_uncharge(group->user, &bill);
	}
	spin_unlock_bh(&group->lock);
	return skb;
}

/**
 * struct filterer - a listener that has a filter
 * @list: in struct filterers
 * @sk: its socket; a reference is held
 */
struct filterer {
	struct list_head list;
	struct sock *sk;
};

/* The listeners with a filter that are to get @message. */
struct filterers {
	const struct sk_buff *message;
	struct list_head list;
};

/*
 * Returns whether netlink is to skip a listener. Netlink would run the filter
 * while all programs that open or close a netlink socket wait. If the filter
 * cut the message and the socket was full, netlink would pass the cut message
 * to the next listener.
 */
static int set_aside(struct sock *sk, struct sk_buff *skb, void *data)
{
	struct filterers *filterers = data;
	struct filterer *filterer;

	if (skb->len == filterers->message->len && !kbus_inbox_filters(sk))
		return 0;
	filterer = kmalloc(sizeof(*filterer), GFP_KERNEL);
	if (filterer) {
		sock_hold(sk);
		filterer->sk = sk;
		list_add_tail(&filterer->list, &filterers->list);
	}
	return 1;
}

static void offer_message(struct sock *sk, struct sk_buff *message)
{
	struct sk_buff *copy = pskb_copy(message, GFP_KERNEL);

	if (!copy || sk_filter(sk, copy)) {
		kfree_skb(copy);
	} else if (atomic_read(&sk->sk_rmem_alloc) > READ_ONCE(sk->sk_rcvbuf)) {
		atomic_inc(&sk->sk_drops);
		kfree_skb(copy);
	} else {
		skb_set_owner_r(copy, sk);
		skb_queue_tail(&sk->sk_receive_queue, copy);
		if (!sock_flag(sk, SOCK_DEAD))
			sk->sk_data_ready(sk);
	}
}

/* Serves each one separately, and lets others have the processor in between. */
static void serve_filterers(struct filterers *filterers,
			    struct sk_buff *message)
{
	struct filterer *filterer, *next;

	list_for_each_entry_safe(filterer, next, &filterers->list, list) {
		offer_message(filterer->sk, message);
		sock_put(filterer->sk);
		kfree(filterer);
		cond_resched();
	}
}

static void send_message(struct kbus_group *group, struct sk_buff *skb)
{
	struct filterers filterers = {
		.message = skb,
		.list = LIST_HEAD_INIT(filterers.list),
	};

	kbus_broadcast(group->kn->sk, skb, group->number, set_aside,
		       &filterers);
	serve_filterers(&filterers, skb);
	consume_skb(skb);
}

static void send_messages(struct work_struct *work)
{
	struct kbus_group *group = container_of(work, struct kbus_group, work);
	struct sk_buff *skb;
	int i;

	for (i = 0; i < LISTENERS_BATCH; i++) {
		skb = take_message(group);
		if (!skb)
			return;
		send_message(group, skb);
		atomic_dec(&group->unsent);
		cond_resched();
	}
	queue_work(listeners_queue, &group->work);
}

/**
 * kbus_listeners_begin() - initialize a group's queue
 * @group: the group
 *
 * Context: any.
 */
void kbus_listeners_begin(struct kbus_group *group)
{
	INIT_WORK(&group->work, send_messages);
	atomic_set(&group->unsent, 0);
	spin_lock_init(&group->lock);
	__skb_queue_head_init(&group->messages);
}

/**
 * kbus_listeners_end() - drop the messages that wait for a group's listeners
 * @group: the group, to which no more messages are added
 *
 * Context: process; may sleep.
 */
void kbus_listeners_end(struct kbus_group *group)
{
	struct sk_buff *skb;

	cancel_work_sync(&group->work);
	for (skb = take_message(group); skb; skb = take_message(group)) {
		kfree_skb(skb);
		atomic_dec(&group->unsent);
	}
}

/*
 * The queue runs one item at a time, so that listeners do not take every
 * processor.
 */
int kbus_listeners_init(void)
{
	listeners_queue = alloc_workqueue("kbus_listeners", WQ_UNBOUND, 1);
	return listeners_queue ? 0 : -ENOMEM;
}

void kbus_listeners_exit(void)
{
	destroy_workqueue(listeners_queue);
}
