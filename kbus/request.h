/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_REQUEST_H
#define _KBUS_REQUEST_H

#include "broker.h"

#include <net/netlink.h>

/* No request has an attribute with a larger number. */
#define KBUS_REQUEST_ATTR_MAX KBUS_A_SUBSCRIBER_MAX
#define KBUS_REQUEST_TYPES (KBUS_CMD_INFO + 1)

/**
 * struct kbus_request - a request that is being served
 * @kn: the bus
 * @skb: the datagram
 * @nlh: the request within it
 * @attrs: its attributes
 * @extack: receives the reason of a refusal
 * @sender: the sender of the request
 * @portid: port id of the sender's socket
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
 * @policy: policy of its attributes; NULL: it has none
 * @attr_max: last index of @policy
 * @dump_policy: policy of its attributes with NLM_F_DUMP; NULL: it has none
 * @dump_attr_max: last index of @dump_policy
 * @locked: serve it with kbus_net.lock held
 * @ordered: after a refused request of such a type, all later ones in the same
 *	datagram are refused
 * @serve: serves the request; NULL: only the dump is supported
 * @dump: serves the request with NLM_F_DUMP; NULL: dumps are refused
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

/* A string may contain another NUL, which the check of the name refuses. */
static inline size_t kbus_string_length(const struct nlattr *attr)
{
	return nla_len(attr) - 1;
}

static inline u32 kbus_get_u32(const struct nlattr *attr, u32 absent)
{
	return attr ? nla_get_u32(attr) : absent;
}

/* Indexed by nlmsg_type. An unsupported type has neither serve nor dump. */
extern const struct kbus_request_type kbus_request_types[KBUS_REQUEST_TYPES];

#endif /* _KBUS_REQUEST_H */
