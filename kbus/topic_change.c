// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes to a topic: the permissions to read and write it
 */
#include "access.h"
#include "broker.h"
#include "group.h"
#include "receivers.h"
#include "sys.h"
#include "topic_change.h"

/*
 * Changes the access atomically with respect to the topic's publishers. Without
 * @renew the topic keeps its group. Returns false if it must not, because a
 * socket has joined the group meanwhile.
 */
static bool set_access(struct kbus_topic *topic,
		       const struct kbus_access *access, bool renew,
		       struct kbus_group *group)
{
	bool done;

	kbus_topic_lock_settled(topic);
	done = renew || kbus_group_suits(topic, access);
	if (done)
		topic->access = *access;
	if (done && renew)
		kbus_group_assign(topic, group);
	kbus_topic_unlock_settled(topic);
	return done;
}

/**
 * kbus_topic_change() - change the permissions of a topic
 * @topic: the topic, claimed; caller must hold kbus_net.lock, which is released
 *	at times
 * @access: the new permissions
 * @extack: receives the reason of a failure
 *
 * When this returns, subscribers that may no longer read the topic get no later
 * message, and those that subscribe to it and may read it now get all later
 * ones. The topic gets another group if there may be a socket in its old one.
 *
 * Context: process, may sleep.
 * Return: 0; or -EDQUOT if the topic would come to too many subscribers,
 * -ENOMEM. On failure nothing has changed.
 */
int kbus_topic_change(struct kbus_topic *topic,
		      const struct kbus_access *access,
		      struct netlink_ext_ack *extack)
{
	struct kbus_group *old_group = topic->listeners;
	struct kbus_group *group;
	int err;

	lockdep_assert_held(&topic->kn->lock);
	/*
	 * A subscription that comes meanwhile gets a binding if the new access
	 * allows it.
	 */
	topic->next_access = access;
	err = kbus_receivers_find(topic, access, extack);
	topic->next_access = NULL;
	if (err)
		return err;
	if (!kbus_group_suits(topic, access) ||
	    !set_access(topic, access, false, NULL)) {
		group = kbus_group_alloc(topic, access);
		set_access(topic, access, true, group);
		kbus_group_retire(old_group);
	}
	kbus_receivers_attach(topic);
	kbus_receivers_detach_unreadable(topic);
	kbus_sys_tell_topic(topic, KBUS_SYS_CHANGED);
	return 0;
}
