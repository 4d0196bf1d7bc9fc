// SPDX-License-Identifier: GPL-2.0-only
/*
 * Publishing: one message to all who receive its topic
 */
#include "broker.h"

#include <net/netlink.h>

static void stamp(struct sk_buff *skb, struct kbus_topic *topic,
		  const struct kbus_sender *sender)
{
	struct user_namespace *user_ns = topic->kn->net->user_ns;
	struct kbus_header *header = nlmsg_data(nlmsg_hdr(skb));

	header->topic = topic->id;
	header->flags = sender->pid ? 0 : KBUS_F_KERNEL;
	header->seq = topic->seq;
	header->time_ns = ktime_get_real_ns();
	header->pid = sender->pid;
	header->uid = from_kuid_munged(user_ns, sender->uid);
	header->gid = from_kgid_munged(user_ns, sender->gid);
	NETLINK_CB(skb).dst_group = topic->group;
}

/**
 * kbus_publish_skb() - stamp a message and send it to all who receive it
 * @topic: its topic; the caller holds a reference, or is in an RCU read-side
 *	critical section
 * @skb: the message, from kbus_message_new(); consumed
 * @payload_bytes: for the topic's statistics
 * @sender: who publishes
 *
 * Context: process or softirq; does not sleep.
 * Return: 0, or -ENOENT if the topic was deleted: nobody got it.
 */
int kbus_publish_skb(struct kbus_topic *topic, struct sk_buff *skb,
		     u32 payload_bytes, const struct kbus_sender *sender)
{
	struct sock *sk = topic->kn->sk;
	struct kbus_flow *flow;

	spin_lock_bh(&topic->lock);
	if (topic->deleted) {
		spin_unlock_bh(&topic->lock);
		kfree_skb(skb);
		return -ENOENT;
	}
	topic->seq++;
	topic->bytes += payload_bytes;
	stamp(skb, topic, sender);

	list_for_each_entry(flow, &topic->flows, by_topic)
		kbus_deliver(flow, skb, topic->seq);
	if (netlink_has_listeners(sk, topic->group))
		netlink_broadcast(sk, skb_get(skb), 0, topic->group,
				  GFP_ATOMIC);
	spin_unlock_bh(&topic->lock);

	consume_skb(skb);
	return 0;
}
