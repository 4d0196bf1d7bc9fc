// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests: the table of the requests that programs may send to the broker
 */
#include "refuse.h"
#include "request.h"
#include "request_info.h"
#include "request_publish.h"
#include "request_subscriber.h"
#include "request_topic.h"

#include <net/netlink.h>
#include <net/sock.h>

/* NLA_NUL_STRING takes what follows the first NUL. */
static int check_type(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	return strlen(nla_data(attr)) == kbus_string_length(attr) ? 0 :
		kbus_refuse(extack, -EINVAL, "a type's name has no NUL");
}

static const struct nla_policy publish_policy[] = {
	[KBUS_A_MESSAGE_PAYLOAD] = { .type = NLA_BINARY },
	[KBUS_A_MESSAGE_KEY] = { .type = NLA_BINARY },
	[KBUS_A_MESSAGE_WAIT_MS] = { .type = NLA_U32 },
};

static const struct nla_policy topic_policy[] = {
	[KBUS_A_TOPIC_ID] = { .type = NLA_U32 },
	[KBUS_A_TOPIC_NAME] = { .type = NLA_NUL_STRING },
	[KBUS_A_TOPIC_TYPE] =
		NLA_POLICY_VALIDATE_FN(NLA_NUL_STRING, check_type),
	[KBUS_A_TOPIC_HISTORY] = { .type = NLA_U32 },
	[KBUS_A_TOPIC_HISTORY_BYTES] = { .type = NLA_U32 },
	[KBUS_A_TOPIC_ALLOW_BLOCK] = { .type = NLA_FLAG },
	[KBUS_A_TOPIC_UID] = { .type = NLA_U32 },
	[KBUS_A_TOPIC_GID] = { .type = NLA_U32 },
	[KBUS_A_TOPIC_MODE] = NLA_POLICY_MASK(NLA_U32, KBUS_MODE_MASK),
};

static const struct nla_policy change_policy[] = {
	[KBUS_A_TOPIC_ID] = { .type = NLA_U32 },
	[KBUS_A_TOPIC_NAME] = { .type = NLA_NUL_STRING },
	[KBUS_A_TOPIC_UID] = { .type = NLA_U32 },
	[KBUS_A_TOPIC_GID] = { .type = NLA_U32 },
	[KBUS_A_TOPIC_MODE] = NLA_POLICY_MASK(NLA_U32, KBUS_MODE_MASK),
};

static struct netlink_range_validation coalesce_range = {
	.max = KBUS_COALESCE_US_MAX,
};

static const struct nla_policy register_policy[] = {
	[KBUS_A_SUBSCRIBER_CONTROL] = { .type = NLA_U32 },
	[KBUS_A_SUBSCRIBER_MESSAGES] = { .type = NLA_U32 },
	[KBUS_A_SUBSCRIBER_BYTES] = { .type = NLA_U32 },
	[KBUS_A_SUBSCRIBER_OVERFLOW] =
		NLA_POLICY_MAX(NLA_U32, KBUS_OVERFLOW_MAX),
	[KBUS_A_SUBSCRIBER_COALESCE_US] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &coalesce_range),
	[KBUS_A_SUBSCRIBER_NO_ENOBUFS] = { .type = NLA_FLAG },
};

static const struct nla_policy subscribe_policy[] = {
	[KBUS_A_SUBSCRIBER_PORTID] = { .type = NLA_U32 },
	[KBUS_A_SUBSCRIBER_PATTERN] = { .type = NLA_NUL_STRING },
	[KBUS_A_SUBSCRIBER_REPLAY] = { .type = NLA_U32 },
};

static const struct nla_policy subscriber_policy[] = {
	[KBUS_A_SUBSCRIBER_PORTID] = { .type = NLA_U32 },
};

static const struct nla_policy subscribers_policy[] = {
	[KBUS_A_SUBSCRIBER_TOPIC] = { .type = NLA_U32 },
};

const struct kbus_request_type kbus_request_types[KBUS_REQUEST_TYPES] = {
	[KBUS_CMD_PUBLISH] = {
		.header_size = sizeof(struct kbus_header),
		.policy = publish_policy,
		.attr_max = KBUS_A_MESSAGE_WAIT_MS,
		.ordered = true,
		.serve = kbus_request_publish,
	},
	[KBUS_CMD_TOPIC_CREATE] = {
		.policy = topic_policy,
		.attr_max = KBUS_A_TOPIC_MODE,
		.locked = true,
		.serve = kbus_request_topic_create,
	},
	[KBUS_CMD_TOPIC_DELETE] = {
		.policy = topic_policy,
		.attr_max = KBUS_A_TOPIC_NAME,
		.locked = true,
		.serve = kbus_request_topic_delete,
	},
	[KBUS_CMD_TOPIC_GET] = {
		.policy = topic_policy,
		.attr_max = KBUS_A_TOPIC_NAME,
		.locked = true,
		.serve = kbus_request_topic_get,
		.dump = kbus_request_topics,
	},
	[KBUS_CMD_REGISTER] = {
		.policy = register_policy,
		.attr_max = KBUS_A_SUBSCRIBER_NO_ENOBUFS,
		.locked = true,
		.serve = kbus_request_register,
	},
	[KBUS_CMD_SUBSCRIBE] = {
		.policy = subscribe_policy,
		.attr_max = KBUS_A_SUBSCRIBER_REPLAY,
		.locked = true,
		.serve = kbus_request_subscribe,
	},
	[KBUS_CMD_UNSUBSCRIBE] = {
		.policy = subscribe_policy,
		.attr_max = KBUS_A_SUBSCRIBER_PATTERN,
		.locked = true,
		.serve = kbus_request_unsubscribe,
	},
	[KBUS_CMD_BACKLOG] = {
		.dump = kbus_request_backlog,
	},
	[KBUS_CMD_SUBSCRIBER_GET] = {
		.policy = subscriber_policy,
		.attr_max = KBUS_A_SUBSCRIBER_PORTID,
		.dump_policy = subscribers_policy,
		.dump_attr_max = KBUS_A_SUBSCRIBER_TOPIC,
		.locked = true,
		.serve = kbus_request_subscriber_get,
		.dump = kbus_request_subscribers,
	},
	[KBUS_CMD_TOPIC_CHANGE] = {
		.policy = change_policy,
		.attr_max = KBUS_A_TOPIC_MODE,
		.locked = true,
		.serve = kbus_request_topic_change,
	},
	[KBUS_CMD_INFO] = {
		.serve = kbus_request_info,
	},
};
