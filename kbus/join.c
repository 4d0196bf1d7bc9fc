// SPDX-License-Identifier: GPL-2.0-only
/*
 * Joins: how many sockets of each user are in a group
 *
 * Who joins is counted for each user, as far as netlink tells: a socket that
 * leaves a group it is not in is not told from one that is. What such a program
 * gains is bounded by its descriptors, and costs nobody's publishers: see
 * listeners.c.
 */
#include "group.h"
#include "join.h"
#include "quota.h"

#include <linux/slab.h>

/* Sockets of one user in one group. */
#define GROUP_JOINS_MAX 64

/**
 * struct kbus_join - one user's sockets in a group
 * @list: in kbus_group.joins
 * @user: the user's account; a reference is held
 * @count: how many sockets have joined and not left
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
 * kbus_joins_end() - forget who has joined a group
 * @group: the group, to which nobody listens; caller must hold
 *	kbus_net.groups_lock, if others know it
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
 * @user: whose it probably was: of another user, if this one has none; or NULL
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
 * @user: whose it is
 *
 * Context: process, may sleep.
 * Return: 0; or -EDQUOT if the user has joined too many, or this one with too many
 * sockets, -ENOMEM.
 */
int kbus_join_begin(struct kbus_group *group, struct kbus_user *user)
{
	struct kbus_join *join = join_find(group, user);
	int err;

	if (join && join->count >= GROUP_JOINS_MAX &&
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
