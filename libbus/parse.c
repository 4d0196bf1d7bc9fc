// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Parsing the broker's answers
 */
#include "internal.h"

#include <errno.h>
#include <string.h>

/* The kernel's MAX_ERRNO. */
#define ERRNO_LAST 4095

/*
 * The errno at the beginning of an answer; -EPROTO if there is no valid one.
 */
int bus_answer_errno(const struct nlmsghdr *nlh)
{
	int err;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(err))
		return -EPROTO;
	memcpy(&err, mnl_nlmsg_get_payload(nlh), sizeof(err));
	return err > 0 || err < -ERRNO_LAST ? -EPROTO : err;
}

/* Reads the attributes of enum kbus_topic_attr that libbus knows. */
static int topic_attr(const struct nlattr *attr, void *data)
{
	const struct nlattr **attrs = data;
	int type = mnl_attr_get_type(attr);

	if (mnl_attr_type_valid(attr, KBUS_A_TOPIC_MAX) > 0)
		attrs[type] = attr;
	return MNL_CB_OK;
}

/* Returns 0 if the number is absent or has another size. */
uint32_t bus_attr_u32(const struct nlattr *attr)
{
	return attr && mnl_attr_validate(attr, MNL_TYPE_U32) >= 0 ?
		       mnl_attr_get_u32(attr) :
		       0;
}

uint64_t bus_attr_u64(const struct nlattr *attr)
{
	return attr && mnl_attr_validate(attr, MNL_TYPE_U64) >= 0 ?
		       mnl_attr_get_u64(attr) :
		       0;
}

static uint8_t get_u8(const struct nlattr *attr)
{
	return attr && mnl_attr_validate(attr, MNL_TYPE_U8) >= 0 ?
		       mnl_attr_get_u8(attr) :
		       0;
}

const char *bus_attr_string(const struct nlattr *attr)
{
	return attr && mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0 ?
		       mnl_attr_get_str(attr) :
		       "";
}

/* Reads a KBUS_MSG_TOPIC. The strings stay in @nlh. Returns 0 or -EPROTO. */
int bus_topic_parse(const struct nlmsghdr *nlh, struct bus_topic *record)
{
	const struct nlattr *attrs[KBUS_A_TOPIC_MAX + 1] = { 0 };

	if (nlh->nlmsg_type != KBUS_MSG_TOPIC)
		return -EPROTO;
	mnl_attr_parse(nlh, 0, topic_attr, attrs);
	*record = (struct bus_topic){
		.id = bus_attr_u32(attrs[KBUS_A_TOPIC_ID]),
		.group = bus_attr_u32(attrs[KBUS_A_TOPIC_GROUP]),
		.name = bus_attr_string(attrs[KBUS_A_TOPIC_NAME]),
		.type = bus_attr_string(attrs[KBUS_A_TOPIC_TYPE]),
		.kernel = attrs[KBUS_A_TOPIC_DEFERRED],
		.uid = bus_attr_u32(attrs[KBUS_A_TOPIC_UID]),
		.gid = bus_attr_u32(attrs[KBUS_A_TOPIC_GID]),
		.mode = bus_attr_u32(attrs[KBUS_A_TOPIC_MODE]),
		.seq = bus_attr_u64(attrs[KBUS_A_TOPIC_SEQ]),
		.bytes = bus_attr_u64(attrs[KBUS_A_TOPIC_BYTES]),
		.subscribers = bus_attr_u32(attrs[KBUS_A_TOPIC_SUBSCRIBERS]),
		.listeners = get_u8(attrs[KBUS_A_TOPIC_LISTENERS]),
		.history = bus_attr_u32(attrs[KBUS_A_TOPIC_HISTORY]),
		.history_bytes =
			bus_attr_u32(attrs[KBUS_A_TOPIC_HISTORY_BYTES]),
		.allow_block = attrs[KBUS_A_TOPIC_ALLOW_BLOCK],
		.kept = bus_attr_u32(attrs[KBUS_A_TOPIC_KEPT]),
		.kept_bytes = bus_attr_u32(attrs[KBUS_A_TOPIC_KEPT_BYTES]),
		.deferred = bus_attr_u64(attrs[KBUS_A_TOPIC_DEFERRED]),
		.lost = bus_attr_u64(attrs[KBUS_A_TOPIC_LOST]),
	};
	return record->id && record->name[0] ? 0 : -EPROTO;
}
