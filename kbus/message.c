// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages: the one copy that all who receive it share
 *
 * The key comes before the payload, so that it is within the linear part of
 * the buffer, however large the payload.
 */
#include "publish.h"

#include <net/netlink.h>

static size_t headers_size(const struct kbus_content *content)
{
	return NLMSG_HDRLEN + sizeof(struct kbus_header) +
	       (content->key_len ? nla_total_size(content->key_len) : 0) +
	       NLA_HDRLEN;
}

static struct sk_buff *message_alloc(size_t headers, size_t size, gfp_t gfp)
{
	size_t linear = size <= SKB_MAX_HEAD(0) ? size : headers;
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

static void attr_header(struct nlattr *nla, u16 type, size_t len)
{
	nla->nla_type = type;
	nla->nla_len = nla_attr_size(len);
}

static void *message_attrs(const struct sk_buff *skb)
{
	return nlmsg_attrdata(nlmsg_hdr(skb), sizeof(struct kbus_header));
}

static void put_headers(struct sk_buff *skb, const struct kbus_content *content)
{
	struct nlmsghdr *nlh = nlmsg_hdr(skb);
	struct nlattr *nla = message_attrs(skb);

	memset(nlh, 0, headers_size(content));
	nlh->nlmsg_len = skb->len;
	nlh->nlmsg_type = KBUS_MESSAGE;
	if (content->key_len) {
		attr_header(nla, KBUS_MESSAGE_KEY, content->key_len);
		memcpy(nla_data(nla), content->key, content->key_len);
		nla = (void *)nla + nla_total_size(content->key_len);
	}
	attr_header(nla, KBUS_MESSAGE_PAYLOAD, content->len);
}

/**
 * kbus_message_new() - make a message, not yet stamped
 * @content: its payload, up to %KBUS_PAYLOAD_MAX, and its key; copied
 * @gfp: how to allocate
 *
 * What does not fit a page goes into page fragments: a large contiguous
 * buffer may not be had, least of all in interrupt context.
 *
 * Context: as @gfp says.
 * Return: the message, for kbus_publish_skb(), or NULL if memory is short.
 */
struct sk_buff *kbus_message_new(const struct kbus_content *content, gfp_t gfp)
{
	size_t headers = headers_size(content);
	static const u8 padding[NLA_ALIGNTO];
	struct sk_buff *skb;

	skb = message_alloc(headers, headers + NLA_ALIGN(content->len), gfp);
	if (!skb)
		return NULL;
	put_headers(skb, content);
	if (skb_store_bits(skb, headers, content->payload, content->len) ||
	    skb_store_bits(skb, headers + content->len, padding,
			   NLA_ALIGN(content->len) - content->len)) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}

/**
 * kbus_message_key() - a message's key
 * @skb: the message
 * @len: set to the key's length; 0: it has none
 *
 * Return: the key, which is the message's.
 */
const void *kbus_message_key(const struct sk_buff *skb, u8 *len)
{
	const struct nlattr *nla = message_attrs(skb);

	*len = nla->nla_type == KBUS_MESSAGE_KEY ? nla_len(nla) : 0;
	return nla_data(nla);
}

/**
 * kbus_message_seq() - a stamped message's number
 * @skb: the message
 *
 * Return: its number within its topic.
 */
u64 kbus_message_seq(const struct sk_buff *skb)
{
	const struct kbus_header *header = nlmsg_data(nlmsg_hdr(skb));

	return header->seq;
}
