/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_IDENTITY_H
#define _KBUS_IDENTITY_H

#include <linux/types.h>

struct cred;
struct kbus_net;
struct pid;
struct pid_namespace;
struct sk_buff;
struct user_namespace;

/**
 * struct kbus_view - in which namespaces somebody sees others
 * @user_ns: users and groups; whose it is has credentials of it
 * @pid_ns: processes; a reference is held
 * @is_common: they are those that messages are stamped in
 */
struct kbus_view {
	struct user_namespace *user_ns;
	struct pid_namespace *pid_ns;
	bool is_common;
};

void kbus_view_init(struct kbus_view *view, const struct kbus_net *kn,
		    const struct cred *cred);
void kbus_view_exit(struct kbus_view *view);
struct sk_buff *kbus_view_copy(const struct kbus_view *view,
			       struct sk_buff *skb, struct pid *sender);

/**
 * kbus_view_message() - a message, as somebody is to see it
 * @view: in which namespaces
 * @skb: the message, stamped; not consumed
 * @sender: the process that sent it, or NULL: there is no telling
 *
 * Context: any but hard interrupt.
 * Return: @skb itself if it is as it should be; or a copy, the caller's, or
 * NULL if memory is short.
 */
static inline struct sk_buff *kbus_view_message(const struct kbus_view *view,
						struct sk_buff *skb,
						struct pid *sender)
{
	return view->is_common ? skb : kbus_view_copy(view, skb, sender);
}

#endif /* _KBUS_IDENTITY_H */
