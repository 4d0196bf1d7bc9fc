// SPDX-License-Identifier: GPL-2.0-only
/*
 * Publishing: one message to all who receive its topic
 */
#include "publish.h"

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
 * @skb: the message, from kbus_message_new(); the caller frees it
 * @payload_bytes: for the topic's statistics
 * @sender: who publishes
 * @outcome: filled in on success
 * @blocker: set with -EAGAIN, for kbus_room_wait(); or NULL
 *
 * Context: process or softirq; does not sleep.
 * Return: 0; or -ENOENT if the topic was deleted, -EAGAIN if a subscriber that
 * blocks has no room: then nobody got it.
 */
int kbus_publish_skb(struct kbus_topic *topic, struct sk_buff *skb,
		     u32 payload_bytes, const struct kbus_sender *sender,
		     struct kbus_outcome *outcome,
		     struct kbus_blocker *blocker)
{
	struct sock *sk = topic->kn->sk;
	struct kbus_flow *flow;
	int err = 0;

	spin_lock_bh(&topic->lock);
	if (topic->deleted)
		err = -ENOENT;
	else if (!kbus_room_reserve(topic, skb->truesize, blocker))
		err = -EAGAIN;
	if (err)
		goto out;
	topic->seq++;
	topic->bytes += payload_bytes;
	stamp(skb, topic, sender);

	*outcome = (struct kbus_outcome){ .topic = topic->id,
					  .seq = topic->seq };
	list_for_each_entry(flow, &topic->flows, by_topic)
		outcome->count[kbus_deliver(flow, skb)]++;
	if (netlink_has_listeners(sk, topic->group))
		netlink_broadcast(sk, skb_get(skb), 0, topic->group,
				  GFP_ATOMIC);
	kbus_history_keep(&topic->history, skb);
out:
	spin_unlock_bh(&topic->lock);
	return err;
}
