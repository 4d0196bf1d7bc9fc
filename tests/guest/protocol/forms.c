// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each request in its correct form: add new requests and attributes here
 */
#include "forms.h"

#define TOPIC "form"

static uint32_t the_topic, the_socket;

/* clang-format off */
const struct form forms[] = {
	{ "KBUS_CMD_TOPIC_CREATE", KBUS_CMD_TOPIC_CREATE, .attrs = {
		{ KBUS_A_TOPIC_NAME, STRING, .required = true, .text = TOPIC "/new" },
		{ KBUS_A_TOPIC_TYPE, STRING, .text = "a.Type" },
		{ KBUS_A_TOPIC_HISTORY, NUMBER, .required = true, .value = 1 },
		{ KBUS_A_TOPIC_HISTORY_BYTES, NUMBER, .value = 4096 },
		{ KBUS_A_TOPIC_ALLOW_BLOCK, FLAG },
		{ KBUS_A_TOPIC_UID, NUMBER, .value = 0 },
		{ KBUS_A_TOPIC_GID, NUMBER, .value = 0 },
		{ KBUS_A_TOPIC_MODE, NUMBER, .value = 0600 },
	} },
	{ "KBUS_CMD_TOPIC_DELETE", KBUS_CMD_TOPIC_DELETE, .strangers = EPERM, .attrs = {
		{ KBUS_A_TOPIC_ID, NUMBER, .key = true, .value = THE_TOPIC },
		{ KBUS_A_TOPIC_NAME, STRING, .required = true, .key = true, .text = TOPIC },
	} },
	{ "KBUS_CMD_TOPIC_CHANGE", KBUS_CMD_TOPIC_CHANGE, .strangers = EPERM, .attrs = {
		{ KBUS_A_TOPIC_ID, NUMBER, .key = true, .value = THE_TOPIC },
		{ KBUS_A_TOPIC_NAME, STRING, .required = true, .key = true, .text = TOPIC },
		{ KBUS_A_TOPIC_UID, NUMBER, .value = ALICE },
		{ KBUS_A_TOPIC_GID, NUMBER, .value = ALICE },
		{ KBUS_A_TOPIC_MODE, NUMBER, .required = true, .value = 0600 },
	} },
	{ "KBUS_CMD_TOPIC_GET", KBUS_CMD_TOPIC_GET, .dump = true, .attrs = {
		{ KBUS_A_TOPIC_ID, NUMBER, .key = true, .value = THE_TOPIC },
		{ KBUS_A_TOPIC_NAME, STRING, .required = true, .key = true, .text = TOPIC },
	} },
	{ "KBUS_CMD_PUBLISH", KBUS_CMD_PUBLISH, .strangers = EACCES, .attrs = {
		{ KBUS_A_MESSAGE_PAYLOAD, BINARY, .required = true, .text = "payload" },
		{ KBUS_A_MESSAGE_KEY, BINARY, .text = "key" },
		{ KBUS_A_MESSAGE_WAIT_MS, NUMBER, .value = 1 },
	} },
	{ "KBUS_CMD_REGISTER", KBUS_CMD_REGISTER, .attrs = {
		{ KBUS_A_SUBSCRIBER_CONTROL, NUMBER, .value = 1 },
		{ KBUS_A_SUBSCRIBER_MESSAGES, NUMBER, .value = 1 },
		{ KBUS_A_SUBSCRIBER_BYTES, NUMBER, .value = 1 },
		{ KBUS_A_SUBSCRIBER_OVERFLOW, NUMBER, .value = KBUS_BLOCK },
		{ KBUS_A_SUBSCRIBER_COALESCE_US, NUMBER, .value = 1 },
		{ KBUS_A_SUBSCRIBER_NO_ENOBUFS, FLAG },
	} },
	{ "KBUS_CMD_SUBSCRIBE", KBUS_CMD_SUBSCRIBE, .subscriber = true, .attrs = {
		{ KBUS_A_SUBSCRIBER_PORTID, NUMBER, .value = THE_SOCKET },
		{ KBUS_A_SUBSCRIBER_PATTERN, STRING, .required = true, .text = TOPIC "/+" },
		{ KBUS_A_SUBSCRIBER_REPLAY, NUMBER, .value = 1 },
	} },
	{ "KBUS_CMD_UNSUBSCRIBE", KBUS_CMD_UNSUBSCRIBE, .subscriber = true, .attrs = {
		{ KBUS_A_SUBSCRIBER_PORTID, NUMBER, .value = THE_SOCKET },
		{ KBUS_A_SUBSCRIBER_PATTERN, STRING, .required = true, .text = TOPIC },
	} },
	{ "KBUS_CMD_BACKLOG", KBUS_CMD_BACKLOG, .dump = true, .only_dump = true, .subscriber = true },
	{ "KBUS_CMD_SUBSCRIBER_GET", KBUS_CMD_SUBSCRIBER_GET, .dump = true, .subscriber = true, .attrs = {
		{ KBUS_A_SUBSCRIBER_PORTID, NUMBER, .value = THE_SOCKET },
	} },
	{ "KBUS_CMD_INFO", KBUS_CMD_INFO },
};
/* clang-format on */
const size_t forms_count = COUNT(forms);

struct mnl_socket *form_socket(const struct form *form, uid_t uid)
{
	struct mnl_socket *sk;

	must(socket_of(0),
	     with_number(with_text(new_request(KBUS_CMD_TOPIC_CREATE),
				   KBUS_A_TOPIC_NAME, TOPIC),
			 KBUS_A_TOPIC_UID, ALICE));
	the_topic = topic_id(TOPIC);
	sk = form->subscriber ? new_subscriber(uid, 0) : socket_of(uid);
	the_socket = mnl_socket_get_portid(sk);
	if (form->subscriber)
		must(sk, with_text(new_request(KBUS_CMD_SUBSCRIBE),
				   KBUS_A_SUBSCRIBER_PATTERN, TOPIC));
	return sk;
}

static uint32_t value_of(const struct attr *attr)
{
	switch (attr->value) {
	case THE_TOPIC:
		return the_topic;
	case THE_SOCKET:
		return the_socket;
	default:
		return attr->value;
	}
}

void form_put(struct nlmsghdr *nlh, const struct attr *attr)
{
	switch (attr->kind) {
	case NUMBER:
		mnl_attr_put_u32(nlh, attr->number, value_of(attr));
		break;
	case STRING:
		mnl_attr_put_strz(nlh, attr->number, attr->text);
		break;
	case BINARY:
		mnl_attr_put(nlh, attr->number, strlen(attr->text), attr->text);
		break;
	case FLAG:
		mnl_attr_put(nlh, attr->number, 0, NULL);
		break;
	}
}

struct nlmsghdr *form_fill(const struct form *form, const struct attr *except)
{
	const struct attr *attr;
	struct nlmsghdr *nlh;

	if (form->type == KBUS_CMD_PUBLISH)
		nlh = new_publish(the_topic, NULL);
	else if (form->only_dump)
		nlh = new_dump(form->type);
	else
		nlh = new_request(form->type);
	for (attr = form->attrs; attr->number; attr++)
		if (attr->required && attr != except &&
		    !(except && except->key && attr->key))
			form_put(nlh, attr);
	return nlh;
}

bool form_has(const struct form *form, uint16_t number)
{
	const struct attr *attr;

	for (attr = form->attrs; attr->number; attr++)
		if (attr->number == number)
			return true;
	return false;
}
