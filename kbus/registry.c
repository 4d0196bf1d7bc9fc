// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registry: topics, their names and ids
 *
 * Ids increase. After the last one, they start again from the first. An id is
 * skipped while a topic has it, or while a subscriber has yet to receive
 * messages or gaps of a deleted topic that had it.
 */
#include "access.h"
#include "broker.h"
#include "group.h"
#include "has_receivers.h"
#include "hold.h"
#include "outbox.h"
#include "receivers.h"
#include "refuse.h"
#include "registry.h"
#include "sys.h"
#include "topic.h"
#include "topic_name.h"
#include "tree.h"

/**
 * kbus_topic_unclaim() - let others change a topic again
 * @topic: the topic, which may be freed by this
 *
 * Context: process.
 */
void kbus_topic_unclaim(struct kbus_topic *topic)
{
	mutex_unlock(&topic->changes);
	kbus_topic_put(topic);
}

/* Returns NULL if the topic was deleted meanwhile or could not be created. */
static struct kbus_topic *claim_topic(struct kbus_topic *topic, bool killable)
{
	int err;

	refcount_inc(&topic->refs);
	err = kbus_net_claim(topic->kn, &topic->changes, killable);
	if (err) {
		kbus_topic_put(topic);
		return ERR_PTR(err);
	}
	if (!topic->deleted)
		return topic;
	kbus_topic_unclaim(topic);
	return NULL;
}

static struct kbus_topic *find_topic(struct kbus_net *kn, const char *text,
				     size_t len, struct netlink_ext_ack *extack)
{
	struct kbus_node *node;
	int err;

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
 * kbus_topic_claim() - find a topic by name, and become the only one to change
 *	it
 * @kn: the bus; caller must hold kbus_net.lock, which is released while another
 *	request creates, changes or deletes the topic
 * @text: the name, not necessarily terminated; checked here
 * @len: its length
 * @killable: return if the process is killed
 * @extack: receives the reason of a failure
 *
 * Context: process, may sleep.
 * Return: the topic, for kbus_topic_unclaim(); or -EINVAL if the name is
 * ill-formed, -ENOENT, -EINTR if the process is killed.
 */
struct kbus_topic *kbus_topic_claim(struct kbus_net *kn, const char *text,
				    size_t len, bool killable,
				    struct netlink_ext_ack *extack)
{
	struct kbus_topic *topic;

	lockdep_assert_held(&kn->lock);
	do {
		topic = find_topic(kn, text, len, extack);
		if (!IS_ERR(topic))
			topic = claim_topic(topic, killable);
	} while (!topic);
	return topic;
}

/**
 * kbus_topic_claim_id() - find a topic by id, and become the only one to change
 *	it
 * @kn: the bus; caller must hold kbus_net.lock, which is released while another
 *	request changes or deletes the topic
 * @id: the id
 * @extack: receives the reason of a failure
 *
 * Context: process, may sleep.
 * Return: the topic, for kbus_topic_unclaim(); or -ENOENT, -EINTR if the
 * process is killed.
 */
struct kbus_topic *kbus_topic_claim_id(struct kbus_net *kn, u32 id,
				       struct netlink_ext_ack *extack)
{
	struct kbus_topic *topic;

	lockdep_assert_held(&kn->lock);
	topic = xa_load(&kn->topics, id);
	if (topic)
		topic = claim_topic(topic, true);
	if (topic)
		return topic;
	return ERR_PTR(kbus_refuse(extack, -ENOENT, "no topic has this id"));
}

/* The topic cannot be found by its id before xa_store_bh(). */
static int topic_number(struct kbus_topic *topic)
{
	struct kbus_net *kn = topic->kn;
	int err;

	err = xa_alloc_cyclic_bh(&kn->topics, &topic->id, NULL, xa_limit_32b,
				 &kn->next_topic, GFP_KERNEL_ACCOUNT);
	return err < 0 ? err : 0;
}

static int check_owner(const struct kbus_topic_plan *plan,
		       struct netlink_ext_ack *extack)
{
	const bool program = plan->creator->pid;

	switch (kbus_topic_name_owner(plan->name, plan->name_len)) {
	case KBUS_NAME_OF_USER:
		if (program)
			return 0;
		return kbus_refuse(extack, -EPERM,
				   "kernel modules publish under 'kernel/' only");
	case KBUS_NAME_OF_KERNEL:
		if (!program)
			return 0;
		return kbus_refuse(extack, -EPERM,
				   "names under 'kernel' are for kernel modules: choose another");
	case KBUS_NAME_OF_BROKER:
		if (plan->broker)
			return 0;
		break;
	}
	return kbus_refuse(extack, -EPERM,
			   "names that begin with '$' are the broker's: choose another");
}

/* Checks what does not depend on the existing topics. */
static int check_plan(struct kbus_net *kn, const struct kbus_topic_plan *plan,
		      struct netlink_ext_ack *extack)
{
	int err;

	err = kbus_refuse_fault(extack, kbus_topic_name_fault(plan->name,
							      plan->name_len));
	if (!err)
		err = check_owner(plan, extack);
	if (!err)
		err = kbus_access_check_create(kn, plan->creator, extack);
	return err;
}

/* Removes a topic from the tree, and detaches its receivers. */
static void withdraw_topic(struct kbus_topic *topic)
{
	kbus_topic_lock_settled(topic);
	topic->deleted = true;
	kbus_has_receivers_show(topic);
	kbus_topic_unlock_settled(topic);
	topic->node->topic = NULL;
	kbus_node_put(topic->node);
	kbus_group_retire(topic->listeners);
	if (topic->created)
		kbus_sys_tell_topic(topic, KBUS_SYS_DELETED);
	kbus_receivers_detach(topic);
	kbus_topic_uncharge(topic);
	kbus_topic_put(topic);
}

/*
 * Lets others find a topic, which is complete otherwise. Returns the topic,
 * claimed; on failure the topic is gone.
 */
static struct kbus_topic *topic_enter(struct kbus_topic *topic,
				      struct kbus_node *node,
				      struct netlink_ext_ack *extack)
{
	int err;

	kbus_group_assign(topic, kbus_group_alloc(topic, &topic->access));
	topic->node = node;
	node->topic = topic;
	/* Nobody else has seen the topic yet. */
	mutex_trylock(&topic->changes);
	refcount_inc(&topic->refs);
	err = kbus_receivers_find(topic, &topic->access, extack);
	if (err) {
		withdraw_topic(topic);
		kbus_topic_unclaim(topic);
		return ERR_PTR(err);
	}
	kbus_receivers_attach(topic);
	kbus_has_receivers_show(topic);

	/* Announce the topic before anybody can publish on it. */
	kbus_sys_tell_topic(topic, KBUS_SYS_CREATED);
	xa_store_bh(&topic->kn->topics, topic->id, topic, 0);
	topic->created = true;
	return topic;
}

/**
 * kbus_topic_new() - create a topic
 * @kn: the bus; caller must hold kbus_net.lock, which is released at times
 * @plan: the properties of the topic; its name and options are checked here
 * @extack: receives the reason of a failure
 *
 * Subscribers that wait for the name, and may read the topic, are attached
 * before the first message.
 *
 * Context: process, may sleep.
 * Return: the topic, for kbus_topic_unclaim(); or -EEXIST if a topic of the
 * name exists or is being created, -EINVAL if the name or an option is
 * ill-formed, -EDQUOT if the history is too large or the creator's quota is
 * exhausted, -EPERM if the creator may not use the name or creating is
 * restricted, -ENOMEM. On failure nothing has changed.
 */
struct kbus_topic *kbus_topic_new(struct kbus_net *kn,
				  const struct kbus_topic_plan *plan,
				  struct netlink_ext_ack *extack)
{
	struct kbus_topic *topic;
	struct kbus_node *node;
	int err;

	lockdep_assert_held(&kn->lock);
	err = check_plan(kn, plan, extack);
	if (err)
		return ERR_PTR(err);
	node = kbus_node_get(&kn->tree, plan->name, plan->name_len);
	if (!node)
		return ERR_PTR(-ENOMEM);
	if (node->topic)
		return ERR_PTR(kbus_refuse(extack, -EEXIST,
					   "there is a topic of this name"));
	err = kbus_topic_options_check(kn, plan->options,
				       !plan->creator->pid, extack);
	if (err)
		goto err_node;

	err = -ENOMEM;
	topic = kbus_topic_alloc(kn, plan);
	if (!topic)
		goto err_node;
	if (!plan->creator->pid) {
		topic->outbox = kbus_outbox_new(topic, plan->options->deferred);
		if (!topic->outbox)
			goto err_topic;
	}
	err = kbus_topic_charge(topic, plan, extack);
	if (err)
		goto err_topic;
	err = topic_number(topic);
	if (err)
		goto err_charge;
	return topic_enter(topic, node, extack);

err_charge:
	kbus_topic_uncharge(topic);
err_topic:
	kbus_topic_put(topic);
err_node:
	kbus_node_put(node);
	return ERR_PTR(err);
}

/**
 * kbus_topic_delete() - delete a topic
 * @topic: the topic, claimed; caller must hold kbus_net.lock, which is released
 *	at times
 *
 * Messages in the backlogs of its subscribers stay there.
 *
 * Context: process, may sleep.
 */
void kbus_topic_delete(struct kbus_topic *topic)
{
	lockdep_assert_held(&topic->kn->lock);
	/* The id stays allocated until nobody refers to the topic. */
	xa_store_bh(&topic->kn->topics, topic->id, NULL, 0);
	if (topic->outbox)
		kbus_outbox_end(topic->outbox);
	withdraw_topic(topic);
}

/**
 * kbus_topic_get() - find a topic by id
 * @kn: the bus
 * @id: the topic's id
 *
 * Context: any but hard interrupt.
 * Return: the topic, which may be deleted meanwhile, for kbus_topic_put(); or
 * NULL.
 */
struct kbus_topic *kbus_topic_get(struct kbus_net *kn, u32 id)
{
	struct kbus_topic *topic;

	rcu_read_lock();
	topic = xa_load(&kn->topics, id);
	if (topic && !refcount_inc_not_zero(&topic->refs))
		topic = NULL;
	rcu_read_unlock();
	return topic;
}

int kbus_registry_init(struct kbus_net *kn)
{
	xa_init_flags(&kn->topics, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	kn->next_topic = 1;
	kbus_groups_init(kn);
	return kbus_tree_init(&kn->tree);
}

/* All sockets must be closed and all kernel publishers gone. */
void kbus_registry_exit(struct kbus_net *kn)
{
	struct kbus_topic *topic;
	unsigned long id;

	mutex_lock(&kn->lock);
	xa_for_each(&kn->topics, id, topic) {
		WARN_ON_ONCE(topic->holders);
		claim_topic(topic, false);
		kbus_topic_delete(topic);
		kbus_topic_unclaim(topic);
	}
	mutex_unlock(&kn->lock);
	kbus_tree_exit(&kn->tree);
	xa_destroy(&kn->topics);
	kbus_groups_exit(kn);
}
