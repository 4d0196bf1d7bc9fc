// SPDX-License-Identifier: GPL-2.0-only
/*
 * Identity: who somebody is, as somebody else sees it
 *
 * A message is one buffer for all, and has its sender as most readers see it:
 * the process as the initial pid namespace numbers it, user and group as the
 * user namespace does that owns the network namespace. A subscriber in other
 * namespaces gets a copy of its own of the headers, with what its namespaces
 * call the sender.
 *
 * That cannot be done for who listens to the group: netlink has one buffer for
 * all of them. Nor for the process that sent a message of long ago: its number
 * may be another's by now.
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
 * kbus_view_init() - note in which namespaces the caller sees others
 * @view: filled in
 * @kn: the bus
 * @cred: the caller's; to be held as long as the view is used
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
 * kbus_view_exit() - forget a view
 * @view: the view
 *
 * Context: process.
 */
void kbus_view_exit(struct kbus_view *view)
{
	put_pid_ns(view->pid_ns);
}

/**
 * kbus_view_copy() - kbus_view_message() for other namespaces than the usual
 * @view: in which namespaces
 * @skb: the message, stamped; not consumed
 * @sender: the process that sent it, or NULL: there is no telling
 *
 * A kernel module's is the same for all.
 *
 * Context: any but hard interrupt.
 * Return: as kbus_view_message().
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
