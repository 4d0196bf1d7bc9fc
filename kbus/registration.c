// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registration: how a socket becomes a subscriber, and how a subscriber ends
 */
#include "backlog.h"
#include "backlog_quota.h"
#include "binding.h"
#include "broker.h"
#include "carry.h"
#include "coalesce.h"
#include "delivery.h"
#include "entry.h"
#include "hold.h"
#include "identity.h"
#include "inbox.h"
#include "notify.h"
#include "quota.h"
#include "refuse.h"
#include "registration.h"
#include "remains.h"
#include "subscribe.h"
#include "subscriber.h"
#include "sys.h"
#include "trace.h"
#include "wake.h"

#include <linux/cred.h>
#include <linux/sched.h>
#include <net/sock.h>

/* Sets the limits that were left to the broker, and checks the others. */
static int settle_limits(const struct kbus_net *kn,
			 struct kbus_backlog_limits *limits,
			 struct netlink_ext_ack *extack)
{
	const u32 messages_max =
		READ_ONCE(kn->settings.backlog_messages_max);
	const u32 bytes_max = READ_ONCE(kn->settings.backlog_bytes_max);

	if (!limits->messages)
		limits->messages = min_t(u32, KBUS_BACKLOG_MESSAGES_DEFAULT,
					 messages_max);
	if (!limits->bytes)
		limits->bytes = min_t(u32, KBUS_BACKLOG_BYTES_DEFAULT,
				      bytes_max);
	if (limits->messages > messages_max)
		return kbus_refuse(extack, -EDQUOT,
				   "backlog too long: ask for fewer messages, or raise net.kbus.backlog_messages_max");
	if (limits->bytes > bytes_max)
		return kbus_refuse(extack, -EDQUOT,
				   "backlog too large: ask for fewer bytes, or raise net.kbus.backlog_bytes_max");
	return 0;
}

static const struct kbus_bill subscriber_bill = { .of = {
	[KBUS_SUBSCRIBERS] = 1,
	[KBUS_MEMORY] = sizeof(struct kbus_subscriber) +
			KBUS_NOTIFY_RECORD_BYTES + KBUS_CARRIED_FIRST,
} };

static int subscriber_charge(struct kbus_subscriber *sub,
			     struct netlink_ext_ack *extack)
{
	int err;

	sub->user = kbus_user_get(sub->rights.caller);
	if (!sub->user)
		return -ENOMEM;
	err = kbus_charge(sub->user, &subscriber_bill, extack);
	if (err)
		return err;
	err = kbus_backlog_quota_begin(sub, extack);
	if (err)
		kbus_uncharge(sub->user, &subscriber_bill);
	return err;
}

static void subscriber_uncharge(struct kbus_subscriber *sub)
{
	kbus_backlog_quota_end(sub);
	kbus_uncharge(sub->user, &subscriber_bill);
}

/* Returns a subscriber that nobody else can find yet, or NULL. */
static struct kbus_subscriber *
subscriber_new(struct kbus_net *kn, struct sock *sk, u32 portid,
	       const struct kbus_subscriber_options *options,
	       const struct kbus_sender *owner)
{
	struct kbus_subscriber *sub;

	sub = kzalloc(sizeof(*sub), GFP_KERNEL_ACCOUNT);
	if (!sub)
		return NULL;
	sub->kn = kn;
	sub->sk = sk;
	sub->portid = portid;
	sub->control = options->control;
	sub->pid = get_pid(owner->pid);
	sub->uid = owner->uid;
	get_task_comm(sub->program, current->group_leader);
	sub->rights.caller = get_cred(owner->rights.caller);
	sub->rights.opener = get_cred(owner->rights.opener);
	kbus_view_init(&sub->view, kn, sub->rights.caller);
	refcount_set(&sub->refs, 1);
	mutex_init(&sub->changes);
	INIT_LIST_HEAD(&sub->subscriptions);
	INIT_LIST_HEAD(&sub->coming);
	init_waitqueue_head(&sub->room);
	spin_lock_init(&sub->lock);
	INIT_LIST_HEAD(&sub->bindings);
	INIT_LIST_HEAD(&sub->detached);
	kbus_wake_begin(sub);
	kbus_coalesce_init(sub, options->coalesce_us);
	return sub;
}

/**
 * kbus_subscriber_register() - make a socket a subscriber
 * @kn: the bus; caller must hold kbus_net.lock
 * @sk: the socket; a reference is taken
 * @portid: its port id
 * @options: what the socket's program asks for; copied
 * @owner: the sender of the request
 * @extack: receives the reason of a failure
 *
 * Context: process, may sleep; within the owner's request.
 * Return: 0, or -EALREADY if the socket is a subscriber already, -EDQUOT if a
 * limit is too large or the owner's quota is exhausted, -ENOMEM.
 */
int kbus_subscriber_register(struct kbus_net *kn, struct sock *sk, u32 portid,
			     const struct kbus_subscriber_options *options,
			     const struct kbus_sender *owner,
			     struct netlink_ext_ack *extack)
{
	struct kbus_backlog_limits limits = options->limits;
	struct kbus_subscriber *sub;
	int err;

	err = settle_limits(kn, &limits, extack);
	if (err)
		return err;
	/*
	 * The port id belongs to this socket. Another subscriber with it is
	 * closing.
	 */
	sub = kbus_subscriber_find(kn, portid);
	while (sub && sub->sk != sk) {
		kbus_subscriber_release(sub);
		sub = kbus_subscriber_find(kn, portid);
	}
	if (sub)
		return kbus_refuse(extack, -EALREADY,
				   "this socket is a subscriber already");

	sub = subscriber_new(kn, sk, portid, options, owner);
	if (!sub)
		return -ENOMEM;
	kbus_backlog_init(&sub->backlog, &limits);
	err = kbus_notify_init(sub, options->no_error);
	if (err)
		goto err_notify;
	err = subscriber_charge(sub, extack);
	if (err)
		goto err_notify;
	err = kbus_subscriber_enter(sub);
	if (err)
		goto err_charge;
	sock_hold(sk);
	kbus_sys_tell_subscriber(sub, KBUS_SYS_REGISTERED);
	return 0;

err_charge:
	subscriber_uncharge(sub);
err_notify:
	kbus_notify_exit(sub);
	kbus_subscriber_put(sub);
	return err;
}

/* Empties the backlog of a subscriber that gets no more messages. */
static void subscriber_empty(struct kbus_subscriber *sub)
{
	struct kbus_entry *entry, *next_entry;
	struct kbus_binding *binding, *next;
	struct kbus_backlog rest;
	LIST_HEAD(dropped);

	/* Emptying the backlog may take too long for a spinlock. */
	spin_lock_bh(&sub->lock);
	kbus_backlog_cut(&sub->backlog, &rest);
	spin_unlock_bh(&sub->lock);
	kbus_backlog_purge(&rest, &dropped);
	list_for_each_entry_safe(entry, next_entry, &dropped, node) {
		if (!entry->cursor->forsaken)
			trace_kbus_drop(kbus_cursor_binding(entry->cursor),
					entry->seq, entry->count,
					KBUS_LOSS_CLOSED);
		kbus_entry_free(entry);
		cond_resched();
	}
	list_for_each_entry_safe(binding, next, &sub->detached, by_subscriber) {
		spin_lock_bh(&sub->lock);
		kbus_binding_settle(binding);
		spin_unlock_bh(&sub->lock);
		cond_resched();
	}
}

static void subscriber_end(struct kbus_subscriber *sub)
{
	struct kbus_net *kn = sub->kn;

	sub->ended = true;
	kbus_subscriptions_end(sub);
	kbus_subscriber_remove(sub);
	kbus_sys_tell_subscriber(sub, KBUS_SYS_ENDED);
	/*
	 * Nobody else can find the subscriber now, and its backlog may be long.
	 */
	mutex_unlock(&kn->lock);
	subscriber_empty(sub);
	kbus_coalesce_exit(sub);
	kbus_notify_exit(sub);
	kbus_wake_end(sub);
	subscriber_uncharge(sub);
	/*
	 * Do not leave this to the last reference. A dump holds one, and older
	 * kernels end a dump only when its socket is freed.
	 */
	if (sub->control_sk)
		sock_put(sub->control_sk);
	kbus_inbox_close(sub->sk);
	sock_put(sub->sk);
	mutex_lock(&kn->lock);
	kbus_subscriber_put(sub);
}

/**
 * kbus_subscriber_release() - end a subscriber
 * @sub: the subscriber; caller must hold kbus_net.lock, which is released at
 *	times
 *
 * The subscriber's socket is closed or closing, so the messages in its backlog
 * are of no use.
 *
 * Context: process, may sleep.
 */
void kbus_subscriber_release(struct kbus_subscriber *sub)
{
	refcount_inc(&sub->refs);
	/* A request that is changing the subscriber need not continue. */
	WRITE_ONCE(sub->ending, true);
	kbus_net_claim(sub->kn, &sub->changes, false);
	if (!sub->ended)
		subscriber_end(sub);
	kbus_subscriber_unclaim(sub);
}
