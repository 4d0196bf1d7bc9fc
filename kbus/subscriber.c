// SPDX-License-Identifier: GPL-2.0-only
/*
 * Subscribers: how they are found and held, and what they are allowed to do
 *
 * A subscriber is a socket, not a port id. The broker holds the socket and
 * queues to it directly, so that a program that binds the port id after a close
 * gets no messages meant for the previous socket.
 */
#include "access.h"
#include "broker.h"
#include "hold.h"
#include "identity.h"
#include "quota.h"
#include "refuse.h"
#include "subscriber.h"
#include "trace.h"

#include <linux/cred.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/sock.h>

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
 * Every closing socket causes a lookup, and so does every reader that is
 * behind.
 *
 * Context: any but hard interrupt.
 * Return: the subscriber, which may end meanwhile, for kbus_subscriber_put();
 * or NULL.
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
 * kbus_subscriber_enter() - add a subscriber to its bus's tables
 * @sub: the subscriber; caller must hold kbus_net.lock
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOMEM.
 */
int kbus_subscriber_enter(struct kbus_subscriber *sub)
{
	struct kbus_net *kn = sub->kn;
	int err;

	lockdep_assert_held(&kn->lock);
	err = xa_alloc_cyclic(&kn->subscriber_numbers, &sub->number, sub,
			      xa_limit_32b, &kn->next_subscriber,
			      GFP_KERNEL_ACCOUNT);
	if (err < 0)
		return err;
	err = rhashtable_insert_fast(&kn->subscribers, &sub->node,
				     subscriber_params);
	if (err)
		xa_erase(&kn->subscriber_numbers, sub->number);
	return err;
}

/**
 * kbus_subscriber_remove() - remove a subscriber from its bus's tables
 * @sub: the subscriber; caller must hold kbus_net.lock
 *
 * Context: process.
 */
void kbus_subscriber_remove(struct kbus_subscriber *sub)
{
	struct kbus_net *kn = sub->kn;

	lockdep_assert_held(&kn->lock);
	xa_erase(&kn->subscriber_numbers, sub->number);
	rhashtable_remove_fast(&kn->subscribers, &sub->node,
			       subscriber_params);
}

/**
 * kbus_subscriber_claim() - become the only one to change a subscriber's
 *	subscriptions
 * @sub: the subscriber; caller must hold kbus_net.lock, which is released while
 *	another request changes it
 * @extack: receives the reason of a failure
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
 * kbus_subscriber_unclaim() - let others change a subscriber's subscriptions
 * @sub: the subscriber
 *
 * Context: process.
 */
void kbus_subscriber_unclaim(struct kbus_subscriber *sub)
{
	mutex_unlock(&sub->changes);
	kbus_subscriber_put(sub);
}

/**
 * kbus_subscriber_controlled_by() - check whether a socket may speak for a
 *	subscriber
 * @sub: the subscriber; caller must hold kbus_net.lock
 * @sk: the socket
 * @portid: its port id
 * @rights: rights of the sender that uses the socket
 *
 * The first socket of the subscriber's user that sends a request from the port
 * id that the subscriber named becomes its control socket for good. Another
 * socket that binds the port id later does not.
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
	if (!sub->control_sk && kbus_may_control(rights, &sub->rights)) {
		sock_hold(sk);
		sub->control_sk = sk;
	}
	return sub->control_sk == sk;
}

/**
 * kbus_subscriber_may_read() - check whether a subscriber may receive a topic
 * @sub: the subscriber
 * @access: the topic's permissions
 *
 * Context: process; does not sleep.
 * Return: true if it may.
 */
bool kbus_subscriber_may_read(const struct kbus_subscriber *sub,
			      const struct kbus_access *access)
{
	return kbus_access_allows(sub->kn, access, &sub->rights, KBUS_READ);
}

/**
 * kbus_subscriber_wake_blocked() - let blocked publishers try again
 * @sub: the subscriber; caller must hold kbus_subscriber.lock
 *
 * Context: any but hard interrupt.
 */
void kbus_subscriber_wake_blocked(struct kbus_subscriber *sub)
{
	lockdep_assert_held(&sub->lock);
	WRITE_ONCE(sub->pressure_epoch, sub->pressure_epoch + 1);
	if (wq_has_sleeper(&sub->room))
		wake_up_all(&sub->room);
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

/* All sockets must be closed, so that there are no subscribers. */
void kbus_subscribers_exit(struct kbus_net *kn)
{
	WARN_ON(!xa_empty(&kn->subscriber_numbers));
	rhashtable_destroy(&kn->subscribers);
}
