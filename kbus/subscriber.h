/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Subscribers, their subscriptions, and how they are notified, see broker.h
 */
#ifndef _KBUS_SUBSCRIBER_H
#define _KBUS_SUBSCRIBER_H

#include "access.h"
#include "backlog.h"
#include "coalesce.h"
#include "identity.h"
#include "notify.h"
#include "wake.h"

#include <linux/kbus.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>
#include <linux/wait.h>

struct kbus_binding;
struct kbus_net;
struct kbus_node;
struct kbus_sender;
struct kbus_user;
struct netlink_ext_ack;
struct pid;
struct sock;

/**
 * struct kbus_subscriber - a socket that registered to receive messages
 * @node: in kbus_net.subscribers
 * @kn: the bus that it belongs to
 * @changes: held by the request that changes its subscriptions, or ends it
 * @ending: its socket is closed
 * @ended: it cannot be found any more; kbus_net.lock
 * @number: its index in kbus_net.subscriber_numbers
 * @sk: its socket; a reference is held until kbus_subscriber_release()
 * @portid: the socket's port id
 * @control: port id of a socket that may send requests for it, or 0
 * @control_sk: that socket, once it has sent one, or NULL; a reference is held
 *	until kbus_subscriber_release(); kbus_net.lock
 * @pid: process that registered it; a reference is held
 * @uid: user that registered it
 * @program: name of that process at that time; any bytes, terminated
 * @rights: the rights by which it reads; references are held
 * @view: the namespaces in which it sees others
 * @user: the account that it is charged to; a reference is held
 * @refs: references by kbus_net.subscribers, a running dump and waiting
 *	publishers
 * @rcu: for freeing
 * @subscriptions: its subscriptions; kbus_net.lock
 * @subscription_count: length of @subscriptions; kbus_net.lock
 * @coming: bindings that are not attached yet; kbus_net.lock
 * @room: publishers that wait for room in the backlog
 * @lock: protects the fields below
 * @state: whether it is LIVE or QUEUED
 * @first: the quota that its backlog has for as long as it exists
 * @carried: bytes that are charged for its detached bindings
 * @backlog: its messages while it is %KBUS_QUEUED
 * @notify: its notification when it is behind
 * @coalesce: its messages that wait for others
 * @wake: the wake-up of its program
 * @draining: its backlog is being handed over, by netlink or by sift.c
 * @pressure_epoch: changes when blocked publishers may try again, see
 *	backpressure.c
 * @bindings: bindings from its topics; changed with kbus_net.lock held, too
 * @detached: detached bindings that still have something to hand over
 * @live: number of messages put straight into the socket
 * @drained: number of messages handed over from the backlog
 * @reported: number of messages reported lost
 * @gaps: number of gap records handed over
 * @overruns: how often the socket was full
 */
struct kbus_subscriber {
	struct rhash_head node;
	struct kbus_net *kn;
	struct mutex changes;	/* see above */
	bool ending;
	bool ended;
	u32 number;
	struct sock *sk;
	u32 portid;
	u32 control;
	struct sock *control_sk;
	struct pid *pid;
	kuid_t uid;
	char program[TASK_COMM_LEN];
	struct kbus_rights rights;
	struct kbus_view view;
	struct kbus_user *user;
	refcount_t refs;
	struct rcu_head rcu;
	struct list_head subscriptions;
	u32 subscription_count;
	struct list_head coming;
	wait_queue_head_t room;
	spinlock_t lock;	/* see above */
	enum kbus_state state;
	struct kbus_backlog_quota first;
	u32 carried;
	struct kbus_backlog backlog;
	struct kbus_notify notify;
	struct kbus_coalesce coalesce;
	struct kbus_wake wake;
	bool draining;
	u32 pressure_epoch;
	struct list_head bindings;
	struct list_head detached;
	u64 live;
	u64 drained;
	u64 reported;
	u64 gaps;
	u64 overruns;
};

struct kbus_subscriber *kbus_subscriber_find(struct kbus_net *kn, u32 portid);
struct kbus_subscriber *kbus_subscriber_get(struct kbus_net *kn, u32 portid);
int kbus_subscriber_enter(struct kbus_subscriber *sub);
void kbus_subscriber_remove(struct kbus_subscriber *sub);
int kbus_subscriber_claim(struct kbus_subscriber *sub,
			  struct netlink_ext_ack *extack);
void kbus_subscriber_unclaim(struct kbus_subscriber *sub);
bool kbus_subscriber_controlled_by(struct kbus_subscriber *sub,
				   struct sock *sk, u32 portid,
				   const struct kbus_rights *rights);
bool kbus_subscriber_may_read(const struct kbus_subscriber *sub,
			      const struct kbus_access *access);
void kbus_subscriber_wake_blocked(struct kbus_subscriber *sub);
void kbus_subscriber_put(struct kbus_subscriber *sub);
int kbus_subscribers_init(struct kbus_net *kn);
void kbus_subscribers_exit(struct kbus_net *kn);

#endif /* _KBUS_SUBSCRIBER_H */
