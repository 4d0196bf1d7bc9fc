// SPDX-License-Identifier: GPL-2.0-only
/*
 * Identity: how a sender appears to each reader
 *
 * A message is one buffer for all receivers. It carries its sender as most
 * readers see it: the process by its number in the initial pid namespace, user
 * and group by their ids in the user namespace that owns the network namespace.
 * A subscriber in other namespaces gets its own copy of the headers, which
 * carries the sender's ids in its namespaces.
 *
 * Listeners cannot get such a copy, because netlink has one buffer for all of
 * them. The process that sent an old message cannot be translated either,
 * because its number may belong to another process by now.
 */
#include "broker.h"
#include "identity.h"
#include "message.h"

#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <net/netlink.h>

/**
 * kbus_view_init() - record the namespaces in which the caller sees others
 * @view: filled in
 * @kn: the bus
 * @cred: the caller's credentials; the reference must be held as long as the
 *	view is used
 *
 * Context: process.
 */
void kbus_view_init(struct kbus_view *view, const struct kbus_net *kn,
		    const struct cred *cred)
{
	view->user_ns = cred->user_ns;
	view->pid_ns = get_pid_ns(task_active_pid_ns(current));
	view->is_common = view->user_ns == kn->net->user_ns &&
			  view->pid_ns == &init_pid_ns;
}

/**
 * kbus_view_exit() - release a view
 * @view: the view
 *
 * Context: process.
 */
void kbus_view_exit(struct kbus_view *view)
{
	put_pid_ns(view->pid_ns);
}

/**
 * kbus_view_copy() - kbus_view_message() for namespaces other than the usual
 *	ones
 * @view: the reader's namespaces
 * @skb: the message, stamped; not consumed
 * @sender: the process that sent it, or NULL if it is unknown
 *
 * A kernel module's message is the same for all readers.
 *
 * Context: any but hard interrupt.
 * Return: see kbus_view_message().
 */
struct sk_buff *kbus_view_copy(const struct kbus_view *view,
			       struct sk_buff *skb, struct pid *sender)
{
	const struct kbus_header *stamped = nlmsg_data(nlmsg_hdr(skb));
	const struct scm_creds *creds = NETLINK_CREDS(skb);
	struct kbus_header *header;
	struct nlmsghdr *nlh;
	u32 i;

	if (stamped->flags & KBUS_F_KERNEL)
		return skb;
	skb = pskb_copy(skb, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	NETLINK_CREDS(skb)->pid = pid_nr_ns(sender, view->pid_ns);
	nlh = nlmsg_hdr(skb);
	for (i = 0; i < kbus_message_count(skb); i++) {
		header = nlmsg_data(nlh);
		header->pid = NETLINK_CREDS(skb)->pid;
		header->uid = from_kuid_munged(view->user_ns, creds->uid);
		header->gid = from_kgid_munged(view->user_ns, creds->gid);
		nlh = kbus_message_next(nlh);
	}
	return skb;
}
