// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups: netlink multicast groups and the topics that they belong to
 *
 * Groups are few, so they are reused. In netlink, however, the permission to
 * join a group and membership in it are two steps. A program may pause between
 * them for any time, and the number of such programs is not known. A group that
 * has ever let a socket in is therefore reused only for topics that everybody
 * may read. Any other topic gets a group that never let a socket in, or none. A
 * topic without a group can be subscribed to, but has no listeners until a
 * group is available.
 *
 * A group is retired when its topic is deleted or gets another group. It is
 * reused when nobody listens to it any more. Until then it stays on the account
 * of the topic's user, so no user can use up all groups.
 */
#include "access.h"
#include "broker.h"
#include "group.h"
#include "join.h"
#include "limits.h"
#include "listeners.h"
#include "quota.h"
#include "receivers.h"

#include <linux/cred.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/slab.h>

unsigned int kbus_groups_max = KBUS_GROUPS_DEFAULT;
module_param_named(groups_max, kbus_groups_max, uint, 0444);
MODULE_PARM_DESC(groups_max,
		 "topics per network namespace that can be listened to, "
		 __stringify(KBUS_GROUPS_MIN) " to " __stringify(KBUS_GROUPS_MAX)
		 " (default " __stringify(KBUS_GROUPS_DEFAULT) ")");

/* Retired and without listeners: usable for topics that everybody may read. */
#define GROUP_IDLE XA_MARK_1

static const struct kbus_bill group_bill = { .of = {
	[KBUS_GROUPS] = 1,
	[KBUS_MEMORY] = sizeof(struct kbus_group),
} };

/*
 * From now on the topic checks for listeners at each message: netlink reports a
 * socket that leaves, but not whether another one is about to join.
 */
static int let_in(struct kbus_group *group, const struct kbus_rights *rights)
{
	struct kbus_topic *topic = group->topic;
	int err = 0;

	kbus_topic_lock(topic);
	if (topic->listeners != group)
		err = -ENOENT;
	else if (!kbus_access_allows(topic->kn, &topic->access, rights,
				     KBUS_READ))
		err = -EACCES;
	if (!err) {
		kbus_topic_receivers_add(topic, !topic->joined);
		topic->joined = true;
		group->let_in = true;
	}
	kbus_topic_unlock(topic);
	return err;
}

static int group_join(struct kbus_net *kn, u32 number, struct kbus_user *user)
{
	/* Netlink does not pass the socket, so its opener is not known. */
	const struct kbus_rights rights = {
		.caller = current_cred(),
		.opener = current_cred(),
	};
	struct kbus_group *group;
	int err;

	lockdep_assert_held(&kn->groups_lock);
	group = xa_load(&kn->groups, number);
	if (!group || !group->topic)
		return -ENOENT;
	err = kbus_join_begin(group, user);
	if (err)
		return err;
	err = let_in(group, &rights);
	if (err)
		kbus_join_end(group, user);
	return err;
}

/**
 * kbus_group_join() - let a socket join a group
 * @kn: the bus
 * @number: number of the group
 *
 * Context: process, that of the socket's user; may sleep.
 * Return: 0, or -ENOENT if the group belongs to no topic, -EACCES if the user
 * may not read it, -EDQUOT if the user has joined too many groups, or this one
 * with too many sockets, -ENOMEM, -EINTR on a fatal signal.
 */
int kbus_group_join(struct kbus_net *kn, u32 number)
{
	struct kbus_user *user = kbus_user_get(current_cred());
	int err = -EINTR;

	if (!user)
		return -ENOMEM;
	if (!mutex_lock_killable(&kn->groups_lock)) {
		err = group_join(kn, number, user);
		mutex_unlock(&kn->groups_lock);
	}
	kbus_user_put(user);
	return err;
}

/**
 * kbus_group_leave() - note that a socket has left a group or failed to join
 * @kn: the bus
 * @number: number of the group
 *
 * Context: process; may sleep.
 */
void kbus_group_leave(struct kbus_net *kn, u32 number)
{
	struct kbus_user *user = kbus_user_get(current_cred());
	struct kbus_group *group;

	mutex_lock(&kn->groups_lock);
	group = xa_load(&kn->groups, number);
	if (group && netlink_has_listeners(kn->sk, number))
		kbus_join_end(group, user);
	else if (group)
		kbus_joins_end(group);
	mutex_unlock(&kn->groups_lock);
	kbus_user_put(user);
}

static void group_free(struct kbus_group *group)
{
	xa_erase(&group->kn->groups, group->number);
	kbus_listeners_end(group);
	kbus_joins_end(group);
	kbus_uncharge(group->user, &group_bill);
	kbus_user_put(group->user);
	kfree(group);
}

static bool group_is_idle(const struct kbus_group *group)
{
	return !group->topic && !atomic_read(&group->unsent) &&
	       !netlink_has_listeners(group->kn->sk, group->number);
}

/*
 * Marks the retired groups that are idle. There may be many, so this looks only
 * from time to time. Returns whether it has looked.
 */
static bool groups_look(struct kbus_net *kn)
{
	struct kbus_group *group;
	unsigned long number;

	lockdep_assert_held(&kn->groups_lock);
	/* No group is needed before the bus begins or while it ends. */
	if (!kn->sk || time_before(jiffies, kn->groups_next_look))
		return false;
	xa_for_each(&kn->groups, number, group)
		if (group_is_idle(group)) {
			kbus_joins_end(group);
			xa_set_mark(&kn->groups, number, GROUP_IDLE);
		}
	kn->groups_next_look = jiffies + HZ / 10;
	return true;
}

/* Moves the charge for a group to another account. */
static bool group_charge(struct kbus_group *group, struct kbus_user *user)
{
	if (group->user == user)
		return true;
	if (kbus_charge(user, &group_bill, NULL))
		return false;
	/* The charge for its messages must come off the former account. */
	kbus_listeners_end(group);
	kbus_uncharge(group->user, &group_bill);
	kbus_user_put(group->user);
	kbus_user_hold(user);
	group->user = user;
	return true;
}

/* Reuses a group that has let a socket in. */
static struct kbus_group *group_reuse(struct kbus_topic *topic)
{
	struct kbus_net *kn = topic->kn;
	unsigned long number = 0;
	struct kbus_group *group;

	group = xa_find(&kn->groups, &number, ULONG_MAX, GROUP_IDLE);
	if (!group || !group_charge(group, topic->user))
		return NULL;
	xa_clear_mark(&kn->groups, number, GROUP_IDLE);
	group->topic = topic;
	return group;
}

/* Makes a group that has never let a socket in. */
static struct kbus_group *group_new(struct kbus_topic *topic)
{
	struct xa_limit limit = XA_LIMIT(1, kbus_groups_max);
	struct kbus_net *kn = topic->kn;
	struct kbus_group *group;

	group = kzalloc(sizeof(*group), GFP_KERNEL_ACCOUNT);
	if (!group)
		return NULL;
	if (kbus_charge(topic->user, &group_bill, NULL))
		goto err_group;
	group->kn = kn;
	group->topic = topic;
	group->user = topic->user;
	INIT_LIST_HEAD(&group->joins);
	kbus_listeners_begin(group);
	if (xa_alloc_cyclic(&kn->groups, &group->number, group, limit,
			    &kn->next_group, GFP_KERNEL_ACCOUNT) < 0)
		goto err_charge;
	kbus_user_hold(topic->user);
	return group;

err_charge:
	kbus_uncharge(topic->user, &group_bill);
err_group:
	kfree(group);
	return NULL;
}

/**
 * kbus_group_alloc() - find a group for a topic
 * @topic: the topic; caller must hold kbus_net.lock
 * @access: the access that the topic has or will have
 *
 * Context: process, may sleep.
 * Return: the group, for kbus_group_assign(); or NULL if all suitable groups
 * belong to topics or still have listeners, the topic's user has too many
 * groups, or the kernel is out of memory.
 */
struct kbus_group *kbus_group_alloc(struct kbus_topic *topic,
				    const struct kbus_access *access)
{
	const bool is_public = kbus_access_is_public(access);
	struct kbus_net *kn = topic->kn;
	struct kbus_group *group = NULL;

	lockdep_assert_held(&kn->lock);
	mutex_lock(&kn->groups_lock);
	if (is_public)
		group = group_reuse(topic);
	if (!group)
		group = group_new(topic);
	if (!group && is_public && groups_look(kn))
		group = group_reuse(topic);
	mutex_unlock(&kn->groups_lock);
	return group;
}

/**
 * kbus_group_assign() - give a topic another group
 * @topic: the topic; caller must hold kbus_topic.lock if others can find it
 * @group: the group, or NULL
 *
 * Context: any but hard interrupt.
 */
void kbus_group_assign(struct kbus_topic *topic, struct kbus_group *group)
{
	topic->listeners = group;
	WRITE_ONCE(topic->group, group ? group->number : 0);
	if (!topic->joined)
		return;
	topic->joined = false;
	kbus_topic_receivers_add(topic, -1);
}

/**
 * kbus_group_suits() - check whether a topic may keep its group
 * @topic: the topic; caller must hold kbus_net.lock
 * @access: the access that the topic will have
 *
 * Context: process.
 * Return: true if the topic has a group, and no socket in it can belong to a
 * user that may not read the topic.
 */
bool kbus_group_suits(const struct kbus_topic *topic,
		      const struct kbus_access *access)
{
	lockdep_assert_held(&topic->kn->lock);
	return !topic->joined && topic->listeners &&
	       (!topic->listeners->let_in || kbus_access_is_public(access));
}

/**
 * kbus_group_ensure() - find a group for a topic that has none
 * @topic: the topic; caller must hold kbus_net.lock
 *
 * Context: process, may sleep.
 */
void kbus_group_ensure(struct kbus_topic *topic)
{
	struct kbus_group *group;

	if (topic->listeners)
		return;
	group = kbus_group_alloc(topic, &topic->access);
	kbus_topic_lock(topic);
	kbus_group_assign(topic, group);
	kbus_topic_unlock(topic);
}

/**
 * kbus_group_retire() - retire a group that its topic no longer uses
 * @group: the group, to which no message is added any more; or NULL
 *
 * Context: process; may sleep.
 */
void kbus_group_retire(struct kbus_group *group)
{
	struct kbus_net *kn;

	if (!group)
		return;
	kn = group->kn;
	mutex_lock(&kn->groups_lock);
	group->topic = NULL;
	if (group->let_in)
		groups_look(kn);
	else
		group_free(group);
	mutex_unlock(&kn->groups_lock);
}

/**
 * kbus_groups_flush() - drop the messages that wait for listeners
 * @kn: the bus, all of whose sockets are closed
 *
 * Context: process; may sleep.
 */
void kbus_groups_flush(struct kbus_net *kn)
{
	struct kbus_group *group;
	unsigned long number;

	xa_for_each(&kn->groups, number, group)
		kbus_listeners_end(group);
}

/*
 * lockdep has one class for the locks of all arrays that one file initializes.
 * The lock of kbus_net.topics is taken in softirqs. That array is therefore
 * initialized in registry.c, and this one here.
 */
void kbus_groups_init(struct kbus_net *kn)
{
	mutex_init(&kn->groups_lock);
	xa_init_flags(&kn->groups, XA_FLAGS_ALLOC1);
	kn->next_group = 1;
	kn->groups_next_look = jiffies;
}

/* All topics are deleted, and all sockets closed. */
void kbus_groups_exit(struct kbus_net *kn)
{
	struct kbus_group *group;
	unsigned long number;

	xa_for_each(&kn->groups, number, group)
		group_free(group);
	xa_destroy(&kn->groups);
}
