// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel topics: those held by modules, and those of the broker itself
 */
#include "access.h"
#include "broker.h"
#include "hold.h"
#include "kernel_topic.h"
#include "net.h"
#include "registry.h"
#include "sys.h"
#include "topic.h"

#include <linux/export.h>

/* Creates a topic that the kernel publishes on; returns as kbus_topic_new(). */
static struct kbus_topic *
new_kernel_topic(struct kbus_net *kn, const char *name,
		 const struct kbus_topic_options *options, bool broker)
{
	static const struct kbus_sender kernel_sender;
	static const struct kbus_topic_options defaults;
	struct kbus_topic_plan plan = {
		.name = name,
		.name_len = strlen(name),
		.options = options ? options : &defaults,
		.creator = &kernel_sender,
		.broker = broker,
	};

	kbus_access_default(kn, &kernel_sender, &plan.access);
	if (plan.options->mode)
		plan.access.mode = plan.options->mode;
	return kbus_topic_new(kn, &plan, NULL);
}

static struct kbus_topic *topic_get(struct kbus_net *kn, const char *name,
				    const struct kbus_topic_options *options)
{
	struct kbus_topic *topic;
	int err;

	topic = kbus_topic_claim(kn, name, strlen(name), false, NULL);
	if (topic == ERR_PTR(-ENOENT))
		return new_kernel_topic(kn, name, options, false);
	if (IS_ERR(topic))
		return topic;
	err = !topic->outbox || kbus_topic_is_brokers(topic) ?
		      -EPERM :
		      kbus_topic_agrees(topic, options);
	if (!err)
		return topic;
	kbus_topic_unclaim(topic);
	return ERR_PTR(err);
}

static int create_sys_topics(struct kbus_net *kn)
{
	static const struct kbus_topic_options topics = {
		.type = "kbus.v1.TopicEvent",
	};
	static const struct kbus_topic_options subscribers = {
		.type = "kbus.v1.SubscriberEvent",
	};
	struct kbus_topic *topic;

	topic = new_kernel_topic(kn, "$sys/topics", &topics, true);
	if (IS_ERR(topic))
		return PTR_ERR(topic);
	kn->sys_topics = topic;
	kbus_topic_unclaim(topic);
	topic = new_kernel_topic(kn, "$sys/subscribers", &subscribers,
				 true);
	if (IS_ERR(topic))
		return PTR_ERR(topic);
	kn->sys_subscribers = topic;
	kbus_topic_unclaim(topic);
	return 0;
}

/**
 * kbus_sys_init() - create the topics on which a bus reports about itself
 * @kn: the bus, which has not served any request yet
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOMEM.
 */
int kbus_sys_init(struct kbus_net *kn)
{
	int err;

	mutex_lock(&kn->lock);
	err = create_sys_topics(kn);
	mutex_unlock(&kn->lock);
	if (err)
		kbus_sys_exit(kn);
	return err;
}

/**
 * kbus_sys_exit() - stop a bus from reporting about itself;
 *	kbus_registry_exit() deletes the topics
 * @kn: the bus, whose sockets are closed; what ends after this is not reported
 *
 * Context: process.
 */
void kbus_sys_exit(struct kbus_net *kn)
{
	mutex_lock(&kn->lock);
	kn->sys_topics = NULL;
	kn->sys_subscribers = NULL;
	mutex_unlock(&kn->lock);
}

struct kbus_topic *kbus_topic_create(struct net *net, const char *name,
				     const struct kbus_topic_options *options)
{
	struct kbus_net *kn = kbus_net(net);
	struct kbus_topic *topic;

	mutex_lock(&kn->lock);
	topic = topic_get(kn, name, options);
	if (!IS_ERR(topic)) {
		topic->holders++;
		refcount_inc(&topic->refs);
		kbus_topic_unclaim(topic);
	}
	mutex_unlock(&kn->lock);
	return topic;
}
EXPORT_SYMBOL_GPL(kbus_topic_create);

void kbus_topic_release(struct kbus_topic *topic)
{
	struct kbus_net *kn;

	if (IS_ERR_OR_NULL(topic))
		return;
	kn = topic->kn;
	mutex_lock(&kn->lock);
	kbus_net_claim(kn, &topic->changes, false);
	if (!--topic->holders)
		kbus_topic_delete(topic);
	mutex_unlock(&kn->lock);
	kbus_topic_unclaim(topic);
}
EXPORT_SYMBOL_GPL(kbus_topic_release);
