// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages: the one copy that all who receive it share
 */
#include "broker.h"

#include <net/netlink.h>

#define MESSAGE_HEADERS (NLMSG_HDRLEN + sizeof(struct kbus_header) + NLA_HDRLEN)

/**
 * kbus_message_new() - make a message, not yet stamped
 * @payload: its payload; copied
 * @len: length of the payload, up to %KBUS_PAYLOAD_MAX
 * @gfp: how to allocate
 *
 * What does not fit a page goes into page fragments: a large contiguous
 * buffer may not be had, least of all in interrupt context.
 *
 * Context: as @gfp says.
 * Return: the message, for kbus_publish_skb(), or NULL if memory is short.
 */
struct sk_buff *kbus_message_new(const void *payload, size_t len, gfp_t gfp)
{
	size_t size = MESSAGE_HEADERS + NLA_ALIGN(len);
	size_t linear = min_t(size_t, size, SKB_MAX_HEAD(0));
	static const u8 padding[NLA_ALIGNTO];
	struct kbus_header *header;
	struct nlmsghdr *nlh;
	struct sk_buff *skb;
	struct nlattr *nla;
	int err;

	if (size > linear)
		linear = MESSAGE_HEADERS;
	skb = alloc_skb_with_frags(linear, size - linear,
				   PAGE_ALLOC_COSTLY_ORDER, &err, gfp);
	if (!skb)
		return NULL;
	skb_put(skb, linear);
	skb->len = size;
	skb->data_len = size - linear;

	nlh = nlmsg_hdr(skb);
	*nlh = (struct nlmsghdr){ .nlmsg_len = size,
				  .nlmsg_type = KBUS_MESSAGE };
	header = nlmsg_data(nlh);
	memset(header, 0, sizeof(*header));
	nla = nlmsg_attrdata(nlh, sizeof(*header));
	nla->nla_type = KBUS_MESSAGE_PAYLOAD;
	nla->nla_len = nla_attr_size(len);

	if (skb_store_bits(skb, MESSAGE_HEADERS, payload, len) ||
	    skb_store_bits(skb, MESSAGE_HEADERS + len, padding,
			   NLA_ALIGN(len) - len)) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}
