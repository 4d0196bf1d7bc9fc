// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registry: topics, their ids and groups
 *
 * Ids go up and are not used again. Groups are few, so they are: but only
 * after all others, and only when no socket listens to the group any more, for
 * a socket that joined an old topic must not hear a new one. Until then the
 * group of a deleted topic holds a mark in place of a topic.
 */
#include "broker.h"

#include <linux/kbus.h>
#include <linux/module.h>
#include <linux/slab.h>

unsigned int kbus_topics_max = 16384;
module_param_named(topics_max, kbus_topics_max, uint, 0444);
MODULE_PARM_DESC(topics_max,
		 "topics per network namespace, 32 to 65536 (default 16384)");

#define KBUS_GROUP_RETIRED xa_mk_value(0)

/**
 * kbus_topic_find() - find a topic by name
 * @kn: the bus; caller must hold kbus_net.lock
 * @text: the name, not necessarily terminated; checked here
 * @len: its length
 * @extack: for the reason of a failure
 *
 * Context: process.
 * Return: the topic, valid while the lock is held; or -EINVAL if the name is
 * ill-formed, -ENOENT.
 */
struct kbus_topic *kbus_topic_find(struct kbus_net *kn, const char *text,
				   size_t len, struct netlink_ext_ack *extack)
{
	struct kbus_node *node;
	int err;

	lockdep_assert_held(&kn->lock);
	err = kbus_refuse_fault(extack, kbus_topic_name_fault(text, len));
	if (err)
		return ERR_PTR(err);
	node = kbus_node_find(&kn->tree, text, len);
	if (!node || !node->topic)
		return ERR_PTR(kbus_refuse(extack, -ENOENT,
					   "no topic of this name: see bus-topic list"));
	return node->topic;
}

/**
 * kbus_group_join() - a socket is about to join a group
 * @kn: the bus
 * @group: the group
 *
 * Its topic will look for listeners from now on. Not only while there are
 * some: netlink tells of one that leaves, but not whether another is about to
 * join.
 *
 * Context: process.
 * Return: true if the group belongs to a topic now.
 */
bool kbus_group_join(struct kbus_net *kn, u32 group)
{
	struct kbus_topic *topic;
	bool found;

	rcu_read_lock();
	topic = xa_load(&kn->groups, group);
	found = topic && !xa_is_value(topic);
	if (found) {
		spin_lock_bh(&topic->lock);
		kbus_topic_audience_add(topic, !topic->joined);
		topic->joined = true;
		spin_unlock_bh(&topic->lock);
	}
	rcu_read_unlock();
	return found;
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

static int group_alloc(struct kbus_net *kn, struct kbus_topic *topic)
{
	struct xa_limit limit = XA_LIMIT(1, kbus_topics_max);
	int err;

	err = xa_alloc_cyclic(&kn->groups, &topic->group, topic, limit,
			      &kn->next_group, GFP_KERNEL_ACCOUNT);
	if (err == -EBUSY) {
		groups_reclaim(kn);
		err = xa_alloc_cyclic(&kn->groups, &topic->group, topic, limit,
				      &kn->next_group, GFP_KERNEL_ACCOUNT);
	}
	return err < 0 ? err : 0;
}

/* Some socket may have joined it. */
static void group_retire(const struct kbus_topic *topic)
{
	xa_store(&topic->kn->groups, topic->group, KBUS_GROUP_RETIRED, 0);
}

/* Id and group; the id is not visible before xa_store(). */
static int topic_number(struct kbus_topic *topic,
			struct netlink_ext_ack *extack)
{
	struct kbus_net *kn = topic->kn;
	int err;

	err = group_alloc(kn, topic);
	if (err == -EBUSY)
		return kbus_refuse(extack, -ENOSPC,
				   "topic table full: delete topics or raise topics_max");
	if (err)
		return err;
	err = xa_alloc_cyclic(&kn->topics, &topic->id, NULL, xa_limit_32b,
			      &kn->next_topic, GFP_KERNEL_ACCOUNT);
	if (err < 0) {
		group_retire(topic);
		return err;
	}
	return 0;
}

static int check_owner(const char *name, size_t len,
		       const struct kbus_sender *owner,
		       struct netlink_ext_ack *extack)
{
	switch (kbus_topic_name_owner(name, len)) {
	case KBUS_NAME_OF_USER:
		if (owner->pid)
			return 0;
		return kbus_refuse(extack, -EPERM,
				   "kernel modules publish under 'kernel/' only");
	case KBUS_NAME_OF_KERNEL:
		if (!owner->pid)
			return 0;
		return kbus_refuse(extack, -EPERM,
				   "names under 'kernel' are for kernel modules: choose another");
	case KBUS_NAME_OF_BROKER:
		break;
	}
	return kbus_refuse(extack, -EPERM,
			   "names that begin with '$' are the broker's: choose another");
}

static int check_options(const struct kbus_topic_options *options,
			 struct netlink_ext_ack *extack)
{
	const char *type = options->type ? options->type : "";
	int err;

	err = kbus_refuse_fault(extack,
				kbus_type_name_fault(type, strlen(type)));
	if (err)
		return err;
	if (options->deferred > KBUS_DEFERRED_MAX)
		return kbus_refuse(extack, -EINVAL,
				   "too many deferred messages: at most 65536");
	return kbus_history_check(options->history, options->history_bytes,
				  extack);
}

/**
 * kbus_topic_agrees() - whether a kernel module may share a topic
 * @topic: the topic; caller must hold kbus_net.lock
 * @options: what the module chose for it, or NULL
 *
 * Readers rely on the type, and a publisher on not being refused. The rest is
 * for who came first to choose.
 *
 * Context: process.
 * Return: 0; or -EEXIST if another type or allow_block was chosen, or as
 * kbus_topic_new() for ill-formed options.
 */
int kbus_topic_agrees(const struct kbus_topic *topic,
		      const struct kbus_topic_options *options)
{
	int err;

	lockdep_assert_held(&topic->kn->lock);
	if (!options)
		return 0;
	err = check_options(options, NULL);
	if (err)
		return err;
	return strcmp(topic->type, options->type ? options->type : "") ||
	       topic->allow_block != options->allow_block ? -EEXIST : 0;
}

static struct kbus_topic *topic_alloc(struct kbus_net *kn, const char *name,
				      size_t len,
				      const struct kbus_topic_options *options,
				      const struct kbus_sender *owner)
{
	const char *type = options->type ? options->type : "";
	size_t type_size = strlen(type) + 1;
	struct kbus_topic *topic;

	topic = kzalloc(struct_size(topic, name, len + 1 + type_size),
			GFP_KERNEL_ACCOUNT);
	if (!topic)
		return NULL;
	if (!owner->pid) {
		topic->outbox = kbus_outbox_new(topic, options->deferred);
		if (!topic->outbox) {
			kfree(topic);
			return NULL;
		}
	}
	topic->kn = kn;
	topic->owner = owner->uid;
	refcount_set(&topic->refs, 1);
	spin_lock_init(&topic->lock);
	INIT_LIST_HEAD(&topic->flows);
	topic->allow_block = options->allow_block;
	kbus_history_init(&topic->history, options->history,
			  options->history_bytes);
	topic->audience.count = !!options->history;
	topic->name_len = len;
	memcpy(topic->name, name, len);
	topic->type = topic->name + len + 1;
	memcpy(topic->name + len + 1, type, type_size);
	return topic;
}

/**
 * kbus_topic_new() - create a topic
 * @kn: the bus; caller must hold kbus_net.lock
 * @text: its name, not necessarily terminated; checked here
 * @len: the name's length
 * @options: type, history and so on
 * @owner: who creates it
 * @extack: for the reason of a failure
 *
 * Who waits for the name is attached before the first message.
 *
 * Context: process, may sleep.
 * Return: the topic, or -EEXIST, -EINVAL if the name or an option is
 * ill-formed, -EDQUOT if the history is too large, -EPERM if the name is not
 * @owner's to use, -ENOSPC if the table is full, -ENOMEM; then nothing has
 * changed.
 */
struct kbus_topic *kbus_topic_new(struct kbus_net *kn, const char *text,
				  size_t len,
				  const struct kbus_topic_options *options,
				  const struct kbus_sender *owner,
				  struct netlink_ext_ack *extack)
{
	struct kbus_topic *topic;
	struct kbus_node *node;
	int err;

	lockdep_assert_held(&kn->lock);
	err = kbus_refuse_fault(extack, kbus_topic_name_fault(text, len));
	if (!err)
		err = check_owner(text, len, owner, extack);
	if (err)
		return ERR_PTR(err);
	node = kbus_node_get(&kn->tree, text, len);
	if (!node)
		return ERR_PTR(-ENOMEM);
	if (node->topic)
		return ERR_PTR(kbus_refuse(extack, -EEXIST,
					   "there is a topic of this name"));
	err = check_options(options, extack);
	if (err)
		goto err_node;

	err = -ENOMEM;
	topic = topic_alloc(kn, text, len, options, owner);
	if (!topic)
		goto err_node;
	err = topic_number(topic, extack);
	if (err)
		goto err_topic;
	topic->node = node;
	node->topic = topic;
	err = kbus_topic_attach(topic);
	if (err)
		goto err_number;

	xa_store(&kn->topics, topic->id, topic, 0);
	return topic;

err_number:
	node->topic = NULL;
	xa_erase(&kn->topics, topic->id);
	group_retire(topic);
err_topic:
	kbus_topic_put(topic);
err_node:
	kbus_node_put(node);
	return ERR_PTR(err);
}

/**
 * kbus_topic_delete() - delete a topic
 * @topic: the topic; caller must hold kbus_net.lock
 *
 * What its subscribers have in their backlogs stays there for them.
 *
 * Context: process.
 */
void kbus_topic_delete(struct kbus_topic *topic)
{
	struct kbus_net *kn = topic->kn;

	lockdep_assert_held(&kn->lock);
	xa_erase(&kn->topics, topic->id);
	group_retire(topic);

	if (topic->outbox)
		kbus_outbox_end(topic->outbox);
	kbus_topic_detach(topic);
	kbus_history_end(topic);
	topic->node->topic = NULL;
	kbus_node_put(topic->node);
	kbus_topic_put(topic);
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
	if (topic->outbox)
		kfree_rcu(topic->outbox, rcu);
	/* The bind hook may have seen the group's topic. */
	kfree_rcu(topic, rcu);
}

int kbus_registry_init(struct kbus_net *kn)
{
	xa_init_flags(&kn->topics, XA_FLAGS_ALLOC1);
	xa_init_flags(&kn->groups, XA_FLAGS_ALLOC1);
	kn->next_topic = 1;
	kn->next_group = 1;
	return kbus_tree_init(&kn->tree);
}

/* All sockets are closed and all kernel publishers gone. */
void kbus_registry_exit(struct kbus_net *kn)
{
	struct kbus_topic *topic;
	unsigned long id;

	mutex_lock(&kn->lock);
	xa_for_each(&kn->topics, id, topic) {
		WARN_ON_ONCE(topic->holders);
		kbus_topic_delete(topic);
	}
	mutex_unlock(&kn->lock);
	kbus_tree_exit(&kn->tree);
	xa_destroy(&kn->topics);
	xa_destroy(&kn->groups);
}
