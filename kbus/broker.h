/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The broker's objects and how they are connected
 *
 *	kbus_net --> kbus_node <-- kbus_subscription --> kbus_subscriber
 *	                 |                                     ^
 *	                 v                                     |
 *	             kbus_topic <-------- kbus_binding --------+
 *
 * A subscription applies to a name or pattern, whether or not a topic matches
 * it. If a subscriber may read a topic and at least one of its subscriptions
 * matches, exactly one binding carries the topic's messages to the subscriber.
 * A topic that is deleted and created again is a different topic with a
 * different id.
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
 * A publisher finds its topic by id under RCU, and holds a reference. It holds
 * the topic's lock while it offers the message to the topic's bindings, one
 * slice at a time; fanout.c describes how a topic's messages stay in order.
 * Kernel modules may be unable to take that lock. They hold their topics, and
 * put messages into the topic's outbox.
 */
#ifndef _KBUS_BROKER_H
#define _KBUS_BROKER_H

#include "access.h"
#include "history.h"
#include "sysctl.h"
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

struct ctl_table_header;
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
 * @sk: the broker's netlink socket; NULL before the bus begins and after it has
 *	ended
 * @settings: what its administrator has set; also read without @lock
 * @sysctls: the files in procfs for @settings, or NULL
 * @lock: serialises all changes of names, topics, subscriptions and
 *	subscribers; protects the fields below
 * @steps: steps made with @lock held, see kbus_net_pause()
 * @tree: topics and subscriptions by name and pattern
 * @subscriptions: struct kbus_subscription by subscriber and pattern
 * @bindings: struct kbus_binding by topic and subscriber
 * @subscribers: struct kbus_subscriber by port id; also read under RCU
 * @subscriber_numbers: struct kbus_subscriber by number
 * @topics: struct kbus_topic by id; also read under RCU
 * @next_topic: where to look for the next free topic id
 * @groups_lock: protects the multicast groups: the next three fields
 * @groups: struct kbus_group by number
 * @next_group: where to look for the next free group number
 * @groups_next_look: when to look again for idle groups, in jiffies; see
 *	kbus_group_alloc()
 * @next_subscriber: where to look for the next free subscriber number
 * @error_counters: struct kbus_error_counters by user, see error_counters.c;
 *	also read under RCU
 * @error_counters_lock: serialises changes of @error_counters
 * @error_counters_file: the file in procfs through which programs map their
 *	counters, or NULL
 * @receivers_table: what programs see of topics' receivers, see has_receivers.c
 * @sys_topics: the topic on which the broker publishes events about topics, or
 *	NULL
 * @sys_subscribers: the topic on which the broker publishes events about
 *	subscribers, or NULL
 */
struct kbus_net {
	struct net *net;
	struct sock *sk;
	struct kbus_settings settings;
	struct ctl_table_header *sysctls;
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
	struct kbus_receivers_table *receivers_table;
	struct kbus_topic *sys_topics;
	struct kbus_topic *sys_subscribers;
};

/**
 * struct kbus_topic - a topic
 * @receivers: number of subscribers, plus one if it keeps a history, plus one
 *	if @joined; for kbus_topic_has_receivers(); @lock
 * @joined: a socket has joined its group, and may have left since; @lock
 * @kn: the bus that it belongs to
 * @changes: held by the task that creates, changes or deletes it
 * @created: it is complete, and can be found by its id; kbus_net.lock
 * @node: the node of its name in kbus_net.tree; kbus_net.lock
 * @id: its id
 * @group: number of its multicast group, or 0; written with @lock and
 *	kbus_net.lock held
 * @listeners: that group, or NULL; locked like @group
 * @access: its owner, group and permissions; locked like @group
 * @next_access: the access that a change under way will set, or NULL;
 *	kbus_net.lock
 * @coming: bindings to be attached by the task that creates or changes it;
 *	kbus_net.lock
 * @user: account charged for it; NULL if it belongs to kernel modules or the
 *	broker; a reference is held
 * @outbox: messages of the kernel modules or the broker that it belongs to;
 *	NULL if it belongs to a program
 * @holders: number of times that kernel modules hold it, see
 *	kbus_topic_create(); kbus_net.lock
 * @refs: held by kbus_net.topics, the bindings, the holders and current users
 * @rcu: for freeing
 * @allow_block: subscribers may block its publishers
 * @lock: keeps the messages in order; protects the fields below
 * @bindings: its bindings, with those that block first; changed with
 *	kbus_net.lock held, too
 * @subscribers: length of @bindings
 * @deleted: it takes no more messages; changed with kbus_net.lock held, too
 * @under_way: a program's message not yet offered to all @bindings, or NULL
 * @seq: sequence number of the last message that was sent or lost
 * @bytes: payload bytes sent
 * @history: its last messages
 * @type: full name of the payload's type, or an empty string; stored after
 *	@name
 * @name_len: length of @name
 * @name: its name, NUL-terminated
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
 * struct kbus_sender - the sender of a request or message
 * @pid: its process; NULL if it is the kernel
 * @uid: its real user id
 * @gid: its real group id
 * @rights: its credentials; not set for the kernel, which needs no permission
 */
struct kbus_sender {
	struct pid *pid;
	kuid_t uid;
	kgid_t gid;
	struct kbus_rights rights;
};

/*
 * Kernel modules publish in softirqs, too, so the lock of their topics is taken
 * with bottom halves off. On other topics a message may go to thousands of
 * subscribers, and softirqs can run between one subscriber and the next.
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
