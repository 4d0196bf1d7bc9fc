// SPDX-License-Identifier: GPL-2.0-only
/*
 * Joins: how many sockets of each user are in a group
 *
 * Joins are counted per user as far as netlink allows: it does not distinguish
 * a socket that leaves a group from one that leaves a group it is not in. The
 * advantage a program can gain from this is bounded by its number of
 * descriptors and does not slow down any publisher, see listeners.c.
 */
#include "group.h"
#include "join.h"
#include "limits.h"
#include "quota.h"

#include <linux/slab.h>

/**
 * struct kbus_join - one user's sockets in a group
 * @list: in kbus_group.joins
 * @user: the user's account; a reference is held
 * @count: number of sockets that have joined and not left
 */
struct kbus_join {
	struct list_head list;
	struct kbus_user *user;
	u32 count;
};

static const struct kbus_bill join_bill = { .of = {
	[KBUS_LISTENERS] = 1,
} };

static struct kbus_join *join_find(struct kbus_group *group,
				   const struct kbus_user *user)
{
	struct kbus_join *join;

	list_for_each_entry(join, &group->joins, list)
		if (join->user == user)
			return join;
	return NULL;
}

static void join_free(struct kbus_join *join)
{
	list_del(&join->list);
	kbus_user_put(join->user);
	kfree(join);
}

/**
 * kbus_joins_end() - forget the joins of a group
 * @group: the group, which has no listeners; caller must hold
 *	kbus_net.groups_lock if the group is visible to others
 *
 * Context: process.
 */
void kbus_joins_end(struct kbus_group *group)
{
	struct kbus_join *join, *next;

	list_for_each_entry_safe(join, next, &group->joins, list) {
		while (join->count--)
			kbus_uncharge(join->user, &join_bill);
		join_free(join);
	}
}

/**
 * kbus_join_end() - note that a socket has left a group
 * @group: the group; caller must hold kbus_net.groups_lock
 * @user: the user that probably owned the socket, or NULL; if that user has no
 *	join in the group, another user's join ends
 *
 * Context: process.
 */
void kbus_join_end(struct kbus_group *group, const struct kbus_user *user)
{
	struct kbus_join *join = join_find(group, user);

	if (!join)
		join = list_first_entry_or_null(&group->joins,
						struct kbus_join, list);
	if (!join)
		return;
	kbus_uncharge(join->user, &join_bill);
	if (!--join->count)
		join_free(join);
}

/**
 * kbus_join_begin() - note that a socket is about to join a group
 * @group: the group; caller must hold kbus_net.groups_lock
 * @user: owner of the socket
 *
 * Context: process, may sleep.
 * Return: 0; or -EDQUOT if the user has joined too many groups, or this group
 * with too many sockets; or -ENOMEM.
 */
int kbus_join_begin(struct kbus_group *group, struct kbus_user *user)
{
	struct kbus_join *join = join_find(group, user);
	int err;

	if (join && join->count >= KBUS_GROUP_JOINS_MAX &&
	    !kbus_user_is_unlimited(user))
		return -EDQUOT;
	err = kbus_charge(user, &join_bill, NULL);
	if (err)
		return err;
	if (!join) {
		join = kzalloc(sizeof(*join), GFP_KERNEL_ACCOUNT);
		if (!join) {
			kbus_uncharge(user, &join_bill);
			return -ENOMEM;
		}
		kbus_user_hold(user);
		join->user = user;
		list_add(&join->list, &group->joins);
	}
	join->count++;
	return 0;
}
