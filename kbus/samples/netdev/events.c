// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: whether they are published, on which topic, and how
 */
#include "events.h"

#include <linux/rtnetlink.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

static enum {
	/* devices that existed before are not published yet */
	EVENTS_LOADING,
	EVENTS_PUBLISHED,
	/* at unregistration the kernel reports all devices as gone */
	EVENTS_LEAVING,
} state;

unsigned int events_net_id;

/**
 * events_net() - find a device's network namespace
 * @dev: the device
 *
 * Context: any.
 * Return: the module's data for the namespace.
 */
struct events_net *events_net(const struct net_device *dev)
{
	return net_generic(dev_net(dev), events_net_id);
}

/**
 * events_start() - publish events from now on
 *
 * Called under the RTNL, before the first of the devices that exist when the
 * module is loaded is published. Does nothing when the module is being
 * unloaded.
 */
void events_start(void)
{
	ASSERT_RTNL();
	cmpxchg(&state, EVENTS_LOADING, EVENTS_PUBLISHED);
}

/**
 * events_are_published() - check whether events are to be published
 *
 * Context: any.
 */
bool events_are_published(void)
{
	return READ_ONCE(state) == EVENTS_PUBLISHED;
}

/**
 * events_end() - stop publishing events for good
 *
 * Context: any.
 */
void events_end(void)
{
	WRITE_ONCE(state, EVENTS_LEAVING);
}

/**
 * events_have_receivers() - check whether a message needs to be encoded
 * @topic: its topic, or NULL
 *
 * Context: any.
 */
bool events_have_receivers(const struct kbus_topic *topic)
{
	return topic && kbus_topic_has_receivers(topic);
}

/**
 * events_publish() - publish an encoded message, or report that it is lost
 * @topic: its topic
 * @key: the subject of the message
 * @pb: the message
 * @gfp: allocation flags
 *
 * Context: process or softirq.
 */
void events_publish(struct kbus_topic *topic, const char *key,
		    struct kbus_pb *pb, gfp_t gfp)
{
	ssize_t len = kbus_pb_length(pb);

	if (len < 0 || kbus_publish_keyed(topic, key, strlen(key), pb->data,
					  len, gfp))
		kbus_publish_gap(topic, 1);
}
