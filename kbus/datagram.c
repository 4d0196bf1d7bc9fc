// SPDX-License-Identifier: GPL-2.0-only
/*
 * Datagrams that consist of messages for one topic
 *
 * Such a datagram is published in the buffer that its sender's sendmsg()
 * filled, and is stamped in place. This needs no allocation and no copy, and
 * the messages of one call stay together all the way to the subscriber. The
 * buffer of a large message is vmalloc memory, which is freed with its sender's
 * reference. In that case a new buffer keeps its pages. If anything prevents
 * this, such as an ill-formed message or a missing topic, the datagram stays
 * unchanged. Its messages are then served one by one, like all requests, and
 * each is answered.
 */
#include "broker.h"
#include "datagram.h"
#include "fanout.h"
#include "message.h"
#include "publish.h"
#include "registry.h"
#include "topic.h"

#include <linux/mm.h>
#include <net/netlink.h>

/* Whether the data is not shared, and lives as long as the last reference. */
static bool is_whole(const struct sk_buff *skb)
{
	return !skb_cloned(skb) && !is_vmalloc_addr(skb->head);
}

static void take_pages(struct sk_buff *message, const u8 *data, u32 left)
{
	u32 offset, len;
	int i;

	for (i = 0; left; i++) {
		struct page *page = vmalloc_to_page(data);

		offset = offset_in_page(data);
		len = min_t(u32, left, PAGE_SIZE - offset);
		get_page(page);
		skb_add_rx_frag(message, i, page, offset, len, PAGE_SIZE);
		data += len;
		left -= len;
	}
}

/* Returns a message with a copy of the headers and the payload's pages. */
static struct sk_buff *with_pages(const struct sk_buff *skb)
{
	const struct nlmsghdr *nlh = nlmsg_hdr(skb);
	const struct nlattr *nla = kbus_message_payload_attr(nlh);
	u32 headers = nla_data(nla) - (void *)nlh;
	struct sk_buff *message;

	if (kbus_message_count(skb) > 1 || !is_vmalloc_addr(skb->head) ||
	    (skb->len - headers) / PAGE_SIZE + 2 > MAX_SKB_FRAGS)
		return NULL;
	message = alloc_skb(headers, GFP_KERNEL);
	if (!message)
		return NULL;
	skb_put_data(message, nlh, headers);
	take_pages(message, skb->data + headers, skb->len - headers);
	KBUS_MESSAGE_CB(message)->payload_bytes = nla_len(nla);
	KBUS_MESSAGE_CB(message)->count = 1;
	return message;
}

/* Whether the attributes are those of a message, in the order of a message. */
static bool has_content(const struct nlmsghdr *nlh)
{
	const struct nlattr *nla =
		nlmsg_attrdata(nlh, sizeof(struct kbus_header));
	int left = nlmsg_attrlen(nlh, sizeof(struct kbus_header));

	if (nla_ok(nla, left) && nla->nla_type == KBUS_A_MESSAGE_KEY) {
		if (!nla_len(nla) || nla_len(nla) > KBUS_KEY_MAX)
			return false;
		nla = nla_next(nla, &left);
	}
	return nla_ok(nla, left) && nla->nla_type == KBUS_A_MESSAGE_PAYLOAD &&
	       nla_len(nla) <= KBUS_PAYLOAD_MAX &&
	       NLA_ALIGN(nla->nla_len) == left;
}

static bool is_publish_request(const struct nlmsghdr *nlh, u32 topic)
{
	return nlh->nlmsg_type == KBUS_CMD_PUBLISH &&
	       nlmsg_len(nlh) >= sizeof(struct kbus_header) &&
	       kbus_header_topic(nlh) == topic && kbus_header_is_blank(nlh) &&
	       has_content(nlh);
}

/*
 * Counts the messages, and fills in the control block. Returns the last
 * message, which is the only one that may ask for an answer; or NULL if the
 * datagram cannot be published as it is. The framing has been checked.
 */
static struct nlmsghdr *look_through(struct sk_buff *skb)
{
	const struct kbus_header *first = nlmsg_data(nlmsg_hdr(skb));
	struct kbus_message_cb *cb = KBUS_MESSAGE_CB(skb);
	struct nlmsghdr *nlh = nlmsg_hdr(skb);
	void *end = skb_tail_pointer(skb);

	if (nlmsg_len(nlh) < sizeof(*first))
		return NULL;
	cb->payload_bytes = 0;
	for (cb->count = 1;; cb->count++) {
		if (!is_publish_request(nlh, first->topic))
			return NULL;
		cb->payload_bytes += nla_len(kbus_message_payload_attr(nlh));
		if ((void *)kbus_message_next(nlh) >= end)
			break;
		if (nlh->nlmsg_flags != NLM_F_REQUEST ||
		    cb->count == KBUS_BATCH_MESSAGES_MAX)
			return NULL;
		nlh = kbus_message_next(nlh);
	}
	if (cb->count > 1 && skb->len > KBUS_BATCH_BYTES_MAX)
		return NULL;
	return (nlh->nlmsg_flags & ~NLM_F_ACK) == NLM_F_REQUEST ? nlh : NULL;
}

static struct sk_buff *new_ack(const struct nlmsghdr *nlh, u32 portid)
{
	struct nlmsgerr *errmsg;
	struct nlmsghdr *ack;
	struct sk_buff *skb;

	skb = nlmsg_new(sizeof(*errmsg), GFP_KERNEL);
	if (!skb)
		return NULL;
	ack = nlmsg_put(skb, portid, nlh->nlmsg_seq, NLMSG_ERROR,
			sizeof(*errmsg), NLM_F_CAPPED);
	errmsg = nlmsg_data(ack);
	errmsg->error = 0;
	errmsg->msg = *nlh;
	return skb;
}

static bool send_on(struct kbus_net *kn, struct sk_buff *skb,
		    const struct kbus_sender *sender)
{
	const struct kbus_header *header = nlmsg_data(nlmsg_hdr(skb));
	struct kbus_fanout fanout;
	struct kbus_topic *topic;
	bool sent = false;

	topic = kbus_topic_get(kn, header->topic);
	if (!topic)
		return false;
	if (!topic->outbox)
		sent = !kbus_publish_skb(topic, skb, sender, &fanout, NULL);
	kbus_topic_put(topic);
	return sent;
}

/**
 * kbus_datagram_publish() - publish a datagram as it is
 * @kn: the bus
 * @skb: the datagram as netlink passes it on, its framing checked; on success
 *	subscribers may share it
 * @sender: its sender
 *
 * Context: process; the sender's.
 * Return: true if the datagram was published, and acknowledged if requested;
 * false if nothing was done.
 */
bool kbus_datagram_publish(struct kbus_net *kn, struct sk_buff *skb,
			   const struct kbus_sender *sender)
{
	const u32 portid = NETLINK_CB(skb).portid;
	struct sk_buff *message = NULL;
	struct sk_buff *ack = NULL;
	struct nlmsghdr *last;
	bool sent = false;

	if (skb_is_nonlinear(skb))
		return false;
	last = look_through(skb);
	if (!last)
		return false;
	message = is_whole(skb) ? skb : with_pages(skb);
	if (!message)
		return false;
	/* Allocated first, because the message cannot be taken back later. */
	if (last->nlmsg_flags & NLM_F_ACK)
		ack = new_ack(last, portid);
	if (ack || !(last->nlmsg_flags & NLM_F_ACK))
		sent = send_on(kn, message, sender);
	if (sent && ack) {
		nlmsg_unicast(kn->sk, ack, portid);
		ack = NULL;
	}
	nlmsg_free(ack);
	if (message != skb)
		consume_skb(message);
	return sent;
}
