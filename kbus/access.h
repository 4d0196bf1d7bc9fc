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

/* What one may want of a topic; bits of a mode's last digit. */
#define KBUS_READ 04
#define KBUS_WRITE 02

/**
 * struct kbus_access - who may do what with a topic
 * @uid: its owner
 * @gid: its group
 * @mode: KBUS_READ and KBUS_WRITE for the owner, the group and others, as a
 *	file's mode
 */
struct kbus_access {
	kuid_t uid;
	kgid_t gid;
	u16 mode;
};

/**
 * struct kbus_rights - on whose behalf something is asked
 * @caller: who asks
 * @opener: who opened the socket that it is asked with
 *
 * Both must have a right: neither does a socket that was opened with
 * privileges lend them to whom it was passed, nor does a privileged program
 * that was made to write into a stranger's socket.
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
