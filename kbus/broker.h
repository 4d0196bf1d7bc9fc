/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The broker's objects and how they hang together
 *
 *	kbus_net --> kbus_node <-- kbus_subscription --> kbus_subscriber
 *	                 |                                     ^
 *	                 v                                     |
 *	             kbus_topic <---------- kbus_binding ---------+
 *
 * A subscription holds for a name or pattern, whether or not there is a topic
 * that it matches. To each topic that one of a subscriber's subscriptions
 * matches there is a binding, one however many match, which carries its messages
 * to the subscriber, if it may read the topic. A topic that is deleted and made
 * again is another topic, with another id.
 *
 * Lock order, outermost first:
 *
 *	kbus_user.turn		mutex, see kbus_turn_begin()
 *	kbus_topic.changes, kbus_subscriber.changes
 *				mutexes, one of them at a time
 *	kbus_net.lock		mutex, see hold.c
 *	kbus_net.groups_lock	mutex
 *	kbus_net.error_counters_lock	mutex
 *	users_new_lock of quota.c
 *				mutex
 *	kbus_topic.lock		spinlock, see kbus_topic_lock()
 *	kbus_subscriber.lock	spinlock, bottom halves off
 *	kbus_group.lock		spinlock, bottom halves off
 *	kbus_outbox.lock	raw spinlock, interrupts off
 *	sk_receive_queue.lock of a subscriber's socket
 *				spinlock, interrupts off
 *	users_lock of quota.c	spinlock, interrupts off
 *
 * A publisher finds its topic by id under RCU, and holds a reference. It has the
 * topic's lock while it hands the message to the topic's bindings, a slice of them
 * at a time: see fanout.c for what keeps a topic's messages in order. Kernel
 * modules, which may not be able to take that lock, hold their topics, and put
 * messages into the topic's outbox.
 */
#ifndef _KBUS_BROKER_H
#define _KBUS_BROKER_H

#include "access.h"
#include "history.h"
#include "tree.h"

#include <linux/atomic.h>
#include <linux/kbus.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>

struct kbus_fanout;
struct kbus_group;
struct kbus_outbox;
struct kbus_user;
struct pid;
struct proc_dir_entry;
struct sock;

/**
 * struct kbus_net - one network namespace's bus
 * @net: the namespace
 * @sk: the broker's netlink socket; NULL before the bus begins and when it has
 *	ended
 * @lock: serialises all that changes names, topics, subscriptions and
 *	subscribers; protects the fields below
 * @steps: what has been done with @lock held, see kbus_net_pause()
 * @tree: topics and subscriptions by name and pattern
 * @subscriptions: struct kbus_subscription by subscriber and pattern
 * @bindings: struct kbus_binding by topic and subscriber
 * @subscribers: struct kbus_subscriber by port id; read under RCU as well
 * @subscriber_numbers: the same by number
 * @topics: struct kbus_topic by id; read under RCU as well
 * @next_topic: where to look for the next free topic id
 * @groups_lock: protects the multicast groups, that is the next three
 * @groups: struct kbus_group by number
 * @next_group: where to look for the next free number
 * @groups_next_look: when to look again for groups that are idle, in jiffies;
 *	see kbus_group_alloc()
 * @next_subscriber: where to look for the next free number
 * @error_counters: struct kbus_error_counters by user, see error_counters.c; read under RCU as well
 * @error_counters_lock: serialises its changes
 * @error_counters_file: where programs find it, or NULL
 * @sys_topics: where the broker tells of topics, or NULL
 * @sys_subscribers: where it tells of subscribers, or NULL
 */
struct kbus_net {
	struct net *net;
	struct sock *sk;
	struct mutex lock;	/* see above */
	unsigned int steps;
	struct kbus_tree tree;
	struct rhashtable subscriptions;
	struct rhashtable bindings;
	struct rhashtable subscribers;
	struct xarray subscriber_numbers;
	struct xarray topics;
	u32 next_topic;
	struct mutex groups_lock;	/* see above */
	struct xarray groups;
	u32 next_group;
	unsigned long groups_next_look;
	u32 next_subscriber;
	struct rhashtable error_counters;
	struct mutex error_counters_lock; /* see above */
	struct proc_dir_entry *error_counters_file;
	struct kbus_topic *sys_topics;
	struct kbus_topic *sys_subscribers;
};

/**
 * struct kbus_topic - a topic
 * @receivers: subscribers, plus one each if it keeps a history and if @joined,
 *	for kbus_topic_has_receivers(); @lock
 * @joined: some socket has joined its group, and may have left it; @lock
 * @kn: the bus that it belongs to
 * @changes: held by the one who creates, changes or deletes it
 * @created: it is complete, and can be found by its id; kbus_net.lock
 * @node: where its name is in kbus_net.tree; kbus_net.lock
 * @id: its id
 * @group: number of its multicast group, or 0; written with @lock and
 *	kbus_net.lock held
 * @listeners: that group, or NULL; likewise
 * @access: who may do what with it; likewise
 * @next_access: who may before long, or NULL; kbus_net.lock
 * @coming: bindings that are to be attached by who creates or changes it;
 *	kbus_net.lock
 * @user: who has it on the account, or NULL: kernel modules, the broker; a
 *	reference is held
 * @outbox: messages of the kernel modules that it belongs to, or of the broker
 *	itself, or NULL
 * @holders: kernel modules that hold it, see kbus_topic_create();
 *	kbus_net.lock
 * @refs: kbus_net.topics, the bindings and the holders
 * @rcu: for freeing
 * @allow_block: subscribers may hold up its publishers
 * @lock: keeps the messages in order; protects the fields below
 * @bindings: to the subscribers, first those that block; changed with
 *	kbus_net.lock held, too
 * @subscribers: length of @bindings
 * @deleted: it takes no more messages; changed with kbus_net.lock held, too
 * @under_way: a program's message that some of @bindings have yet to get, or NULL
 * @seq: number of the last message sent, or lost in its place
 * @bytes: payload bytes sent
 * @history: its last messages
 * @type: full name of the payload's type, or an empty string; after @name
 * @name_len: length of @name
 * @name: its name, terminated
 */
struct kbus_topic {
	struct kbus_topic_receivers receivers;
	bool joined;
	struct kbus_net *kn;
	struct mutex changes;	/* see above */
	bool created;
	struct kbus_node *node;
	u32 id;
	u32 group;
	struct kbus_group *listeners;
	struct kbus_access access;
	const struct kbus_access *next_access;
	struct list_head coming;
	struct kbus_user *user;
	struct kbus_outbox *outbox;
	unsigned int holders;
	refcount_t refs;
	struct rcu_head rcu;
	bool allow_block;
	spinlock_t lock;	/* see above */
	struct list_head bindings;
	u32 subscribers;
	bool deleted;
	struct kbus_fanout *under_way;
	u64 seq;
	u64 bytes;
	struct kbus_history history;
	const char *type;
	u8 name_len;
	char name[];
};

/**
 * struct kbus_sender - who says something to the broker
 * @pid: process, NULL: the kernel
 * @uid: real user id
 * @gid: real group id
 * @rights: what it may do; of the kernel, nothing is asked
 */
struct kbus_sender {
	struct pid *pid;
	kuid_t uid;
	kgid_t gid;
	struct kbus_rights rights;
};

/*
 * Kernel modules publish in softirqs, too. On other topics these go on between one
 * subscriber and the next, of which there may be thousands.
 */
static inline void kbus_topic_lock(struct kbus_topic *topic)
	__acquires(&topic->lock)
{
	if (topic->outbox)
		spin_lock_bh(&topic->lock);
	else
		spin_lock(&topic->lock);
}

static inline void kbus_topic_unlock(struct kbus_topic *topic)
	__releases(&topic->lock)
{
	if (topic->outbox)
		spin_unlock_bh(&topic->lock);
	else
		spin_unlock(&topic->lock);
}

#endif /* _KBUS_BROKER_H */
