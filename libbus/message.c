// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The request that publishes a message
 */
#include "internal.h"

#include <string.h>

static char *tail(const struct nlmsghdr *nlh)
{
	return (char *)nlh + NLMSG_ALIGN(nlh->nlmsg_len);
}

/* Writes all of a message except its time to wait and its payload. */
void bus_publication_begin(struct nlmsghdr *nlh, uint32_t topic,
			   const struct publication *publication)
{
	const struct bus_publish_options *options = publication->options;
	const struct kbus_header header = { .topic = topic };

	*nlh = (struct nlmsghdr){
		.nlmsg_len = NLMSG_LENGTH(sizeof(header)),
		.nlmsg_type = KBUS_CMD_PUBLISH,
		.nlmsg_flags = NLM_F_REQUEST,
	};
	/* A header behind another message may not be aligned. */
	memcpy(NLMSG_DATA(nlh), &header, sizeof(header));
	if (options->key_size)
		mnl_attr_put(nlh, KBUS_A_MESSAGE_KEY, options->key_size,
			     options->key);
}

/* Adds the payload's attribute without the payload itself. */
void bus_publication_end_without(struct nlmsghdr *nlh,
				 const struct publication *publication)
{
	struct nlattr *attr = (struct nlattr *)tail(nlh);
	size_t size = publication->size;

	attr->nla_type = KBUS_A_MESSAGE_PAYLOAD;
	attr->nla_len = NLA_HDRLEN + size;
	nlh->nlmsg_len += NLA_HDRLEN + NLA_ALIGN(size);
}

/* Completes a message with its payload and the padding. */
void bus_publication_end(struct nlmsghdr *nlh,
			 const struct publication *publication)
{
	char *payload = tail(nlh) + NLA_HDRLEN;
	size_t size = publication->size;

	bus_publication_end_without(nlh, publication);
	if (publication->message)
		protobuf_c_message_pack(publication->message,
					(uint8_t *)payload);
	else if (size)
		memcpy(payload, publication->payload, size);
	if (NLA_ALIGN(size) != size)
		memset(payload + size, 0, NLA_ALIGN(size) - size);
}
