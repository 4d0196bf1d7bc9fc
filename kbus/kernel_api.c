// SPDX-License-Identifier: GPL-2.0-only
/*
 * The in-kernel API, see include/linux/kbus.h
 */
#include "publish.h"

#include <linux/export.h>
#include <linux/kbus.h>

static const struct kbus_sender kernel_sender;

struct kbus_topic *kbus_topic_create(struct net *net, const char *name,
				     const struct kbus_topic_options *options)
{
	static const struct kbus_topic_options defaults;
	struct kbus_net *kn = kbus_net(net);
	struct kbus_topic *topic;

	if (!options)
		options = &defaults;
	mutex_lock(&kn->lock);
	topic = kbus_topic_find(kn, name, strlen(name), NULL);
	if (topic == ERR_PTR(-ENOENT))
		topic = kbus_topic_new(kn, name, strlen(name), options,
				       &kernel_sender, NULL);
	else if (!IS_ERR(topic) && !topic->kernel)
		topic = ERR_PTR(-EPERM);
	if (!IS_ERR(topic)) {
		topic->holders++;
		refcount_inc(&topic->refs);
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
	if (!--topic->holders)
		kbus_topic_delete(topic);
	mutex_unlock(&kn->lock);
	kbus_topic_put(topic);
}
EXPORT_SYMBOL_GPL(kbus_topic_release);

int kbus_publish(struct kbus_topic *topic, const void *payload, size_t len,
		 gfp_t gfp)
{
	const struct kbus_content content = { .payload = payload, .len = len };
	struct kbus_outcome outcome;
	struct sk_buff *skb;
	int err;

	if (WARN_ON_ONCE(in_hardirq() || irqs_disabled()))
		return -EOPNOTSUPP;
	if (len > KBUS_PAYLOAD_MAX)
		return -EMSGSIZE;
	skb = kbus_message_new(&content, gfp);
	if (!skb)
		return -ENOMEM;
	err = kbus_publish_skb(topic, skb, len, &kernel_sender, &outcome, NULL);
	consume_skb(skb);
	return err;
}
EXPORT_SYMBOL_GPL(kbus_publish);
