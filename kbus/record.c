// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records: what the broker sends besides messages
 *
 * A function that takes @portid, @seq and @flags appends one netlink message to
 * @skb with these in its header. It returns 0, or -EMSGSIZE if the message does
 * not fit; then @skb is unchanged.
 */
#include "backlog.h"
#include "broker.h"
#include "record.h"

#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <net/netlink.h>

/**
 * kbus_record_end() - end a record, or remove it
 * @skb: the buffer that the record is in
 * @nlh: the record's header
 * @err: 0, or another value if an attribute did not fit
 *
 * Context: any.
 * Return: 0, or -EMSGSIZE.
 */
int kbus_record_end(struct sk_buff *skb, struct nlmsghdr *nlh, int err)
{
	if (err) {
		nlmsg_cancel(skb, nlh);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, nlh);
	return 0;
}

/* Adds a topic's id, name, type and group. Returns 0 if they fit. */
int kbus_record_put_name(struct sk_buff *skb, const struct kbus_topic *topic)
{
	return nla_put_u32(skb, KBUS_A_TOPIC_ID, topic->id) ||
	       nla_put_string(skb, KBUS_A_TOPIC_NAME, topic->name) ||
	       (topic->type[0] &&
		nla_put_string(skb, KBUS_A_TOPIC_TYPE, topic->type)) ||
	       nla_put_u32(skb, KBUS_A_TOPIC_GROUP, READ_ONCE(topic->group));
}

/* Size of the record that kbus_record_name() writes. */
size_t kbus_record_name_size(const struct kbus_topic *topic)
{
	return NLMSG_HDRLEN + 2 * nla_total_size(sizeof(u32)) +
	       nla_total_size(topic->name_len + 1) +
	       nla_total_size(strlen(topic->type) + 1);
}

/* Writes what a subscriber needs to know about a topic. */
int kbus_record_name(struct sk_buff *skb, const struct kbus_topic *topic,
		     u32 portid, u32 seq, int flags)
{
	struct nlmsghdr *nlh;

	nlh = nlmsg_put(skb, portid, seq, KBUS_MSG_TOPIC, 0, flags);
	if (!nlh)
		return -EMSGSIZE;
	return kbus_record_end(skb, nlh, kbus_record_put_name(skb, topic));
}

/* Size of the record that kbus_record_gap() writes. */
size_t kbus_record_gap_size(void)
{
	return NLMSG_HDRLEN + nla_total_size(sizeof(u32)) +
	       3 * nla_total_size_64bit(sizeof(u64));
}

int kbus_record_gap(struct sk_buff *skb, const struct kbus_topic *topic,
		    const struct kbus_item *gap, u32 portid, u32 seq,
		    int flags)
{
	struct nlmsghdr *nlh;
	int err;

	nlh = nlmsg_put(skb, portid, seq, KBUS_MSG_GAP, 0, flags);
	if (!nlh)
		return -EMSGSIZE;
	err = nla_put_u32(skb, KBUS_A_GAP_TOPIC, topic->id) ||
	      nla_put_u64_64bit(skb, KBUS_A_GAP_FIRST, gap->first,
				KBUS_A_GAP_PAD) ||
	      nla_put_u64_64bit(skb, KBUS_A_GAP_LAST, gap->last,
				KBUS_A_GAP_PAD) ||
	      nla_put_u64_64bit(skb, KBUS_A_GAP_COUNT,
				gap->last - gap->first + 1, KBUS_A_GAP_PAD);
	return kbus_record_end(skb, nlh, err);
}

/*
 * Writes the losses of forsaken cursors, of which only the number of messages
 * and of topics is known. The record is no larger than a gap.
 */
int kbus_record_forsaken(struct sk_buff *skb,
			 const struct kbus_forsaken *forsaken, u32 portid,
			 u32 seq, int flags)
{
	struct nlmsghdr *nlh;
	int err;

	nlh = nlmsg_put(skb, portid, seq, KBUS_MSG_GAP, 0, flags);
	if (!nlh)
		return -EMSGSIZE;
	err = nla_put_u64_64bit(skb, KBUS_A_GAP_COUNT, forsaken->messages,
				KBUS_A_GAP_PAD) ||
	      nla_put_u32(skb, KBUS_A_GAP_TOPICS, forsaken->cursors);
	return kbus_record_end(skb, nlh, err);
}

