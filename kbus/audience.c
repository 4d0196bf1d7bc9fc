// SPDX-License-Identifier: GPL-2.0-only
/*
 * A topic's audience: the subscribers who wait for its name and may read it
 *
 * It is looked for when a topic is created, and again when it changes who may
 * read it.
 */
#include "broker.h"

#include <linux/sched.h>

/* A walk through the subscriptions that match a topic. */
struct waiting {
	struct kbus_walk walk;
	struct kbus_node *node;
	struct kbus_subscription *last;
};

static void walk_waiting(struct waiting *waiting, const struct kbus_topic *topic)
{
	kbus_walk_patterns(&waiting->walk, &topic->kn->tree, topic->name,
			   topic->name_len);
	waiting->last = NULL;
}

static struct kbus_subscription *next_waiting(struct waiting *waiting)
{
	cond_resched();
	if (waiting->last && !list_is_last(&waiting->last->by_node,
					   &waiting->node->subscriptions))
		return waiting->last = list_next_entry(waiting->last, by_node);
	while ((waiting->node = kbus_walk_next_pattern(&waiting->walk))) {
		waiting->last = list_first_entry_or_null(&waiting->node->subscriptions,
							 struct kbus_subscription,
							 by_node);
		if (waiting->last)
			return waiting->last;
	}
	return NULL;
}

/* A flow to each who waits for the topic and may read it but does not yet. */
static int make_flows_from(struct kbus_topic *topic,
			   const struct kbus_access *access,
			   struct netlink_ext_ack *extack)
{
	struct kbus_subscription *subscription;
	struct kbus_subscriber *sub;
	struct waiting waiting;
	struct kbus_flow *flow;

	walk_waiting(&waiting, topic);
	while ((subscription = next_waiting(&waiting))) {
		sub = subscription->key.subscriber;
		if (!kbus_subscriber_may_read(sub, access))
			continue;
		flow = kbus_flow_get(topic, sub, true, extack);
		if (IS_ERR(flow))
			return PTR_ERR(flow);
		flow->matches += !flow->attached;
	}
	return 0;
}

/**
 * kbus_topic_attach() - give a topic to those who wait for its name
 * @topic: the topic; caller must hold kbus_net.lock
 * @access: who may read it
 * @extack: for the reason of a failure
 *
 * Of those who may read it; those who have it already are left alone.
 *
 * Context: process, may sleep.
 * Return: 0; or -EDQUOT if too many topics came to too many subscribers,
 * -ENOMEM: then nobody is attached.
 */
int kbus_topic_attach(struct kbus_topic *topic,
		      const struct kbus_access *access,
		      struct netlink_ext_ack *extack)
{
	struct kbus_subscription *subscription;
	struct waiting waiting;
	struct kbus_flow *flow;
	int err;

	err = make_flows_from(topic, access, extack);
	walk_waiting(&waiting, topic);
	while ((subscription = next_waiting(&waiting))) {
		flow = kbus_flow_find(topic, subscription->key.subscriber);
		if (!flow)
			continue;
		if (err)
			kbus_flow_cancel(flow);
		else
			kbus_flow_attach(flow, 0);
	}
	return err;
}

/**
 * kbus_topic_detach_unreadable() - take a topic from those who may not read it
 * @topic: the topic; caller must hold kbus_net.lock
 *
 * Context: process.
 */
void kbus_topic_detach_unreadable(struct kbus_topic *topic)
{
	struct kbus_flow *flow, *next;

	/* Flows come and go with kbus_net.lock held only. */
	list_for_each_entry_safe(flow, next, &topic->flows, by_topic) {
		if (!kbus_subscriber_may_read(flow->key.subscriber,
					      &topic->access))
			kbus_flow_detach(flow);
		cond_resched();
	}
}

/**
 * kbus_topic_detach() - take a topic from its subscribers, for good
 * @topic: the topic; caller must hold kbus_net.lock
 *
 * Context: process.
 */
void kbus_topic_detach(struct kbus_topic *topic)
{
	struct kbus_flow *flow, *next;

	kbus_topic_lock(topic);
	topic->deleted = true;
	kbus_topic_unlock(topic);
	/* Flows come and go with kbus_net.lock held only. */
	list_for_each_entry_safe(flow, next, &topic->flows, by_topic) {
		kbus_flow_detach(flow);
		cond_resched();
	}
}
