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
 * struct kbus_view - the namespaces in which a reader sees others
 * @user_ns: namespace for users and groups; kept alive by the owner's
 *	credentials
 * @pid_ns: namespace for processes; a reference is held
 * @is_common: they are the namespaces in which messages are stamped
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
 * kbus_view_message() - get a message as a reader is to see it
 * @view: the reader's namespaces
 * @skb: the message, stamped; not consumed
 * @sender: the process that sent it, or NULL if it is unknown
 *
 * Context: any but hard interrupt.
 * Return: @skb itself if it needs no change; or a copy, which belongs to the
 * caller; or NULL if the kernel is out of memory.
 */
static inline struct sk_buff *kbus_view_message(const struct kbus_view *view,
						struct sk_buff *skb,
						struct pid *sender)
{
	return view->is_common ? skb : kbus_view_copy(view, skb, sender);
}

#endif /* _KBUS_IDENTITY_H */
