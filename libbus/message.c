// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The request that publishes a message
 */
#include "internal.h"

#include <stddef.h>
#include <string.h>

/* Writes all of a message except its time to wait and its payload. */
void bus_publication_begin(struct nlmsghdr *nlh, uint32_t topic,
			   const struct publication *publication)
{
	const struct bus_publish_options *options = publication->options;
	char *header;

	mnl_nlmsg_put_header(nlh);
	nlh->nlmsg_type = KBUS_CMD_PUBLISH;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	/* A header behind another message may not be aligned. */
	header = mnl_nlmsg_put_extra_header(nlh, sizeof(struct kbus_header));
	memcpy(header + offsetof(struct kbus_header, topic), &topic,
	       sizeof(topic));
	if (options->key_size)
		mnl_attr_put(nlh, KBUS_A_MESSAGE_KEY, options->key_size,
			     options->key);
}

/* Adds the payload's attribute without the payload itself. */
void bus_publication_end_without(struct nlmsghdr *nlh,
				 const struct publication *publication)
{
	struct nlattr *attr = mnl_nlmsg_get_payload_tail(nlh);
	size_t size = publication->size;

	attr->nla_type = KBUS_A_MESSAGE_PAYLOAD;
	attr->nla_len = NLA_HDRLEN + size;
	nlh->nlmsg_len += NLA_HDRLEN + NLA_ALIGN(size);
}

/* Completes a message with its payload and the padding. */
void bus_publication_end(struct nlmsghdr *nlh,
			 const struct publication *publication)
{
	struct nlattr *attr = mnl_nlmsg_get_payload_tail(nlh);
	uint8_t *payload = mnl_attr_get_payload(attr);
	size_t size = publication->size;

	bus_publication_end_without(nlh, publication);
	if (publication->message)
		protobuf_c_message_pack(publication->message, payload);
	else if (size)
		memcpy(payload, publication->payload, size);
	if (NLA_ALIGN(size) != size)
		memset(payload + size, 0, NLA_ALIGN(size) - size);
}
