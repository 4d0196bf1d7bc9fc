// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups: netlink's multicast groups, and which topic each is
 *
 * Groups are few, so they are used again: but only after all others, and only
 * when no socket listens to the group any more, for a socket that joined an
 * old topic must not hear a new one. Until then the group is retired, and on
 * the account of who had the topic; its entry is the account in place of the
 * topic.
 *
 * Who listens to retired groups cannot be told, nor made to leave. So a topic
 * for which there is no group has none for the time being: it can be subscribed
 * to, and is listened to when there is one again.
 */
#include "broker.h"

#include <linux/jiffies.h>
#include <linux/module.h>

unsigned int kbus_groups_max = 16384;
module_param_named(groups_max, kbus_groups_max, uint, 0444);
MODULE_PARM_DESC(groups_max,
		 "topics per network namespace that can be listened to, 32 to 65536 (default 16384)");

static const struct kbus_bill group_bill = { .of = { [KBUS_GROUPS] = 1 } };

static void *retired(struct kbus_user *user)
{
	return xa_tag_pointer(user, 1);
}

static bool is_retired(const void *entry)
{
	return xa_is_value(entry);
}

/**
 * kbus_group_join() - a socket is about to join a group
 * @kn: the bus
 * @group: the group
 *
 * Its topic will look for listeners from now on. Not only while there are
 * some: netlink tells of one that leaves, but not whether another is about to
 * join.
 *
 * Context: process, that of the socket's user; may sleep.
 * Return: 0, or -ENOENT if the group belongs to no topic, -EACCES if the user
 * may not read it.
 */
int kbus_group_join(struct kbus_net *kn, u32 group)
{
	/* Netlink does not say which socket it is. */
	const struct kbus_rights rights = {
		.caller = current_cred(),
		.opener = current_cred(),
	};
	struct kbus_topic *topic;
	int err = 0;

	mutex_lock(&kn->lock);
	topic = xa_load(&kn->groups, group);
	if (!topic || is_retired(topic))
		err = -ENOENT;
	else if (!kbus_access_allows(kn, &topic->access, &rights, KBUS_READ))
		err = -EACCES;
	if (!err) {
		kbus_topic_lock(topic);
		kbus_topic_audience_add(topic, !topic->joined);
		topic->joined = true;
		kbus_topic_unlock(topic);
	}
	mutex_unlock(&kn->lock);
	return err;
}

static void group_free(struct kbus_net *kn, u32 group, struct kbus_user *user)
{
	xa_erase(&kn->groups, group);
	kbus_uncharge(user, &group_bill);
}

static void group_free_retired(struct kbus_net *kn, u32 group, void *entry)
{
	struct kbus_user *user = xa_untag_pointer(entry);

	group_free(kn, group, user);
	kbus_user_put(user);
}

/* Not all the time: there may be many. */
static bool groups_reclaim(struct kbus_net *kn)
{
	unsigned long group;
	void *entry;

	/* None is needed before the bus begins and when it ends. */
	if (!kn->sk || time_before(jiffies, kn->groups_next_look))
		return false;
	xa_for_each(&kn->groups, group, entry)
		if (is_retired(entry) && !netlink_has_listeners(kn->sk, group))
			group_free_retired(kn, group, entry);
	kn->groups_next_look = jiffies + HZ / 10;
	return true;
}

static u32 group_take(struct kbus_topic *topic)
{
	struct xa_limit limit = XA_LIMIT(1, kbus_groups_max);
	struct kbus_net *kn = topic->kn;
	u32 group;

	if (kbus_charge(topic->user, &group_bill, NULL))
		return 0;
	if (xa_alloc_cyclic(&kn->groups, &group, topic, limit, &kn->next_group,
			    GFP_KERNEL_ACCOUNT) >= 0)
		return group;
	kbus_uncharge(topic->user, &group_bill);
	return 0;
}

/**
 * kbus_group_alloc() - find a group for a topic
 * @topic: the topic; caller must hold kbus_net.lock
 *
 * Context: process, may sleep.
 * Return: the group, or 0: all are topics', or were and are listened to; or
 * the topic's user has too many; or memory is short.
 */
u32 kbus_group_alloc(struct kbus_topic *topic)
{
	u32 group;

	lockdep_assert_held(&topic->kn->lock);
	group = group_take(topic);
	if (!group && groups_reclaim(topic->kn))
		group = group_take(topic);
	return group;
}

/**
 * kbus_group_ensure() - find a group for a topic that has none
 * @topic: the topic; caller must hold kbus_net.lock
 *
 * Context: process, may sleep.
 */
void kbus_group_ensure(struct kbus_topic *topic)
{
	u32 group;

	if (topic->group)
		return;
	group = kbus_group_alloc(topic);
	kbus_topic_lock(topic);
	WRITE_ONCE(topic->group, group);
	kbus_topic_unlock(topic);
}

/**
 * kbus_group_retire() - a group is no topic's any more
 * @topic: whose it was; caller must hold kbus_net.lock
 * @group: the group, or 0
 * @joined: some socket may have joined it
 *
 * Context: process.
 */
void kbus_group_retire(struct kbus_topic *topic, u32 group, bool joined)
{
	struct kbus_net *kn = topic->kn;

	lockdep_assert_held(&kn->lock);
	if (!group)
		return;
	if (!joined) {
		group_free(kn, group, topic->user);
		return;
	}
	kbus_user_hold(topic->user);
	xa_store(&kn->groups, group, retired(topic->user), 0);
	/* An account that is held longer than need be holds a user namespace. */
	groups_reclaim(kn);
}

/* All topics are deleted, and all sockets closed. */
void kbus_groups_exit(struct kbus_net *kn)
{
	unsigned long group;
	void *entry;

	xa_for_each(&kn->groups, group, entry)
		group_free_retired(kn, group, entry);
	xa_destroy(&kn->groups);
}
