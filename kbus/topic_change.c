// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of a topic: who may read and write it
 */
#include "access.h"
#include "broker.h"
#include "group.h"
#include "receivers.h"
#include "sys.h"
#include "topic_change.h"

/*
 * At once with respect to the topic's publishers. Without @renew its group is
 * kept; false if it may not be, for somebody has joined it meanwhile.
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
 * kbus_topic_change() - change who may do what with a topic
 * @topic: the topic, claimed; caller must hold kbus_net.lock, which is given up at
 *	times
 * @access: what is to be
 * @extack: for the reason of a failure
 *
 * When this returns, those who may not read it any more get no later message,
 * and those who subscribe to it and may read it now get all. Its group is
 * another one if anybody may be in it.
 *
 * Context: process, may sleep.
 * Return: 0; or -EDQUOT if it would come to too many subscribers, -ENOMEM: then
 * nothing has changed.
 */
int kbus_topic_change(struct kbus_topic *topic,
		      const struct kbus_access *access,
		      struct netlink_ext_ack *extack)
{
	struct kbus_group *old_group = topic->listeners;
	struct kbus_group *group;
	int err;

	lockdep_assert_held(&topic->kn->lock);
	/* A subscription that comes meanwhile gets a binding if this lets it. */
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
