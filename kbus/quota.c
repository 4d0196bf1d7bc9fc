// SPDX-License-Identifier: GPL-2.0-only
/*
 * Quotas: how much of the broker each user, and all users together, may have
 *
 * Each object is charged to the account of its creator for as long as it
 * exists. Accounts form chains:
 *
 *	user in a container --> user who made the container --> all together
 *
 * A charge to a user is a charge to every account up the chain, so that a user
 * gets no more by creating user namespaces. An account is found by user
 * namespace and uid. The account of root in the initial namespace has no limits
 * of its own.
 *
 * All users share the end of the chain. To keep them from contending for it,
 * the charges for messages in backlogs and histories are made for many messages
 * at a time.
 */
#include "limits.h"
#include "quota.h"

#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

/**
 * struct kbus_user - an account
 * @node: in users
 * @user_ns: namespace of the user; a reference is held
 * @uid: the user's id in the initial namespace
 * @parent: the next account up the chain; a reference is held
 * @unlimited: it has no limits of its own
 * @refs: references by holders, by charges, and by accounts with this @parent
 * @turn: held by the process of this user that is being served, see
 *	kbus_turn_begin()
 * @sharers: number of sharers: subscribers, and accounts with this @parent that
 *	have sharers themselves
 * @used: amount in use, by resource
 */
struct kbus_user {
	struct hlist_node node;
	struct user_namespace *user_ns;
	kuid_t uid;
	struct kbus_user *parent;
	bool unlimited;
	refcount_t refs;
	struct mutex turn;	/* see above */
	atomic_t sharers;
	atomic_long_t used[KBUS_RESOURCES];
};

static DEFINE_HASHTABLE(users, 8);
static DEFINE_SPINLOCK(users_lock);	/* protects users; interrupts off */
static DEFINE_MUTEX(users_new_lock);	/* outside of users_lock: one at a time */

/* The account of all users together: the end of every chain. */
static struct kbus_user total;

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
	user->unlimited = user_ns == &init_user_ns && root;
	user->parent = &total;
	refcount_set(&user->refs, 1);
	mutex_init(&user->turn);
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
 * kbus_user_get() - find a user's account, or open it
 * @cred: credentials of the user
 *
 * Context: process, may sleep.
 * Return: the account, for kbus_user_put(); or NULL if the kernel is out of
 * memory.
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
 * kbus_user_is_unlimited() - check whether an account has no limits of its own
 * @user: the account
 *
 * Context: any.
 * Return: true if it has none.
 */
bool kbus_user_is_unlimited(const struct kbus_user *user)
{
	return user->unlimited;
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

/*
 * Returns the account whose turn counts. All accounts that a limited user makes
 * with user namespaces share that user's turn.
 */
static struct kbus_user *turn_of(struct kbus_user *user)
{
	while (user->parent != &total && !user->parent->unlimited)
		user = user->parent;
	return user;
}

/**
 * kbus_turn_begin() - wait for the other requests of the same user
 * @cred: credentials of the requester
 *
 * Afterwards only one process of each user waits for a bus's lock. A process
 * therefore waits for at most one request of each other user, however many
 * threads that user has.
 *
 * Context: process, sleeps; no lock held.
 * Return: a value for kbus_turn_end(); or -EINTR if the process is killed,
 * -ENOMEM.
 */
struct kbus_user *kbus_turn_begin(const struct cred *cred)
{
	struct kbus_user *user = kbus_user_get(cred);

	if (!user)
		return ERR_PTR(-ENOMEM);
	if (!mutex_lock_killable(&turn_of(user)->turn))
		return user;
	kbus_user_put(user);
	return ERR_PTR(-EINTR);
}

/**
 * kbus_turn_end() - let the next request of the same user be served
 * @user: the value that kbus_turn_begin() returned
 *
 * Context: process.
 */
void kbus_turn_end(struct kbus_user *user)
{
	mutex_unlock(&turn_of(user)->turn);
	kbus_user_put(user);
}

static void give_back_resources(struct kbus_user *user, const struct kbus_bill *bill,
				int resources)
{
	while (resources--)
		if (bill->of[resources])
			atomic_long_sub(bill->of[resources],
					&user->used[resources]);
}

/*
 * Parts are computed for at least this many sharers. Up to that number they do
 * not shrink, so that the sharers that come early leave room for the parts of
 * those that come later.
 */
#define SHARERS_MIN 16

static enum kbus_scope scope_of(const struct kbus_user *user)
{
	return user == &total ? KBUS_ALL_USERS : KBUS_ONE_USER;
}

/*
 * Whether an account may have @used of a resource. @has: the amount that one
 * sharer has of it, as in kbus_charge_shared(); or NULL.
 */
static bool may_have(const struct kbus_user *user, int resource,
		     unsigned long used, const unsigned long *has)
{
	unsigned long limit, half, most, sharers;

	if (user->unlimited)
		return true;
	limit = kbus_limit(resource, scope_of(user));
	if (!has)
		return used <= limit;
	half = limit / 2;
	most = limit - limit / 16;
	sharers = max(atomic_read(&user->sharers), SHARERS_MIN);
	return used <= half ||
	       (used <= most && *has <= (most - half) / sharers);
}

/*
 * Returns the resource whose limit would be exceeded, or KBUS_RESOURCES. @has:
 * the amounts that one sharer of the account has, the bill included; or NULL.
 */
static int take_resources(struct kbus_user *user, const struct kbus_bill *bill,
			  struct kbus_bill *has)
{
	unsigned long used;
	int i;

	for (i = 0; i < KBUS_RESOURCES; i++) {
		if (!bill->of[i])
			continue;
		used = atomic_long_add_return(bill->of[i], &user->used[i]);
		if (!may_have(user, i, used, has ? &has->of[i] : NULL)) {
			give_back_resources(user, bill, i + 1);
			break;
		}
		/* The account in turn shares its parent with others. */
		if (has)
			has->of[i] = used;
	}
	return i;
}

static int charge_user(struct kbus_user *user, const struct kbus_bill *bill,
		       struct kbus_bill *has, struct netlink_ext_ack *extack)
{
	struct kbus_user *level, *paid;
	int over;

	for (level = user; level; level = level->parent) {
		over = take_resources(level, bill, has);
		if (over < KBUS_RESOURCES)
			goto err_over;
	}
	return 0;

err_over:
	for (paid = user; paid != level; paid = paid->parent)
		give_back_resources(paid, bill, KBUS_RESOURCES);
	if (extack)
		extack->_msg = kbus_limit_text(over, scope_of(level));
	return -EDQUOT;
}

/**
 * kbus_charge() - charge an account
 * @user: the account; NULL: a kernel module's charge, which no account bears
 * @bill: the amounts, charged all or not at all
 * @extack: receives the reason of a failure
 *
 * Context: any.
 * Return: 0, or -EDQUOT.
 */
int kbus_charge(struct kbus_user *user, const struct kbus_bill *bill,
		struct netlink_ext_ack *extack)
{
	return charge_user(user, bill, NULL, extack);
}

/**
 * kbus_charge_shared() - charge an account that others share
 * @user: the account, or NULL
 * @bill: the amounts, charged all or not at all
 * @has: the amounts that the sharer has already on whose behalf this is charged
 * @extack: receives the reason of a failure
 *
 * This is for charges that are caused by others. One half of the account goes
 * to the sharers that come first. A sixteenth of the account is left for the
 * requests of the account's own user. The rest is divided into equal parts, one
 * for each sharer but at least 16. A sharer that has no more than its part can
 * take that much, whatever the other sharers take. On the next account up the
 * chain, the account is a sharer itself.
 *
 * Context: any.
 * Return: 0, or -EDQUOT.
 */
int kbus_charge_shared(struct kbus_user *user, const struct kbus_bill *bill,
		       const struct kbus_bill *has,
		       struct netlink_ext_ack *extack)
{
	struct kbus_bill sum;
	int i;

	for (i = 0; i < KBUS_RESOURCES; i++)
		sum.of[i] = has->of[i] + bill->of[i];
	return charge_user(user, bill, &sum, extack);
}

/**
 * kbus_share_begin() - add a sharer to an account
 * @user: the account
 *
 * Context: any.
 */
void kbus_share_begin(struct kbus_user *user)
{
	while (user && atomic_inc_return(&user->sharers) == 1)
		user = user->parent;
}

/**
 * kbus_share_end() - remove a sharer from an account
 * @user: the account
 *
 * Context: any.
 */
void kbus_share_end(struct kbus_user *user)
{
	while (user && atomic_dec_and_test(&user->sharers))
		user = user->parent;
}

/**
 * kbus_uncharge() - reverse a charge to an account
 * @user: the account, or NULL
 * @bill: the amounts charged
 *
 * Context: any.
 */
void kbus_uncharge(struct kbus_user *user, const struct kbus_bill *bill)
{
	for (; user; user = user->parent)
		give_back_resources(user, bill, KBUS_RESOURCES);
}
