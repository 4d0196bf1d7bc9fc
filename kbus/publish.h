/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A message's way from its publisher to its subscribers
 */
#ifndef _KBUS_PUBLISH_H
#define _KBUS_PUBLISH_H

#include "broker.h"

#include <net/netlink.h>

/**
 * struct kbus_content - what a publisher says
 * @payload: the payload
 * @len: its length, up to %KBUS_PAYLOAD_MAX
 * @key_len: length of @key; 0: there is none
 * @key: what the message is about
 */
struct kbus_content {
	const void *payload;
	size_t len;
	u8 key_len;
	const void *key;
};

/**
 * struct kbus_message_cb - what the broker notes on a message
 * @netlink: netlink's own notes, which come first
 * @payload_bytes: length of the payload, of all its messages together
 * @count: how many messages it is, of one topic, one after the other: a pack,
 *	if more than one
 * @reserved: room is reserved with all who block
 * @refused: of a datagram with requests: one was refused that keeps others
 *	from being served, see struct kbus_request_type
 */
struct kbus_message_cb {
	struct netlink_skb_parms netlink;
	u32 payload_bytes;
	u16 count;
	bool reserved;
	bool refused;
};

/* Messages in a pack, and its bytes: what is done for a pack is done at once,
 * and what is charged for backlogs is charged for more than that, see grant.c.
 */
#define KBUS_PACK_MESSAGES_MAX 128
#define KBUS_PACK_BYTES_MAX (32 << 10)

#define KBUS_MESSAGE_CB(skb) ((struct kbus_message_cb *)(skb)->cb)

/**
 * enum kbus_loss - why a subscriber does not get a message, for kbus_drop
 * @KBUS_LOSS_SIZE: it is larger than the whole backlog
 * @KBUS_LOSS_MEMORY: there was no memory for an entry in the backlog
 * @KBUS_LOSS_OUTBOX: its kernel module said more than there was room for
 * @KBUS_LOSS_CLOSED: the subscriber is gone
 * @KBUS_LOSS_FORSAKEN: of a topic that the subscriber receives no more, of which
 *	it has too many
 *
 * The first are those of enum kbus_overflow: the backlog was full.
 */
enum kbus_loss {
	KBUS_LOSS_SIZE = __KBUS_OVERFLOW_MAX,
	KBUS_LOSS_MEMORY,
	KBUS_LOSS_OUTBOX,
	KBUS_LOSS_CLOSED,
	KBUS_LOSS_FORSAKEN,
};

/**
 * struct kbus_blocker - why a publisher waits
 * @subscriber: who has no room; a reference is held
 * @vacancies: kbus_subscriber.vacancies when it had none
 */
struct kbus_blocker {
	struct kbus_subscriber *subscriber;
	u32 vacancies;
};

/* message.c */
struct sk_buff *kbus_message_new(const struct kbus_content *content,
				 gfp_t gfp);
struct sk_buff *kbus_message_draft(const struct kbus_content *content,
				   gfp_t gfp);
void *kbus_message_payload(const struct sk_buff *skb);
struct sk_buff *kbus_message_finish(struct sk_buff *skb, size_t len);
const void *kbus_message_key(const struct sk_buff *skb, u8 *len);
u64 kbus_message_seq(const struct sk_buff *skb);

/* A message's header: behind another message it may not be aligned. */
struct kbus_header_at {
	struct kbus_header header;
} __packed;

static inline u32 kbus_header_topic(const struct nlmsghdr *nlh)
{
	const struct kbus_header_at *at = nlmsg_data(nlh);

	return at->header.topic;
}

/* Whether a publisher has left to the broker what is the broker's. */
static inline bool kbus_header_is_blank(const struct nlmsghdr *nlh)
{
	const struct kbus_header_at *at = nlmsg_data(nlh);

	return !(at->header.seq | at->header.time_ns) &&
	       !(at->header.flags | at->header.pid | at->header.uid |
		 at->header.gid | at->header.reserved);
}

/* How many messages it is. */
static inline u32 kbus_message_count(const struct sk_buff *skb)
{
	return KBUS_MESSAGE_CB(skb)->count;
}

/* Bytes of payload in all of them. */
static inline u32 kbus_message_payload_bytes(const struct sk_buff *skb)
{
	return KBUS_MESSAGE_CB(skb)->payload_bytes;
}

/* A message's payload, which comes last. */
static inline struct nlattr *
kbus_message_payload_attr(const struct nlmsghdr *nlh)
{
	struct nlattr *nla = nlmsg_attrdata(nlh, sizeof(struct kbus_header));

	return nla->nla_type == KBUS_MESSAGE_KEY ?
	       (void *)nla + NLA_ALIGN(nla->nla_len) : nla;
}

/* The one after @nlh in a pack. */
static inline struct nlmsghdr *kbus_message_next(struct nlmsghdr *nlh)
{
	return (void *)nlh + NLMSG_ALIGN(nlh->nlmsg_len);
}

/**
 * kbus_fanout_begin() - begin to send a message
 * @fanout: filled in
 * @topic: its topic; caller must hold kbus_topic.lock, and go on
 * @skb: the message, stamped, with the next number but for what was lost; it stays
 *	the caller's; or NULL: to tell of the loss alone
 * @sender: the process that publishes it, or NULL: the kernel
 * @lost: how many before it were lost
 *
 * Context: any but hard interrupt.
 */
static inline void kbus_fanout_begin(struct kbus_fanout *fanout,
				     struct kbus_topic *topic,
				     struct sk_buff *skb,
				     struct pid *sender, u64 lost)
{
	lockdep_assert_held(&topic->lock);
	*fanout = (struct kbus_fanout){
		.skb = skb,
		.sender = sender,
		.lost = lost,
		.next = topic->flows.next,
		.outcome.topic = topic->id,
	};
	if (skb)
		NETLINK_CB(skb).dst_group = topic->group;
}

/* delivery.c */
int kbus_delivery_init(void);
void kbus_delivery_exit(void);
bool kbus_delivers_packs(const struct kbus_flow *flow, u32 count, u32 bytes);
enum kbus_way kbus_deliver(struct kbus_flow *flow, struct sk_buff *skb,
			   struct pid *sender, bool last);
void kbus_deliver_loss(struct kbus_flow *flow, u64 seq, u64 count);
void kbus_replay(struct kbus_flow *flow, struct sk_buff *skb,
		 struct list_head *dropped);
u32 kbus_entry_offset(const struct kbus_entry *entry);
void kbus_entry_free(struct kbus_entry *entry);
void kbus_entries_free(struct list_head *entries);

/* inbox.c */
bool kbus_inbox_admit(struct sock *sk, struct sk_buff *skb);
void kbus_inbox_put(struct kbus_subscriber *sub, struct sk_buff *skb);
bool kbus_inbox_filters(const struct sock *sk);
bool kbus_inbox_give(struct kbus_subscriber *sub, struct sk_buff *skb);
bool kbus_inbox_deliver(struct kbus_subscriber *sub, struct sk_buff *skb,
			bool last);
void kbus_inbox_close(struct sock *sk);

/* drain.c */
bool kbus_drain_now(struct kbus_subscriber *sub, u32 bytes);
int kbus_drain_start(struct netlink_callback *cb);
int kbus_drain(struct sk_buff *skb, struct netlink_callback *cb);
int kbus_drain_done(struct netlink_callback *cb);

/* handover.c */
void kbus_drain_gap(struct kbus_subscriber *sub, const struct kbus_item *item,
		    struct sk_buff *skb, u32 portid, u32 seq, int flags);
void kbus_drain_forsaken(struct kbus_subscriber *sub,
			 const struct kbus_item *item, struct sk_buff *skb,
			 u32 portid, u32 seq, int flags);
void kbus_drain_dead(struct kbus_subscriber *sub, const struct kbus_item *item);
void kbus_drain_end(struct kbus_subscriber *sub);
int kbus_drain_enter(struct kbus_subscriber *sub);
void kbus_drain_leave(struct kbus_subscriber *sub);
void kbus_drain_again(struct kbus_subscriber *sub);

/* sift.c */
int kbus_sift(struct kbus_subscriber *sub, u32 portid, u32 seq,
	      struct netlink_ext_ack *extack);

/* room.c */
void kbus_room_changed(struct kbus_subscriber *sub);
bool kbus_room_reserve(struct kbus_topic *topic, struct sk_buff *skb,
		       struct kbus_blocker *blocker);
int kbus_room_wait(struct kbus_blocker *blocker, u64 end);

/* publish.c */
void kbus_publish_stamp(struct sk_buff *skb, struct kbus_topic *topic, u64 seq,
			const struct kbus_sender *sender);
int kbus_publish_skb(struct kbus_topic *topic, struct sk_buff *skb,
		     const struct kbus_sender *sender,
		     struct kbus_fanout *fanout, struct kbus_blocker *blocker);
bool kbus_publish_waiting(struct kbus_topic *topic, u64 last);
int kbus_publish_now(struct kbus_topic *topic, struct sk_buff *skb);
int kbus_publish_deferred(struct kbus_topic *topic, struct sk_buff *skb);

/* datagram.c */
bool kbus_datagram_publish(struct kbus_net *kn, struct sk_buff *skb,
			   const struct kbus_sender *sender);

/* kernel_api.c */
struct kbus_topic *
kbus_topic_new_kernel(struct kbus_net *kn, const char *name,
		      const struct kbus_topic_options *options, bool broker);

#endif /* _KBUS_PUBLISH_H */
