// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups: netlink's multicast groups, and which topic each is
 *
 * Groups are few, so they are used again: but only after all others, and only
 * when no socket listens to the group any more, for a socket that joined an
 * old topic must not hear a new one. Until then the group holds a mark in place
 * of a topic.
 */
#include "broker.h"

#include <linux/module.h>

unsigned int kbus_topics_max = 16384;
module_param_named(topics_max, kbus_topics_max, uint, 0444);
MODULE_PARM_DESC(topics_max,
		 "topics per network namespace, 32 to 65536 (default 16384)");

#define KBUS_GROUP_RETIRED xa_mk_value(0)

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
	if (!topic || xa_is_value(topic))
		err = -ENOENT;
	else if (!kbus_access_allows(kn, &topic->access, &rights, KBUS_READ))
		err = -EACCES;
	if (!err) {
		spin_lock_bh(&topic->lock);
		kbus_topic_audience_add(topic, !topic->joined);
		topic->joined = true;
		spin_unlock_bh(&topic->lock);
	}
	mutex_unlock(&kn->lock);
	return err;
}

static void groups_reclaim(struct kbus_net *kn)
{
	unsigned long group;
	void *entry;

	xa_for_each(&kn->groups, group, entry)
		if (xa_is_value(entry) &&
		    !netlink_has_listeners(kn->sk, group))
			xa_erase(&kn->groups, group);
}

/**
 * kbus_group_alloc() - find a group for a topic
 * @topic: the topic; caller must hold kbus_net.lock
 * @group: set to the group
 * @extack: for the reason of a failure
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOSPC, -ENOMEM.
 */
int kbus_group_alloc(struct kbus_topic *topic, u32 *group,
		     struct netlink_ext_ack *extack)
{
	struct xa_limit limit = XA_LIMIT(1, kbus_topics_max);
	struct kbus_net *kn = topic->kn;
	int err;

	lockdep_assert_held(&kn->lock);
	err = xa_alloc_cyclic(&kn->groups, group, topic, limit,
			      &kn->next_group, GFP_KERNEL_ACCOUNT);
	if (err == -EBUSY) {
		groups_reclaim(kn);
		err = xa_alloc_cyclic(&kn->groups, group, topic, limit,
				      &kn->next_group, GFP_KERNEL_ACCOUNT);
	}
	if (err == -EBUSY)
		return kbus_refuse(extack, -ENOSPC,
				   "topic table full: delete topics or raise topics_max");
	return err < 0 ? err : 0;
}

/**
 * kbus_group_retire() - a group is no topic's any more
 * @kn: the bus
 * @group: the group, which some socket may have joined
 *
 * Context: process.
 */
void kbus_group_retire(struct kbus_net *kn, u32 group)
{
	xa_store(&kn->groups, group, KBUS_GROUP_RETIRED, 0);
}
