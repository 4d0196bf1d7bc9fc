/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_ACCESS_H
#define _KBUS_ACCESS_H

#include <linux/types.h>
#include <linux/uidgid.h>

struct cred;
struct kbus_net;
struct kbus_request;
struct kbus_sender;
struct kbus_topic;
struct kbus_topic_options;
struct netlink_ext_ack;

/* The permissions that a topic has: bits of one octal digit of its mode. */
#define KBUS_READ 04
#define KBUS_WRITE 02

/**
 * struct kbus_access - owner, group and permissions of a topic
 * @uid: its owner
 * @gid: its group
 * @mode: KBUS_READ and KBUS_WRITE for the owner, the group and others, as in a
 *	file's mode
 */
struct kbus_access {
	kuid_t uid;
	kgid_t gid;
	u16 mode;
};

/**
 * struct kbus_rights - the credentials by which a request is judged
 * @caller: credentials of the task that makes the request
 * @opener: credentials of the opener of the socket that carries the request
 *
 * Both must have a permission. A socket that was opened with privileges
 * therefore does not lend them to a program that it is passed to. A privileged
 * program that is tricked into writing to another user's socket does not lend
 * its privileges either.
 */
struct kbus_rights {
	const struct cred *caller;
	const struct cred *opener;
};

bool kbus_access_allows(const struct kbus_net *kn,
			const struct kbus_access *access,
			const struct kbus_rights *rights, u16 want);
bool kbus_access_is_public(const struct kbus_access *access);
bool kbus_may_act_with(const struct kbus_net *kn,
		       const struct kbus_rights *rights,
		       const struct kbus_rights *others);
bool kbus_may_control(const struct kbus_rights *rights,
		      const struct kbus_rights *others);
void kbus_access_default(const struct kbus_net *kn,
			 const struct kbus_sender *owner,
			 struct kbus_access *access);
int kbus_access_check_create(const struct kbus_net *kn,
			     const struct kbus_sender *sender,
			     struct netlink_ext_ack *extack);
int kbus_access_check_owner(const struct kbus_net *kn,
			    const struct kbus_access *access,
			    const struct kbus_rights *rights,
			    struct netlink_ext_ack *extack);
int kbus_access_check_change(const struct kbus_net *kn,
			     const struct kbus_access *from,
			     const struct kbus_access *to,
			     const struct kbus_rights *rights,
			     struct netlink_ext_ack *extack);

#endif /* _KBUS_ACCESS_H */
