/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A topic's multicast group and its listeners, see group.c
 */
#ifndef _KBUS_GROUP_H
#define _KBUS_GROUP_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct kbus_access;
struct kbus_net;
struct kbus_topic;
struct kbus_user;

/**
 * struct kbus_group - a multicast group
 * @kn: the bus
 * @number: its number in netlink
 * @topic: the topic that it belongs to; NULL if retired; kbus_net.groups_lock
 * @user: account charged for it, or NULL; a reference is held
 * @let_in: a socket was allowed to join it at some time; kbus_net.groups_lock
 * @joins: struct kbus_join, one for each user; kbus_net.groups_lock
 * @work: sends @messages
 * @unsent: messages in @messages or being sent
 * @lock: protects the fields below; bottom halves off
 * @messages: for the listeners, oldest first
 * @bytes: kernel memory that they take
 * @quota: bytes for messages that are charged to @user
 */
struct kbus_group {
	struct kbus_net *kn;
	u32 number;
	struct kbus_topic *topic;
	struct kbus_user *user;
	bool let_in;
	struct list_head joins;
	struct work_struct work;
	atomic_t unsent;
	spinlock_t lock;	/* see above */
	struct sk_buff_head messages;
	u32 bytes;
	u32 quota;
};

extern unsigned int kbus_groups_max;

int kbus_group_join(struct kbus_net *kn, u32 number);
void kbus_group_leave(struct kbus_net *kn, u32 number);
struct kbus_group *kbus_group_alloc(struct kbus_topic *topic,
				    const struct kbus_access *access);
void kbus_group_assign(struct kbus_topic *topic, struct kbus_group *group);
bool kbus_group_suits(const struct kbus_topic *topic,
		      const struct kbus_access *access);
void kbus_group_ensure(struct kbus_topic *topic);
void kbus_group_retire(struct kbus_group *group);
void kbus_groups_flush(struct kbus_net *kn);
void kbus_groups_init(struct kbus_net *kn);
void kbus_groups_exit(struct kbus_net *kn);

#endif /* _KBUS_GROUP_H */
