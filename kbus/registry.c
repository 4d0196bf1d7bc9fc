// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registry: names, topics, their ids and groups
 *
 * Ids go up and are not used again. Groups are few, so they are: but only
 * after all others, and only when no socket listens to the group any more, for
 * a socket that joined an old topic must not hear a new one. Until then the
 * group of a deleted topic holds a mark in place of a topic.
 */
#include "broker.h"
#include "topic_name.h"

#include <linux/jhash.h>
#include <linux/module.h>
#include <linux/slab.h>

unsigned int kbus_topics_max = 16384;
module_param_named(topics_max, kbus_topics_max, uint, 0444);
MODULE_PARM_DESC(topics_max,
		 "topics per network namespace, 32 to 65536 (default 16384)");

#define KBUS_GROUP_RETIRED xa_mk_value(0)

struct name_key {
	const char *text;
	size_t len;
};

static u32 name_key_hash(const void *data, u32 len, u32 seed)
{
	const struct name_key *key = data;

	return jhash(key->text, key->len, seed);
}

static u32 name_hash(const void *data, u32 len, u32 seed)
{
	const struct kbus_name *name = data;

	return jhash(name->text, name->len, seed);
}

static int name_compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct name_key *key = arg->key;
	const struct kbus_name *name = obj;

	return key->len != name->len || memcmp(key->text, name->text, key->len);
}

static const struct rhashtable_params name_params = {
	.head_offset = offsetof(struct kbus_name, node),
	.hashfn = name_key_hash,
	.obj_hashfn = name_hash,
	.obj_cmpfn = name_compare,
	.automatic_shrinking = true,
};

/**
 * kbus_name_find() - find a name
 * @kn: the bus; caller must hold kbus_net.lock
 * @text: the name, not necessarily terminated
 * @len: its length
 *
 * Context: process.
 * Return: the name, or NULL if nobody uses it.
 */
struct kbus_name *kbus_name_find(struct kbus_net *kn, const char *text,
				 size_t len)
{
	struct name_key key = { .text = text, .len = len };

	lockdep_assert_held(&kn->lock);
	return rhashtable_lookup_fast(&kn->names, &key, name_params);
}

/**
 * kbus_name_get() - find a name, or enter it
 * @kn: the bus; caller must hold kbus_net.lock
 * @text: the name, not necessarily terminated; checked here
 * @len: its length
 * @extack: for the reason of a failure
 *
 * A name that has come to nothing, with neither topic nor subscription, is
 * given back by kbus_name_put().
 *
 * Context: process, may sleep.
 * Return: the name, or -EINVAL if ill-formed, -ENOMEM.
 */
struct kbus_name *kbus_name_get(struct kbus_net *kn, const char *text,
				size_t len, struct netlink_ext_ack *extack)
{
	const char *fault = kbus_topic_name_fault(text, len);
	struct kbus_name *name;
	int err;

	if (fault) {
		if (extack)
			extack->_msg = fault;
		return ERR_PTR(-EINVAL);
	}
	name = kbus_name_find(kn, text, len);
	if (name)
		return name;

	name = kzalloc(struct_size(name, text, len + 1), GFP_KERNEL_ACCOUNT);
	if (!name)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&name->subscriptions);
	name->len = len;
	memcpy(name->text, text, len);

	err = rhashtable_insert_fast(&kn->names, &name->node, name_params);
	if (err) {
		kfree(name);
		return ERR_PTR(err);
	}
	return name;
}

/**
 * kbus_name_put() - forget a name unless somebody needs it
 * @kn: the bus; caller must hold kbus_net.lock
 * @name: the name
 *
 * Context: process.
 */
void kbus_name_put(struct kbus_net *kn, struct kbus_name *name)
{
	lockdep_assert_held(&kn->lock);
	if (name->topic || !list_empty(&name->subscriptions))
		return;
	rhashtable_remove_fast(&kn->names, &name->node, name_params);
	kfree(name);
}

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
	const char *fault = kbus_topic_name_fault(text, len);
	struct kbus_name *name;

	if (fault) {
		if (extack)
			extack->_msg = fault;
		return ERR_PTR(-EINVAL);
	}
	name = kbus_name_find(kn, text, len);
	if (!name || !name->topic)
		return ERR_PTR(kbus_refuse(extack, -ENOENT,
					   "no topic of this name: see bus-topic list"));
	return name->topic;
}

/**
 * kbus_group_in_use() - whether a group belongs to a topic
 * @kn: the bus
 * @group: the group
 *
 * Context: any but hard interrupt.
 * Return: true if a topic has it now.
 */
bool kbus_group_in_use(struct kbus_net *kn, u32 group)
{
	void *entry = xa_load(&kn->groups, group);

	return entry && !xa_is_value(entry);
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
		xa_erase(&kn->groups, topic->group);
		return err;
	}
	return 0;
}

static int check_owner(const struct kbus_name *name,
		       const struct kbus_sender *owner,
		       struct netlink_ext_ack *extack)
{
	switch (kbus_topic_name_owner(name->text, name->len)) {
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

static struct kbus_topic *topic_alloc(struct kbus_net *kn,
				      const struct kbus_name *name,
				      const char *type,
				      const struct kbus_sender *owner)
{
	struct kbus_topic *topic;
	size_t type_size = strlen(type) + 1;

	topic = kzalloc(struct_size(topic, name, name->len + 1 + type_size),
			GFP_KERNEL_ACCOUNT);
	if (!topic)
		return NULL;
	topic->kn = kn;
	topic->kernel = !owner->pid;
	topic->owner = owner->uid;
	refcount_set(&topic->refs, 1);
	spin_lock_init(&topic->lock);
	INIT_LIST_HEAD(&topic->flows);
	topic->name_len = name->len;
	memcpy(topic->name, name->text, name->len + 1);
	topic->type = topic->name + name->len + 1;
	memcpy(topic->name + name->len + 1, type, type_size);
	return topic;
}

/**
 * kbus_topic_new() - create a topic
 * @kn: the bus; caller must hold kbus_net.lock
 * @text: its name, not necessarily terminated; checked here
 * @len: the name's length
 * @type: full name of its payload's type, or an empty string
 * @owner: who creates it
 * @extack: for the reason of a failure
 *
 * Who waits for the name is attached before the first message.
 *
 * Context: process, may sleep.
 * Return: the topic, or -EEXIST, -EINVAL if the name is ill-formed, -EPERM if
 * it is not @owner's to use, -ENOSPC if the table is full, -ENOMEM; then
 * nothing has changed.
 */
struct kbus_topic *kbus_topic_new(struct kbus_net *kn, const char *text,
				  size_t len, const char *type,
				  const struct kbus_sender *owner,
				  struct netlink_ext_ack *extack)
{
	struct kbus_topic *topic;
	struct kbus_name *name;
	int err;

	name = kbus_name_get(kn, text, len, extack);
	if (IS_ERR(name))
		return ERR_CAST(name);
	err = check_owner(name, owner, extack);
	if (err)
		goto err_name;
	err = -EEXIST;
	if (name->topic) {
		NL_SET_ERR_MSG(extack, "there is a topic of this name");
		goto err_name;
	}

	err = -ENOMEM;
	topic = topic_alloc(kn, name, type, owner);
	if (!topic)
		goto err_name;
	err = topic_number(topic, extack);
	if (err)
		goto err_topic;
	err = kbus_topic_attach(topic, name);
	if (err)
		goto err_number;

	name->topic = topic;
	xa_store(&kn->topics, topic->id, topic, 0);
	return topic;

err_number:
	xa_erase(&kn->topics, topic->id);
	xa_erase(&kn->groups, topic->group);
err_topic:
	/* The bind hook may have seen the group's topic. */
	kfree_rcu(topic, rcu);
err_name:
	kbus_name_put(kn, name);
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
	struct kbus_name *name;

	lockdep_assert_held(&kn->lock);
	xa_erase(&kn->topics, topic->id);
	xa_store(&kn->groups, topic->group, KBUS_GROUP_RETIRED, 0);

	name = kbus_name_find(kn, topic->name, topic->name_len);
	kbus_topic_detach(topic, name);
	name->topic = NULL;
	kbus_name_put(kn, name);
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
	if (refcount_dec_and_test(&topic->refs))
		kfree_rcu(topic, rcu);
}

int kbus_registry_init(struct kbus_net *kn)
{
	xa_init_flags(&kn->topics, XA_FLAGS_ALLOC1);
	xa_init_flags(&kn->groups, XA_FLAGS_ALLOC1);
	kn->next_topic = 1;
	kn->next_group = 1;
	return rhashtable_init(&kn->names, &name_params);
}

/* All sockets are closed and all kernel publishers gone. */
void kbus_registry_exit(struct kbus_net *kn)
{
	struct kbus_topic *topic;
	unsigned long id;

	mutex_lock(&kn->lock);
	xa_for_each(&kn->topics, id, topic)
		kbus_topic_delete(topic);
	mutex_unlock(&kn->lock);
	rhashtable_destroy(&kn->names);
	xa_destroy(&kn->topics);
	xa_destroy(&kn->groups);
}
