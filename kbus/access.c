// SPDX-License-Identifier: GPL-2.0-only
/*
 * Access: permission to create, read, publish on and change topics
 *
 * Permissions work as for files: the owner bits apply to the owner, the group
 * bits to other members of the group, and the remaining bits to everybody else.
 * The check uses effective ids. Both the caller and the opener of the socket
 * must have the permission. The administrator, with CAP_NET_ADMIN in the user
 * namespace that owns the network namespace, has all permissions.
 */
#include "access.h"
#include "broker.h"
#include "refuse.h"

#include <linux/capability.h>
#include <linux/cred.h>

/* Overrides the task's credentials because in_egroup_p() checks only those. */
static bool in_group(const struct cred *cred, kgid_t gid)
{
	const struct cred *old = override_creds(cred);
	bool in = in_egroup_p(gid);

	revert_creds(old);
	return in;
}

static bool is_capable(const struct kbus_net *kn, const struct cred *cred)
{
	const struct cred *old = override_creds(cred);
	bool has = ns_capable_noaudit(kn->net->user_ns, CAP_NET_ADMIN);

	revert_creds(old);
	return has;
}

static bool cred_allows(const struct kbus_net *kn,
			const struct kbus_access *access,
			const struct cred *cred, u16 want)
{
	u16 group = access->mode >> 3 & want;
	u16 others = access->mode & want;
	u16 bits;

	if (uid_eq(cred->euid, access->uid))
		bits = access->mode >> 6 & want;
	else if (group == others)
		bits = others;
	else
		bits = in_group(cred, access->gid) ? group : others;
	return bits == want || is_capable(kn, cred);
}

/**
 * kbus_access_allows() - check permission to read a topic or publish on it
 * @kn: the bus
 * @access: the topic's access
 * @rights: credentials of the caller and of the socket's opener
 * @want: KBUS_READ or KBUS_WRITE
 *
 * Context: process; does not sleep.
 * Return: true if both have the permission.
 */
bool kbus_access_allows(const struct kbus_net *kn,
			const struct kbus_access *access,
			const struct kbus_rights *rights, u16 want)
{
	return cred_allows(kn, access, rights->caller, want) &&
	       (rights->opener == rights->caller ||
		cred_allows(kn, access, rights->opener, want));
}

/**
 * kbus_access_is_public() - check whether everybody may read a topic
 * @access: the topic's access
 *
 * Context: any.
 * Return: true if everybody may read it.
 */
bool kbus_access_is_public(const struct kbus_access *access)
{
	const u16 all = KBUS_READ << 6 | KBUS_READ << 3 | KBUS_READ;

	return (access->mode & all) == all;
}

/* Whether both caller and opener have CAP_NET_ADMIN in the bus's namespace. */
static bool is_admin(const struct kbus_net *kn, const struct kbus_rights *rights)
{
	return is_capable(kn, rights->caller) &&
	       (rights->opener == rights->caller ||
		is_capable(kn, rights->opener));
}

static bool same_caller(const struct kbus_rights *a, const struct kbus_rights *b)
{
	return uid_eq(a->caller->euid, b->caller->euid);
}

/**
 * kbus_may_act_with() - check whether a caller may use the rights of another
 * @kn: the bus
 * @rights: credentials of the caller
 * @others: the rights to be used
 *
 * Context: process; does not sleep.
 * Return: true if both callers have the same effective uid, or if the caller in
 * @rights has CAP_NET_ADMIN.
 */
bool kbus_may_act_with(const struct kbus_net *kn,
		       const struct kbus_rights *rights,
		       const struct kbus_rights *others)
{
	return same_caller(rights, others) || is_capable(kn, rights->caller);
}

/**
 * kbus_may_control() - check whether a socket may become the control socket of
 *	another
 * @rights: credentials of the one that uses the first socket
 * @others: the rights of the other socket
 *
 * Either the callers or the openers must be the same user. Some programs change
 * their user after they have opened a socket.
 *
 * Context: any.
 * Return: true if it may.
 */
bool kbus_may_control(const struct kbus_rights *rights,
		      const struct kbus_rights *others)
{
	return same_caller(rights, others) ||
	       uid_eq(rights->opener->euid, others->opener->euid);
}

/**
 * kbus_access_default() - get the access of a topic whose creator chooses none
 * @kn: the bus
 * @owner: the creator
 * @access: filled in
 *
 * Everybody may read the topic of a kernel module. It belongs to user 0 and
 * group 0 of the user namespace that owns the bus's network namespace.
 */
void kbus_access_default(const struct kbus_net *kn,
			 const struct kbus_sender *owner,
			 struct kbus_access *access)
{
	struct user_namespace *user_ns = kn->net->user_ns;
	kuid_t root = make_kuid(user_ns, 0);
	kgid_t root_group = make_kgid(user_ns, 0);

	if (owner->pid) {
		access->uid = owner->rights.caller->euid;
		access->gid = owner->rights.caller->egid;
		access->mode = READ_ONCE(kn->settings.default_mode);
		return;
	}
	access->uid = uid_valid(root) ? root : GLOBAL_ROOT_UID;
	access->gid = gid_valid(root_group) ? root_group : GLOBAL_ROOT_GID;
	access->mode = 0444;
}

/**
 * kbus_access_check_create() - check permission to create topics
 * @kn: the bus
 * @sender: the sender of the request
 * @extack: receives the reason for a refusal
 *
 * Return: 0, or -EPERM.
 */
int kbus_access_check_create(const struct kbus_net *kn,
			     const struct kbus_sender *sender,
			     struct netlink_ext_ack *extack)
{
	if (!sender->pid || !READ_ONCE(kn->settings.create_restricted) ||
	    is_admin(kn, &sender->rights))
		return 0;
	return kbus_refuse(extack, -EPERM,
			   "only CAP_NET_ADMIN may create topics: net.kbus.create_restricted is set");
}

static bool owns_topic(const struct kbus_access *access,
		       const struct kbus_rights *rights)
{
	return uid_eq(access->uid, rights->caller->euid) &&
	       uid_eq(access->uid, rights->opener->euid);
}

/**
 * kbus_access_check_owner() - check permission to delete a topic
 * @kn: the bus
 * @access: the topic's access
 * @rights: credentials of the caller and of the socket's opener
 * @extack: receives the reason for a refusal
 *
 * Return: 0, or -EPERM.
 */
int kbus_access_check_owner(const struct kbus_net *kn,
			    const struct kbus_access *access,
			    const struct kbus_rights *rights,
			    struct netlink_ext_ack *extack)
{
	if (owns_topic(access, rights) || is_admin(kn, rights))
		return 0;
	return kbus_refuse(extack, -EPERM,
			   "only the topic's owner or CAP_NET_ADMIN may do this");
}

/**
 * kbus_access_check_change() - check permission to change a topic's access
 * @kn: the bus
 * @from: the current access
 * @to: the requested access
 * @rights: credentials of the caller and of the socket's opener
 * @extack: receives the reason for a refusal
 *
 * The rules are those of chmod(2) and chown(2): the owner may change the mode,
 * and may change the group to one that the owner is a member of. The
 * administrator may change everything.
 *
 * Return: 0, or -EPERM.
 */
int kbus_access_check_change(const struct kbus_net *kn,
			     const struct kbus_access *from,
			     const struct kbus_access *to,
			     const struct kbus_rights *rights,
			     struct netlink_ext_ack *extack)
{
	if (is_admin(kn, rights))
		return 0;
	if (!owns_topic(from, rights))
		return kbus_refuse(extack, -EPERM,
				   "only the topic's owner or CAP_NET_ADMIN may change it");
	if (!uid_eq(from->uid, to->uid))
		return kbus_refuse(extack, -EPERM,
				   "only CAP_NET_ADMIN may give a topic away");
	if (!gid_eq(from->gid, to->gid) &&
	    !(in_group(rights->caller, to->gid) &&
	      in_group(rights->opener, to->gid)))
		return kbus_refuse(extack, -EPERM,
				   "choose a group that you are in");
	return 0;
}

