// SPDX-License-Identifier: GPL-2.0-only
/*
 * Subscribers: their life and limits
 *
 * A subscriber is a socket, not a port id: the broker holds the socket and
 * queues to it directly, so that whoever binds the port id after a close gets
 * nothing meant for the one before.
 */
#include "hold.h"
#include "publish.h"
#include "sys.h"
#include "trace.h"

#include <linux/cred.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/sock.h>

static unsigned int backlog_messages_max = 1000000;
module_param(backlog_messages_max, uint, 0644);
MODULE_PARM_DESC(backlog_messages_max,
		 "largest backlog that a subscriber may ask for, in messages (default 1000000)");

static unsigned int backlog_bytes_max = 64 << 20;
module_param(backlog_bytes_max, uint, 0644);
MODULE_PARM_DESC(backlog_bytes_max,
		 "largest backlog that a subscriber may ask for, in bytes of kernel memory (default 64 MiB)");

static const struct rhashtable_params subscriber_params = {
	.head_offset = offsetof(struct kbus_subscriber, node),
	.key_offset = offsetof(struct kbus_subscriber, portid),
	.key_len = sizeof_field(struct kbus_subscriber, portid),
	.automatic_shrinking = true,
};

/**
 * kbus_subscriber_find() - find a subscriber
 * @kn: the bus; caller must hold kbus_net.lock
 * @portid: port id of its socket
 *
 * Context: process.
 * Return: the subscriber, valid while the lock is held, or NULL.
 */
struct kbus_subscriber *kbus_subscriber_find(struct kbus_net *kn, u32 portid)
{
	lockdep_assert_held(&kn->lock);
	return rhashtable_lookup_fast(&kn->subscribers, &portid,
				      subscriber_params);
}

/**
 * kbus_subscriber_get() - find a subscriber without the lock
 * @kn: the bus
 * @portid: port id of its socket
 *
 * Every closing socket asks, and every reader that is behind.
 *
 * Context: any but hard interrupt.
 * Return: the subscriber, which may be ended meanwhile, for
 * kbus_subscriber_put(); or NULL.
 */
struct kbus_subscriber *kbus_subscriber_get(struct kbus_net *kn, u32 portid)
{
	struct kbus_subscriber *sub;

	rcu_read_lock();
	sub = rhashtable_lookup(&kn->subscribers, &portid, subscriber_params);
	if (sub && !refcount_inc_not_zero(&sub->refs))
		sub = NULL;
	rcu_read_unlock();
	return sub;
}

/**
 * kbus_subscriber_claim() - be the only one to change what a subscriber receives
 * @sub: the subscriber; caller must hold kbus_net.lock, which is given up while
 *	another changes it
 * @extack: for the reason of a failure
 *
 * Context: process, may sleep.
 * Return: 0, for kbus_subscriber_unclaim(); or -EINTR if the process is killed,
 * -ENOTCONN if the subscriber has ended meanwhile.
 */
int kbus_subscriber_claim(struct kbus_subscriber *sub,
			  struct netlink_ext_ack *extack)
{
	int err;

	refcount_inc(&sub->refs);
	err = kbus_net_claim(sub->kn, &sub->changes, true);
	if (err) {
		kbus_subscriber_put(sub);
		return err;
	}
	if (!sub->ended)
		return 0;
	kbus_subscriber_unclaim(sub);
	return kbus_refuse(extack, -ENOTCONN,
			   "the subscriber's socket was closed");
}

/**
 * kbus_subscriber_unclaim() - let others change what a subscriber receives
 * @sub: the subscriber
 *
 * Context: process.
 */
void kbus_subscriber_unclaim(struct kbus_subscriber *sub)
{
	mutex_unlock(&sub->changes);
	kbus_subscriber_put(sub);
}

static int check_limits(const struct kbus_backlog_limits *limits,
			struct netlink_ext_ack *extack)
{
	if (!limits->messages || !limits->bytes)
		return kbus_refuse(extack, -EINVAL,
				   "a backlog needs room for at least one message and one byte");
	if (limits->messages > READ_ONCE(backlog_messages_max))
		return kbus_refuse(extack, -EDQUOT,
				   "backlog too long: ask for fewer messages, or raise kbus's backlog_messages_max");
	if (limits->bytes > READ_ONCE(backlog_bytes_max))
		return kbus_refuse(extack, -EDQUOT,
				   "backlog too large: ask for fewer bytes, or raise kbus's backlog_bytes_max");
	return 0;
}

static const struct kbus_bill subscriber_bill = { .of = {
	[KBUS_SUBSCRIBERS] = 1,
	[KBUS_MEMORY] = sizeof(struct kbus_subscriber) +
			KBUS_BELL_RECORD_BYTES + KBUS_CARRIED_FIRST,
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
	err = kbus_grant_begin(sub, extack);
	if (err)
		kbus_uncharge(sub->user, &subscriber_bill);
	return err;
}

static void subscriber_uncharge(struct kbus_subscriber *sub)
{
	kbus_grant_end(sub);
	kbus_uncharge(sub->user, &subscriber_bill);
}

static void subscriber_free(struct kbus_subscriber *sub)
{
	kbus_user_put(sub->user);
	kbus_view_exit(&sub->view);
	put_pid(sub->pid);
	put_cred(sub->rights.caller);
	put_cred(sub->rights.opener);
	kfree_rcu(sub, rcu);
}

/**
 * kbus_subscriber_register() - make a socket a subscriber
 * @kn: the bus; caller must hold kbus_net.lock
 * @sk: the socket; a reference is taken
 * @portid: its port id
 * @options: what it asks for; copied
 * @owner: who registers it
 * @extack: for the reason of a failure
 *
 * Context: process, may sleep; within the owner's request.
 * Return: 0, or -EALREADY if it is one, -EINVAL or -EDQUOT if the limits are
 * refused, -EDQUOT if the owner has too much, -ENOMEM.
 */
int kbus_subscriber_register(struct kbus_net *kn, struct sock *sk, u32 portid,
			     const struct kbus_subscriber_options *options,
			     const struct kbus_sender *owner,
			     struct netlink_ext_ack *extack)
{
	struct kbus_subscriber *sub;
	int err;

	err = check_limits(&options->limits, extack);
	if (err)
		return err;
	/* The port id is ours, so another that had it is on its way out. */
	while ((sub = kbus_subscriber_find(kn, portid)) && sub->sk != sk)
		kbus_subscriber_release(sub);
	if (sub)
		return kbus_refuse(extack, -EALREADY,
				   "this socket is a subscriber already");

	sub = kzalloc(sizeof(*sub), GFP_KERNEL_ACCOUNT);
	if (!sub)
		return -ENOMEM;
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
	INIT_LIST_HEAD(&sub->flows);
	INIT_LIST_HEAD(&sub->detached);
	kbus_backlog_init(&sub->backlog, &options->limits);

	kbus_wake_begin(sub);
	err = kbus_bell_init(sub, options->delay_us, options->no_error);
	if (err)
		goto err_bell;
	err = subscriber_charge(sub, extack);
	if (err)
		goto err_bell;
	err = xa_alloc_cyclic(&kn->subscriber_numbers, &sub->number, sub,
			      xa_limit_32b, &kn->next_subscriber,
			      GFP_KERNEL_ACCOUNT);
	if (err < 0)
		goto err_charge;
	err = rhashtable_insert_fast(&kn->subscribers, &sub->node,
				     subscriber_params);
	if (err)
		goto err_number;
	sock_hold(sk);
	kbus_sys_tell_subscriber(sub, KBUS_SYS_REGISTERED);
	return 0;

err_number:
	xa_erase(&kn->subscriber_numbers, sub->number);
err_charge:
	subscriber_uncharge(sub);
err_bell:
	kbus_bell_exit(sub);
	subscriber_free(sub);
	return err;
}

/* Some programs change their user after they have opened the first socket. */
static bool is_same_user(const struct kbus_rights *a,
			 const struct kbus_rights *b)
{
	return uid_eq(a->caller->euid, b->caller->euid) ||
	       uid_eq(a->opener->euid, b->opener->euid);
}

/**
 * kbus_subscriber_controlled_by() - whether a socket may speak for a subscriber
 * @sub: the subscriber; caller must hold kbus_net.lock
 * @sk: the socket
 * @portid: its port id
 * @rights: of who speaks through it
 *
 * The first socket of the subscriber's user to speak under the port id that the
 * subscriber named is its control socket for good: another that binds the port
 * id later is not.
 *
 * Context: process.
 * Return: true if it may.
 */
bool kbus_subscriber_controlled_by(struct kbus_subscriber *sub,
				   struct sock *sk, u32 portid,
				   const struct kbus_rights *rights)
{
	lockdep_assert_held(&sub->kn->lock);
	if (!portid || sub->control != portid)
		return false;
	if (!sub->control_sk && is_same_user(&sub->rights, rights)) {
		sock_hold(sk);
		sub->control_sk = sk;
	}
	return sub->control_sk == sk;
}

/**
 * kbus_subscriber_may_read() - whether a subscriber may receive a topic
 * @sub: the subscriber
 * @access: the topic's
 *
 * Context: process; does not sleep.
 * Return: true if it may.
 */
bool kbus_subscriber_may_read(const struct kbus_subscriber *sub,
			      const struct kbus_access *access)
{
	return kbus_access_allows(sub->kn, access, &sub->rights, KBUS_READ);
}

/* No more messages will come; those in the backlog are given up. */
static void subscriber_empty(struct kbus_subscriber *sub)
{
	struct kbus_entry *entry, *next_entry;
	struct kbus_flow *flow, *next;
	struct kbus_backlog rest;
	LIST_HEAD(dropped);

	/* The backlog may be too long for a spinlock. */
	spin_lock_bh(&sub->lock);
	kbus_backlog_cut(&sub->backlog, &rest);
	spin_unlock_bh(&sub->lock);
	kbus_backlog_purge(&rest, &dropped);
	list_for_each_entry_safe(entry, next_entry, &dropped, node) {
		if (!entry->track->forsaken)
			trace_kbus_drop(kbus_track_flow(entry->track),
					entry->seq, entry->count,
					KBUS_LOSS_CLOSED);
		kbus_entry_free(entry);
		cond_resched();
	}
	list_for_each_entry_safe(flow, next, &sub->detached, by_subscriber) {
		spin_lock_bh(&sub->lock);
		kbus_flow_settle(flow);
		spin_unlock_bh(&sub->lock);
		cond_resched();
	}
}

static void subscriber_end(struct kbus_subscriber *sub)
{
	struct kbus_net *kn = sub->kn;

	sub->ended = true;
	kbus_subscriptions_end(sub);
	xa_erase(&kn->subscriber_numbers, sub->number);
	rhashtable_remove_fast(&kn->subscribers, &sub->node,
			       subscriber_params);
	kbus_sys_tell_subscriber(sub, KBUS_SYS_ENDED);
	/* Nobody else finds it: its backlog may be long. */
	mutex_unlock(&kn->lock);
	subscriber_empty(sub);
	kbus_bell_exit(sub);
	kbus_wake_end(sub);
	subscriber_uncharge(sub);
	/* Not with the last reference: a dump holds one, and older kernels end
	 * a dump only when its socket is freed.
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
 * @sub: the subscriber; caller must hold kbus_net.lock, which is given up at times
 *
 * Its socket is closed or closing: what its backlog holds is of no use to
 * anybody.
 *
 * Context: process, may sleep.
 */
void kbus_subscriber_release(struct kbus_subscriber *sub)
{
	refcount_inc(&sub->refs);
	/* Who changes it now need not go on. */
	WRITE_ONCE(sub->ending, true);
	kbus_net_claim(sub->kn, &sub->changes, false);
	if (!sub->ended)
		subscriber_end(sub);
	kbus_subscriber_unclaim(sub);
}

/**
 * kbus_subscriber_put() - drop a reference to a subscriber
 * @sub: the subscriber
 *
 * Context: process.
 */
void kbus_subscriber_put(struct kbus_subscriber *sub)
{
	if (refcount_dec_and_test(&sub->refs))
		subscriber_free(sub);
}

int kbus_subscribers_init(struct kbus_net *kn)
{
	xa_init_flags(&kn->subscriber_numbers, XA_FLAGS_ALLOC);
	return rhashtable_init(&kn->subscribers, &subscriber_params);
}

/* All sockets are closed, so all subscribers are gone. */
void kbus_subscribers_exit(struct kbus_net *kn)
{
	WARN_ON(!xa_empty(&kn->subscriber_numbers));
	rhashtable_destroy(&kn->subscribers);
}
