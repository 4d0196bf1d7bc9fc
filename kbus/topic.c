// SPDX-License-Identifier: GPL-2.0-only
/*
 * Topics: how a single one is made, and how it is charged
 */
#include "broker.h"
#include "history.h"
#include "net.h"
#include "outbox.h"
#include "quota.h"
#include "refuse.h"
#include "sysctl.h"
#include "topic.h"
#include "topic_name.h"
#include "tree.h"

#include <linux/kbus.h>
#include <linux/slab.h>

/* Class of the topic locks that are taken in softirqs, unlike the others. */
static struct lock_class_key kernel_topic_lock;

/**
 * kbus_topic_size() - get the memory that a topic takes besides its history
 * @topic: the topic
 *
 * Context: any.
 * Return: number of bytes.
 */
size_t kbus_topic_size(const struct kbus_topic *topic)
{
	return struct_size(topic, name, topic->name_len + 1 +
					strlen(topic->type) + 1);
}

static struct kbus_bill topic_bill(const struct kbus_topic *topic)
{
	return (struct kbus_bill){ .of = {
		[KBUS_TOPICS] = 1,
		[KBUS_MEMORY] = kbus_topic_size(topic) +
				kbus_name_memory(topic->name,
						 topic->name_len),
	} };
}

/*
 * Returns the settings with the maximums of a topic's history. Those of the
 * initial namespace apply to the kernel's topics in all namespaces, because a
 * user that makes a namespace must not make a module's topics fail.
 */
static const struct kbus_settings *settings_for(const struct kbus_net *kn,
						bool kernel)
{
	return kernel ? &kbus_net(&init_net)->settings : &kn->settings;
}

/**
 * kbus_topic_options_check() - check the options of a topic's creator
 * @kn: the bus
 * @options: the options
 * @kernel: a kernel module or the broker creates it
 * @extack: receives the reason of a refusal
 *
 * Context: process.
 * Return: 0, or -EINVAL if an option is ill-formed, -EDQUOT if the history is
 * too large.
 */
int kbus_topic_options_check(const struct kbus_net *kn,
			     const struct kbus_topic_options *options,
			     bool kernel, struct netlink_ext_ack *extack)
{
	const char *type = options->type ? options->type : "";
	int err;

	err = kbus_refuse_fault(extack,
				kbus_type_name_fault(type, strlen(type)));
	if (err)
		return err;
	if (options->mode & ~KBUS_MODE_MASK)
		return kbus_refuse(extack, -EINVAL,
				   "a mode has read and write bits only: "
				   __stringify(KBUS_MODE_MASK) " at most");
	if (options->deferred > KBUS_DEFERRED_MAX)
		return kbus_refuse(extack, -EINVAL,
				   "too many deferred messages: at most "
				   __stringify(KBUS_DEFERRED_MAX));
	return kbus_history_check(settings_for(kn, kernel), options->history,
				  options->history_bytes, extack);
}

/**
 * kbus_topic_agrees() - check whether a kernel module may share a topic
 * @topic: the topic; caller must hold kbus_net.lock
 * @options: the module's options for it, or NULL
 *
 * Readers rely on the type, and a publisher relies on not being refused. The
 * other options are those of the first module.
 *
 * Context: process.
 * Return: 0; or -EEXIST if the options have another type or allow_block, or an
 * error of kbus_topic_new() if they are ill-formed.
 */
int kbus_topic_agrees(const struct kbus_topic *topic,
		      const struct kbus_topic_options *options)
{
	int err;

	lockdep_assert_held(&topic->kn->lock);
	if (!options)
		return 0;
	err = kbus_topic_options_check(topic->kn, options, true, NULL);
	if (err)
		return err;
	return strcmp(topic->type, options->type ? options->type : "") ||
	       topic->allow_block != options->allow_block ? -EEXIST : 0;
}

/**
 * kbus_topic_alloc() - allocate a topic that nobody else can find yet
 * @kn: the bus
 * @plan: the properties of the topic, checked
 *
 * Context: process, may sleep.
 * Return: the topic, for kbus_topic_put(), or NULL.
 */
struct kbus_topic *kbus_topic_alloc(struct kbus_net *kn,
				    const struct kbus_topic_plan *plan)
{
	const struct kbus_topic_options *options = plan->options;
	const size_t len = plan->name_len;
	const char *type = options->type ? options->type : "";
	size_t type_size = strlen(type) + 1;
	struct kbus_topic *topic;

	topic = kzalloc(struct_size(topic, name, len + 1 + type_size),
			GFP_KERNEL_ACCOUNT);
	if (!topic)
		return NULL;
	topic->kn = kn;
	topic->access = plan->access;
	refcount_set(&topic->refs, 1);
	mutex_init(&topic->changes);
	INIT_LIST_HEAD(&topic->coming);
	spin_lock_init(&topic->lock);
	if (!plan->creator->pid)
		lockdep_set_class(&topic->lock, &kernel_topic_lock);
	INIT_LIST_HEAD(&topic->bindings);
	topic->allow_block = options->allow_block;
	topic->receivers.count = !!options->history;
	topic->name_len = len;
	memcpy(topic->name, plan->name, len);
	topic->type = topic->name + len + 1;
	memcpy(topic->name + len + 1, type, type_size);
	return topic;
}

/**
 * kbus_topic_charge() - charge a topic to its creator's account
 * @topic: the topic
 * @plan: the creator and the history's limits
 * @extack: receives the reason of a failure
 *
 * Context: process, may sleep.
 * Return: 0, or -EDQUOT, -ENOMEM.
 */
int kbus_topic_charge(struct kbus_topic *topic,
		      const struct kbus_topic_plan *plan,
		      struct netlink_ext_ack *extack)
{
	const struct kbus_topic_options *options = plan->options;
	struct kbus_bill bill = topic_bill(topic);
	int err;

	if (plan->creator->pid) {
		topic->user = kbus_user_get(plan->creator->rights.caller);
		if (!topic->user)
			return -ENOMEM;
	}
	err = kbus_charge(topic->user, &bill, extack);
	if (err)
		return err;
	err = kbus_history_init(&topic->history,
				settings_for(topic->kn, !plan->creator->pid),
				topic->user, options->history,
				options->history_bytes, extack);
	if (err)
		kbus_uncharge(topic->user, &bill);
	return err;
}

/**
 * kbus_topic_uncharge() - uncharge a topic and its history
 * @topic: the topic, which takes no more messages
 *
 * Context: process.
 */
void kbus_topic_uncharge(struct kbus_topic *topic)
{
	const struct kbus_bill bill = topic_bill(topic);

	kbus_history_end(topic);
	kbus_uncharge(topic->user, &bill);
}

/**
 * kbus_topic_put() - drop a reference to a topic
 * @topic: the topic
 *
 * Context: any but hard interrupt.
 */
void kbus_topic_put(struct kbus_topic *topic)
{
	if (!refcount_dec_and_test(&topic->refs))
		return;
	if (topic->id)
		xa_erase_bh(&topic->kn->topics, topic->id);
	kbus_user_put(topic->user);
	if (topic->outbox)
		kfree_rcu(topic->outbox, rcu);
	/* A publisher may have found the topic by its id. */
	kfree_rcu(topic, rcu);
}
