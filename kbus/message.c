// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages: the one copy that all receivers share
 *
 * The key comes before the payload, so that it is within the linear part of the
 * buffer however large the payload is.
 */
#include "broker.h"
#include "message.h"

#include <net/netlink.h>

static size_t headers_size(const struct kbus_content *content)
{
	return NLMSG_HDRLEN + sizeof(struct kbus_header) +
	       (content->key_len ? nla_total_size(content->key_len) : 0) +
	       NLA_HDRLEN;
}

static bool is_linear(size_t size)
{
	return size <= SKB_MAX_HEAD(0);
}

/*
 * Allocates @size bytes, with contiguous headers and the payload in fragments.
 */
static struct sk_buff *alloc_pieces(size_t headers, size_t size, gfp_t gfp)
{
	size_t linear = is_linear(size) ? size : headers;
	struct sk_buff *skb;
	int err;

	skb = alloc_skb_with_frags(linear, size - linear,
				   PAGE_ALLOC_COSTLY_ORDER, &err, gfp);
	if (!skb)
		return NULL;
	skb_put(skb, linear);
	skb->len = size;
	skb->data_len = size - linear;
	return skb;
}

/* Allocates @size bytes, with contiguous headers and a contiguous payload. */
static struct sk_buff *alloc_contiguous(size_t headers, size_t size, gfp_t gfp)
{
	size_t linear = is_linear(size) ? size : headers;
	unsigned int order = get_order(size - linear);
	struct sk_buff *skb;
	struct page *page;

	skb = alloc_skb(linear, gfp);
	if (!skb)
		return NULL;
	skb_put(skb, linear);
	if (linear == size)
		return skb;
	page = alloc_pages(gfp | __GFP_COMP | __GFP_NOWARN, order);
	if (!page) {
		consume_skb(skb);
		return NULL;
	}
	skb_add_rx_frag(skb, 0, page, 0, size - linear, PAGE_SIZE << order);
	return skb;
}

static void attr_header(struct nlattr *nla, u16 type, size_t len)
{
	nla->nla_type = type;
	nla->nla_len = nla_attr_size(len);
}

static void *message_attrs(const struct sk_buff *skb)
{
	return nlmsg_attrdata(nlmsg_hdr(skb), sizeof(struct kbus_header));
}

static struct nlattr *payload_attr(const struct sk_buff *skb)
{
	return kbus_message_payload_attr(nlmsg_hdr(skb));
}

static void put_headers(struct sk_buff *skb, const struct kbus_content *content)
{
	struct nlmsghdr *nlh = nlmsg_hdr(skb);
	struct nlattr *nla = message_attrs(skb);

	memset(nlh, 0, headers_size(content));
	nlh->nlmsg_len = skb->len;
	nlh->nlmsg_type = KBUS_MSG_MESSAGE;
	if (content->key_len) {
		attr_header(nla, KBUS_A_MESSAGE_KEY, content->key_len);
		memcpy(nla_data(nla), content->key, content->key_len);
	}
	attr_header(payload_attr(skb), KBUS_A_MESSAGE_PAYLOAD, content->len);
	KBUS_MESSAGE_CB(skb)->payload_bytes = content->len;
	KBUS_MESSAGE_CB(skb)->count = 1;
}

/*
 * Clears the bytes between the end of the payload and the end of the message.
 */
static int put_padding(struct sk_buff *skb, size_t headers, size_t len)
{
	static const u8 padding[NLA_ALIGNTO];

	return skb_store_bits(skb, headers + len, padding,
			      NLA_ALIGN(len) - len);
}

/**
 * kbus_message_new() - make a message, not yet stamped
 * @content: its payload, up to %KBUS_PAYLOAD_MAX, and its key; copied
 * @gfp: allocation flags
 *
 * A message that does not fit into a page goes into page fragments, because a
 * large contiguous buffer may not be available, least of all in interrupt
 * context.
 *
 * Context: any but NMI, as @gfp allows.
 * Return: the message, or NULL if the kernel is out of memory.
 */
struct sk_buff *kbus_message_new(const struct kbus_content *content, gfp_t gfp)
{
	size_t headers = headers_size(content);
	struct sk_buff *skb;

	skb = alloc_pieces(headers, headers + NLA_ALIGN(content->len), gfp);
	if (!skb)
		return NULL;
	put_headers(skb, content);
	if (skb_store_bits(skb, headers, content->payload, content->len) ||
	    put_padding(skb, headers, content->len)) {
		consume_skb(skb);
		return NULL;
	}
	return skb;
}

/**
 * kbus_message_draft() - make a message whose payload is written later
 * @content: the length of the payload, up to %KBUS_PAYLOAD_MAX, and the key,
 *	which is copied
 * @gfp: allocation flags
 *
 * Context: any but NMI, as @gfp allows.
 * Return: the message, for kbus_message_payload() and kbus_message_finish(), or
 * NULL if the kernel is out of memory.
 */
struct sk_buff *kbus_message_draft(const struct kbus_content *content,
				   gfp_t gfp)
{
	size_t headers = headers_size(content);
	struct sk_buff *skb;

	skb = alloc_contiguous(headers, headers + NLA_ALIGN(content->len),
			       gfp);
	if (skb)
		put_headers(skb, content);
	return skb;
}

/**
 * kbus_message_payload() - get the place for a draft's payload
 * @skb: the draft
 *
 * Return: the place, which is contiguous and belongs to the draft.
 */
void *kbus_message_payload(const struct sk_buff *skb)
{
	return skb_is_nonlinear(skb) ?
	       skb_frag_address(&skb_shinfo(skb)->frags[0]) :
	       nla_data(payload_attr(skb));
}

/*
 * Receivers are charged for the allocated size. Copies a payload that is much
 * smaller than its draft to a smaller buffer, if there is memory for it.
 */
static struct sk_buff *shrunk_message(struct sk_buff *skb)
{
	struct kbus_content content = {
		.payload = kbus_message_payload(skb),
		.len = kbus_message_payload_bytes(skb),
	};
	struct sk_buff *smaller;

	if (skb->truesize <= 2 * SKB_TRUESIZE(skb->len))
		return skb;
	content.key = kbus_message_key(skb, &content.key_len);
	/*
	 * The context may be one in which the allocation must not wake anybody.
	 */
	smaller = kbus_message_new(&content, __GFP_NOWARN);
	if (!smaller)
		return skb;
	consume_skb(skb);
	return smaller;
}

/**
 * kbus_message_finish() - turn a draft into a message
 * @skb: the draft; consumed
 * @len: length of the payload, up to the length of the draft
 *
 * Context: any but NMI.
 * Return: the message.
 */
struct sk_buff *kbus_message_finish(struct sk_buff *skb, size_t len)
{
	struct nlattr *nla = payload_attr(skb);
	size_t headers = nla_data(nla) - (void *)skb->data;

	WARN_ON_ONCE(put_padding(skb, headers, len) ||
		     pskb_trim(skb, headers + NLA_ALIGN(len)));
	/* The headers may have moved. */
	attr_header(payload_attr(skb), KBUS_A_MESSAGE_PAYLOAD, len);
	nlmsg_hdr(skb)->nlmsg_len = skb->len;
	KBUS_MESSAGE_CB(skb)->payload_bytes = len;
	return shrunk_message(skb);
}

/**
 * kbus_message_key() - get a message's key
 * @skb: the message
 * @len: set to the key's length; 0: there is no key
 *
 * Return: the key, which belongs to the message.
 */
const void *kbus_message_key(const struct sk_buff *skb, u8 *len)
{
	const struct nlattr *nla = message_attrs(skb);

	*len = nla->nla_type == KBUS_A_MESSAGE_KEY ? nla_len(nla) : 0;
	return nla_data(nla);
}

/**
 * kbus_message_seq() - get a stamped message's number
 * @skb: the message
 *
 * Return: its number within its topic; for a batch, the number of the first
 * message.
 */
u64 kbus_message_seq(const struct sk_buff *skb)
{
	const struct kbus_header *header = nlmsg_data(nlmsg_hdr(skb));

	return header->seq;
}

/*
 * In the initial namespace, which is the common case, the ids need no
 * translation.
 */
static void stamp_user(struct kbus_header *stamp,
		       struct user_namespace *user_ns,
		       const struct kbus_sender *sender)
{
	if (user_ns == &init_user_ns) {
		stamp->uid = __kuid_val(sender->uid);
		stamp->gid = __kgid_val(sender->gid);
	} else {
		stamp->uid = from_kuid_munged(user_ns, sender->uid);
		stamp->gid = from_kgid_munged(user_ns, sender->gid);
	}
}

/**
 * kbus_message_stamp() - fill in the fields that a publisher cannot choose
 * @skb: the message
 * @topic: its topic
 * @seq: its number; for a batch, the number of the first message
 * @sender: the publisher
 *
 * Context: any but NMI.
 */
void kbus_message_stamp(struct sk_buff *skb, struct kbus_topic *topic, u64 seq,
			const struct kbus_sender *sender)
{
	struct netlink_skb_parms *cb = &NETLINK_CB(skb);
	struct nlmsghdr *nlh = nlmsg_hdr(skb);
	struct kbus_header stamp = {
		.topic = topic->id,
		.flags = sender->pid ? 0 : KBUS_F_KERNEL,
		.time_ns = ktime_get_real_ns(),
		.pid = pid_nr(sender->pid),
	};
	u32 i;

	stamp_user(&stamp, topic->kn->net->user_ns, sender);

	/* Until now the buffer may have been charged to its sender's socket. */
	skb_orphan(skb);
	*cb = (struct netlink_skb_parms){
		.creds.pid = stamp.pid,
		.creds.uid = sender->uid,
		.creds.gid = sender->gid,
	};
	for (i = 0; i < kbus_message_count(skb); i++) {
		stamp.seq = seq + i;
		nlh->nlmsg_type = KBUS_MSG_MESSAGE;
		nlh->nlmsg_flags = 0;
		nlh->nlmsg_seq = 0;
		nlh->nlmsg_pid = 0;
		memcpy(nlmsg_data(nlh), &stamp, sizeof(stamp));
		nlh = kbus_message_next(nlh);
	}
}

/**
 * kbus_message_mix_sender() - set the sender of a buffer that gets one more
 *	message
 * @skb: the buffer, which has the sender of its messages so far
 * @message: the message
 *
 * SO_PASSCRED reports one sender for a whole buffer, or none if they differ.
 *
 * Context: any.
 */
void kbus_message_mix_sender(struct sk_buff *skb, const struct sk_buff *message)
{
	struct scm_creds *creds = NETLINK_CREDS(skb);
	const struct scm_creds *sender = NETLINK_CREDS(message);

	if (creds->pid != sender->pid || !uid_eq(creds->uid, sender->uid) ||
	    !gid_eq(creds->gid, sender->gid))
		*creds = (struct scm_creds){
			.uid = INVALID_UID,
			.gid = INVALID_GID,
		};
}
