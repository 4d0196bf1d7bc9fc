/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_MESSAGE_H
#define _KBUS_MESSAGE_H

#include <net/netlink.h>
#include <uapi/linux/kbus.h>

struct kbus_sender;
struct kbus_topic;

/**
 * struct kbus_content - the content of a message, from its publisher
 * @payload: the payload
 * @len: its length, up to %KBUS_PAYLOAD_MAX
 * @key_len: length of @key; 0: there is none
 * @key: the key
 */
struct kbus_content {
	const void *payload;
	size_t len;
	u8 key_len;
	const void *key;
};

/**
 * struct kbus_message_cb - the broker's data in a message's control block
 * @netlink: netlink's own data, which comes first
 * @payload_bytes: length of the payload; for a batch, the sum over all messages
 * @count: number of messages in the buffer, all of one topic; more than one is
 *	a batch
 * @reserved: room is reserved with all subscribers that block
 * @refused: for a datagram with requests: one was refused, so that later
 *	requests of an ordered type are refused, too, see struct
 *	kbus_request_type
 */
struct kbus_message_cb {
	struct netlink_skb_parms netlink;
	u32 payload_bytes;
	u16 count;
	bool reserved;
	bool refused;
};

/*
 * A batch is offered to a subscriber without a chance to be preempted. It fits
 * into the quota that is charged for backlogs in advance, see backlog_quota.c.
 */
#define KBUS_BATCH_MESSAGES_MAX 128
#define KBUS_BATCH_BYTES_MAX (32 << 10)

#define KBUS_MESSAGE_CB(skb) ((struct kbus_message_cb *)(skb)->cb)

struct sk_buff *kbus_message_new(const struct kbus_content *content, gfp_t gfp);
struct sk_buff *kbus_message_draft(const struct kbus_content *content,
				   gfp_t gfp);
void *kbus_message_payload(const struct sk_buff *skb);
struct sk_buff *kbus_message_finish(struct sk_buff *skb, size_t len);
const void *kbus_message_key(const struct sk_buff *skb, u8 *len);
u64 kbus_message_seq(const struct sk_buff *skb);
void kbus_message_stamp(struct sk_buff *skb, struct kbus_topic *topic, u64 seq,
			const struct kbus_sender *sender);
void kbus_message_mix_sender(struct sk_buff *skb,
			     const struct sk_buff *message);

/* A message's header, which in a batch may be unaligned. */
struct kbus_header_at {
	struct kbus_header header;
} __packed;

static inline u32 kbus_header_topic(const struct nlmsghdr *nlh)
{
	const struct kbus_header_at *at = nlmsg_data(nlh);

	return at->header.topic;
}

/* Whether a publisher has left the fields of the broker zero. */
static inline bool kbus_header_is_blank(const struct nlmsghdr *nlh)
{
	const struct kbus_header_at *at = nlmsg_data(nlh);

	return !(at->header.seq | at->header.time_ns) &&
	       !(at->header.flags | at->header.pid | at->header.uid |
		 at->header.gid | at->header.reserved);
}

/* Number of messages in the buffer. */
static inline u32 kbus_message_count(const struct sk_buff *skb)
{
	return KBUS_MESSAGE_CB(skb)->count;
}

/* Bytes of payload in all messages of the buffer. */
static inline u32 kbus_message_payload_bytes(const struct sk_buff *skb)
{
	return KBUS_MESSAGE_CB(skb)->payload_bytes;
}

/* A message's payload attribute, which comes last. */
static inline struct nlattr *
kbus_message_payload_attr(const struct nlmsghdr *nlh)
{
	struct nlattr *nla = nlmsg_attrdata(nlh, sizeof(struct kbus_header));

	return nla->nla_type == KBUS_A_MESSAGE_KEY ?
		       (void *)nla + NLA_ALIGN(nla->nla_len) :
		       nla;
}

/* The message after @nlh in a batch. */
static inline struct nlmsghdr *kbus_message_next(struct nlmsghdr *nlh)
{
	return (void *)nlh + NLMSG_ALIGN(nlh->nlmsg_len);
}

#endif /* _KBUS_MESSAGE_H */
