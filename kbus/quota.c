// SPDX-License-Identifier: GPL-2.0-only
/*
 * Quotas: how much of the broker each user may have, and all together
 *
 * Whoever creates something has it on an account until it is gone. Accounts
 * form chains:
 *
 *	user in a container --> user who made the container --> all together
 *
 * What is charged to a user counts for everybody up the chain, so that nobody
 * gets more by making user namespaces. An account is found by user namespace
 * and uid. That of the initial namespace's root has no limits of its own.
 *
 * Only the end of the chain is everybody's: what is charged for each message,
 * backlogs and histories, is charged a piece of many messages at a time.
 */
#include "broker.h"

#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

/**
 * struct kbus_user - an account
 * @node: in users
 * @user_ns: the user is one of this namespace; a reference is held
 * @uid: the user
 * @parent: who answers for the user; a reference is held
 * @limits: by resource, or NULL
 * @refs: by users, things charged, and accounts whose @parent it is
 * @used: by resource
 */
struct kbus_user {
	struct hlist_node node;
	struct user_namespace *user_ns;
	kuid_t uid;
	struct kbus_user *parent;
	const unsigned long *limits;
	refcount_t refs;
	atomic_long_t used[KBUS_RESOURCES];
};

static DEFINE_HASHTABLE(users, 8);
static DEFINE_SPINLOCK(users_lock);	/* users; interrupts off */
static DEFINE_MUTEX(users_new_lock);	/* outside of it: one at a time */

static unsigned long user_limits[KBUS_RESOURCES] = {
	[KBUS_TOPICS] = 1024,
	[KBUS_GROUPS] = 2048,
	[KBUS_SUBSCRIBERS] = 256,
	[KBUS_SUBSCRIPTIONS] = 4096,
	[KBUS_LISTENERS] = 4096,
	[KBUS_FLOWS] = 65536,
	[KBUS_BACKLOG_MESSAGES] = 1000000,
};

static unsigned long total_limits[KBUS_RESOURCES] = {
	[KBUS_TOPICS] = 65536,
	[KBUS_GROUPS] = 131072,
	[KBUS_SUBSCRIBERS] = 16384,
	[KBUS_SUBSCRIPTIONS] = 262144,
	[KBUS_LISTENERS] = 262144,
	[KBUS_FLOWS] = 4194304,
	[KBUS_BACKLOG_MESSAGES] = 16777216,
};

#define USER_LIMIT(name, resource, what)				\
	module_param_named(user_##name##_max, user_limits[resource],	\
			   ulong, 0644);				\
	MODULE_PARM_DESC(user_##name##_max, "for one user: " what)

#define TOTAL_LIMIT(name, resource, what)				\
	module_param_named(total_##name##_max, total_limits[resource],	\
			   ulong, 0644);				\
	MODULE_PARM_DESC(total_##name##_max, "for all users: " what)

USER_LIMIT(topics, KBUS_TOPICS, "topics");
TOTAL_LIMIT(topics, KBUS_TOPICS, "topics");
USER_LIMIT(groups, KBUS_GROUPS,
	   "multicast groups, deleted topics' that are listened to included");
TOTAL_LIMIT(groups, KBUS_GROUPS,
	    "multicast groups, deleted topics' that are listened to included");
USER_LIMIT(subscribers, KBUS_SUBSCRIBERS, "subscribers");
TOTAL_LIMIT(subscribers, KBUS_SUBSCRIBERS, "subscribers");
USER_LIMIT(subscriptions, KBUS_SUBSCRIPTIONS, "subscriptions");
TOTAL_LIMIT(subscriptions, KBUS_SUBSCRIPTIONS, "subscriptions");
USER_LIMIT(listeners, KBUS_LISTENERS,
	   "groups joined, for each socket, but at most 64 sockets in a group");
TOTAL_LIMIT(listeners, KBUS_LISTENERS, "groups joined, for each socket");
USER_LIMIT(flows, KBUS_FLOWS, "topics received, for each subscriber");
TOTAL_LIMIT(flows, KBUS_FLOWS, "topics received, for each subscriber");
USER_LIMIT(backlog_messages, KBUS_BACKLOG_MESSAGES, "messages in backlogs");
TOTAL_LIMIT(backlog_messages, KBUS_BACKLOG_MESSAGES, "messages in backlogs");
USER_LIMIT(backlog_bytes, KBUS_BACKLOG_BYTES,
	   "bytes in backlogs (default: 1/16 of the memory)");
TOTAL_LIMIT(backlog_bytes, KBUS_BACKLOG_BYTES,
	    "bytes in backlogs (default: 1/4 of the memory)");
USER_LIMIT(history_bytes, KBUS_HISTORY_BYTES,
	   "bytes in histories (default: 1/32 of the memory)");
TOTAL_LIMIT(history_bytes, KBUS_HISTORY_BYTES,
	    "bytes in histories (default: 1/8 of the memory)");
USER_LIMIT(memory, KBUS_MEMORY,
	   "bytes of kernel memory (default: 1/16 of the memory)");
TOTAL_LIMIT(memory, KBUS_MEMORY,
	    "bytes of kernel memory (default: 1/4 of the memory)");

#define USER_OVER(name, what, advice) \
	("you have too many " what " (kbus's user_" name "_max): " advice)

#define TOTAL_OVER(name, what, advice)					\
	("all users together have too many " what " (kbus's total_"	\
	 name "_max): " advice)

static const char *const texts[KBUS_RESOURCES][2] = {
	[KBUS_TOPICS] = {
		USER_OVER("topics", "topics",
			  "delete some"),
		TOTAL_OVER("topics", "topics",
			   "delete some"),
	},
	[KBUS_GROUPS] = {
		USER_OVER("groups", "groups",
			  "end who listens to deleted topics"),
		TOTAL_OVER("groups", "groups",
			   "end who listens to deleted topics"),
	},
	[KBUS_SUBSCRIBERS] = {
		USER_OVER("subscribers", "subscribers",
			  "close some"),
		TOTAL_OVER("subscribers", "subscribers",
			   "close some"),
	},
	[KBUS_SUBSCRIPTIONS] = {
		USER_OVER("subscriptions", "subscriptions",
			  "end some"),
		TOTAL_OVER("subscriptions", "subscriptions",
			   "end some"),
	},
	[KBUS_LISTENERS] = {
		USER_OVER("listeners", "groups joined",
			  "leave some"),
		TOTAL_OVER("listeners", "groups joined",
			   "leave some"),
	},
	[KBUS_FLOWS] = {
		USER_OVER("flows", "topics to receive",
			  "subscribe to fewer"),
		TOTAL_OVER("flows", "topics to receive",
			   "subscribe to fewer"),
	},
	[KBUS_BACKLOG_MESSAGES] = {
		USER_OVER("backlog_messages", "messages in backlogs",
			  "receive them"),
		TOTAL_OVER("backlog_messages", "messages in backlogs",
			   "receive them"),
	},
	[KBUS_BACKLOG_BYTES] = {
		USER_OVER("backlog_bytes", "bytes in backlogs",
			  "receive them"),
		TOTAL_OVER("backlog_bytes", "bytes in backlogs",
			   "receive them"),
	},
	[KBUS_HISTORY_BYTES] = {
		USER_OVER("history_bytes", "bytes in histories",
			  "delete topics that have one"),
		TOTAL_OVER("history_bytes", "bytes in histories",
			   "delete topics that have one"),
	},
	[KBUS_MEMORY] = {
		USER_OVER("memory", "bytes in use",
			  "delete topics, receive messages"),
		TOTAL_OVER("memory", "bytes in use",
			   "delete topics, receive messages"),
	},
};

/* All together: the end of every chain. */
static struct kbus_user total = {
	.limits = total_limits,
};

static void default_to(enum kbus_resource what, unsigned int user_share,
		       unsigned int total_share)
{
	unsigned long pages = totalram_pages();

	if (!user_limits[what])
		user_limits[what] = pages / user_share << PAGE_SHIFT;
	if (!total_limits[what])
		total_limits[what] = pages / total_share << PAGE_SHIFT;
}

/**
 * kbus_quota_init() - fill in the limits that depend on the machine
 */
void __init kbus_quota_init(void)
{
	default_to(KBUS_BACKLOG_BYTES, 16, 4);
	default_to(KBUS_HISTORY_BYTES, 32, 8);
	default_to(KBUS_MEMORY, 16, 4);
}

static u32 user_hash(const struct user_namespace *user_ns, kuid_t uid)
{
	return hash_ptr(user_ns, 32) ^ __kuid_val(uid);
}

static struct kbus_user *user_find(const struct user_namespace *user_ns,
				   kuid_t uid)
{
	struct kbus_user *user;
	unsigned long flags;

	spin_lock_irqsave(&users_lock, flags);
	hash_for_each_possible(users, user, node, user_hash(user_ns, uid))
		if (user->user_ns == user_ns && uid_eq(user->uid, uid)) {
			refcount_inc(&user->refs);
			break;
		}
	spin_unlock_irqrestore(&users_lock, flags);
	return user;
}

static struct kbus_user *user_new(struct user_namespace *user_ns, kuid_t uid)
{
	const bool root = uid_eq(uid, GLOBAL_ROOT_UID);
	struct kbus_user *user;

	user = kzalloc(sizeof(*user), GFP_KERNEL_ACCOUNT);
	if (!user)
		return NULL;
	user->user_ns = get_user_ns(user_ns);
	user->uid = uid;
	user->limits = user_ns == &init_user_ns && root ? NULL : user_limits;
	user->parent = &total;
	refcount_set(&user->refs, 1);
	return user;
}

static void user_add(struct kbus_user *user)
{
	unsigned long flags;

	spin_lock_irqsave(&users_lock, flags);
	hash_add(users, &user->node, user_hash(user->user_ns, user->uid));
	spin_unlock_irqrestore(&users_lock, flags);
}

/* Caller must hold users_new_lock. */
static struct kbus_user *user_chain(struct user_namespace *user_ns, kuid_t uid)
{
	struct kbus_user *first = NULL, **link = &first;
	struct kbus_user *user;

	for (; user_ns; uid = user_ns->owner, user_ns = user_ns->parent) {
		user = user_find(user_ns, uid);
		if (user) {
			*link = user;
			break;
		}
		user = user_new(user_ns, uid);
		if (!user) {
			kbus_user_put(first);
			return NULL;
		}
		*link = user;
		user_add(user);
		link = &user->parent;
	}
	return first;
}

/**
 * kbus_user_get() - find somebody's account, or open it
 * @cred: who
 *
 * Context: process, may sleep.
 * Return: the account, to be given to kbus_user_put(); or NULL if memory is
 * short.
 */
struct kbus_user *kbus_user_get(const struct cred *cred)
{
	struct kbus_user *user;

	mutex_lock(&users_new_lock);
	user = user_chain(cred->user_ns, cred->euid);
	mutex_unlock(&users_new_lock);
	return user;
}

/**
 * kbus_user_is_unlimited() - whether an account has no limits of its own
 * @user: the account
 *
 * Context: any.
 * Return: true if so.
 */
bool kbus_user_is_unlimited(const struct kbus_user *user)
{
	return !user->limits;
}

/**
 * kbus_user_hold() - take another reference to an account
 * @user: the account, or NULL
 *
 * Context: any.
 */
void kbus_user_hold(struct kbus_user *user)
{
	if (user)
		refcount_inc(&user->refs);
}

/**
 * kbus_user_put() - drop a reference to an account
 * @user: the account, or NULL
 *
 * Context: any but NMI.
 */
void kbus_user_put(struct kbus_user *user)
{
	struct kbus_user *parent;
	unsigned long flags;
	bool last;

	for (; user && user != &total; user = parent) {
		spin_lock_irqsave(&users_lock, flags);
		last = refcount_dec_and_test(&user->refs);
		if (last)
			hash_del(&user->node);
		spin_unlock_irqrestore(&users_lock, flags);
		if (!last)
			return;
		parent = user->parent;
		put_user_ns(user->user_ns);
		kfree(user);
	}
}

static void give_back(struct kbus_user *user, const struct kbus_bill *bill,
		      int resources)
{
	while (resources--)
		if (bill->of[resources])
			atomic_long_sub(bill->of[resources],
					&user->used[resources]);
}

/* Returns the resource of which there is too much, or KBUS_RESOURCES. */
static int take(struct kbus_user *user, const struct kbus_bill *bill)
{
	unsigned long used;
	int i;

	for (i = 0; i < KBUS_RESOURCES; i++) {
		if (!bill->of[i])
			continue;
		used = atomic_long_add_return(bill->of[i], &user->used[i]);
		if (user->limits && used > READ_ONCE(user->limits[i])) {
			give_back(user, bill, i + 1);
			break;
		}
	}
	return i;
}

/**
 * kbus_charge() - put something on somebody's account
 * @user: the account, or NULL: a kernel module's, for which nobody pays
 * @bill: how much; all of it or nothing
 * @extack: for the reason of a refusal
 *
 * Context: any.
 * Return: 0, or -EDQUOT.
 */
int kbus_charge(struct kbus_user *user, const struct kbus_bill *bill,
		struct netlink_ext_ack *extack)
{
	struct kbus_user *level, *paid;
	int over;

	for (level = user; level; level = level->parent) {
		over = take(level, bill);
		if (over < KBUS_RESOURCES)
			goto err_over;
	}
	return 0;

err_over:
	for (paid = user; paid != level; paid = paid->parent)
		give_back(paid, bill, KBUS_RESOURCES);
	if (extack)
		extack->_msg = texts[over][level == &total];
	return -EDQUOT;
}

/**
 * kbus_uncharge() - take something off somebody's account
 * @user: the account, or NULL
 * @bill: as charged
 *
 * Context: any.
 */
void kbus_uncharge(struct kbus_user *user, const struct kbus_bill *bill)
{
	for (; user; user = user->parent)
		give_back(user, bill, KBUS_RESOURCES);
}
