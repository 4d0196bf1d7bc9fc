/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_REQUEST_H
#define _KBUS_REQUEST_H

#include "broker.h"

#include <net/netlink.h>

/* No request has a larger attribute. */
#define KBUS_REQUEST_ATTR_MAX KBUS_A_SUBSCRIBER_MAX
#define KBUS_REQUEST_TYPES (KBUS_CMD_TOPIC_CHANGE + 1)

/**
 * struct kbus_request - a request on its way through
 * @kn: the bus that is asked
 * @skb: the datagram
 * @nlh: the request within it
 * @attrs: its attributes
 * @extack: for the reason of a refusal
 * @sender: who asks
 * @portid: port id of the asking socket
 */
struct kbus_request {
	struct kbus_net *kn;
	struct sk_buff *skb;
	struct nlmsghdr *nlh;
	struct nlattr *attrs[KBUS_REQUEST_ATTR_MAX + 1];
	struct netlink_ext_ack *extack;
	struct kbus_sender sender;
	u32 portid;
};

/**
 * struct kbus_request_type - how a request is served
 * @header_size: size of its fixed header
 * @policy: of its attributes; NULL: it has none
 * @attr_max: last index of @policy
 * @dump_policy: of its attributes with NLM_F_DUMP; NULL: it has none
 * @dump_attr_max: last index of @dump_policy
 * @locked: serve it with kbus_net.lock held
 * @ordered: where one is refused, all such after it in the datagram are
 * @serve: serves it; NULL: there is only the dump
 * @dump: serves it with NLM_F_DUMP; NULL: that is refused
 */
struct kbus_request_type {
	size_t header_size;
	const struct nla_policy *policy;
	int attr_max;
	const struct nla_policy *dump_policy;
	int dump_attr_max;
	bool locked;
	bool ordered;
	int (*serve)(struct kbus_request *req);
	int (*dump)(struct kbus_request *req);
};

/* Strings may hold a second NUL: the name check refuses it. */
static inline size_t kbus_string_length(const struct nlattr *attr)
{
	return nla_len(attr) - 1;
}

static inline u32 kbus_get_u32(const struct nlattr *attr, u32 absent)
{
	return attr ? nla_get_u32(attr) : absent;
}

/* By nlmsg_type; what is not served has neither serve nor dump. */
extern const struct kbus_request_type kbus_request_types[KBUS_REQUEST_TYPES];

#endif /* _KBUS_REQUEST_H */
