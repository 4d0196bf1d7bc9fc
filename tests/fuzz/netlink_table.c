// SPDX-License-Identifier: GPL-2.0-only
/*
 * All requests and attributes: add a line here for a new one
 */
#include "netlink.h"

static const struct request requests[] = {
	/* type, name, fixed header, weight, percentage of dumps, flags */
	{ KBUS_CMD_PUBLISH, "publish", sizeof(struct kbus_header), 40, 0,
	  NLM_F_ECHO },
	{ KBUS_CMD_TOPIC_CREATE, "topic-create", 0, 12, 0, NLM_F_EXCL },
	{ KBUS_CMD_TOPIC_DELETE, "topic-delete", 0, 2, 0, 0 },
	{ KBUS_CMD_TOPIC_GET, "topic-get", 0, 8, 10, 0 },
	{ KBUS_CMD_TOPIC_CHANGE, "topic-change", 0, 4, 0, 0 },
	{ KBUS_CMD_REGISTER, "register", 0, 3, 0, 0 },
	{ KBUS_CMD_SUBSCRIBE, "subscribe", 0, 8, 0, 0 },
	{ KBUS_CMD_UNSUBSCRIBE, "unsubscribe", 0, 6, 0, 0 },
	{ KBUS_CMD_BACKLOG, "backlog", 0, 8, 100, 0 },
	{ KBUS_CMD_SUBSCRIBER_GET, "subscriber-get", 0, 6, 20, 0 },
	{ KBUS_CMD_INFO, "info", 0, 2, 0, 0 },
};

static const struct attribute attributes[] = {
	/* request, attribute, kind, percentage of requests with it */
	{ KBUS_CMD_PUBLISH, KBUS_A_MESSAGE_PAYLOAD, PAYLOAD, 100 },
	{ KBUS_CMD_PUBLISH, KBUS_A_MESSAGE_KEY, KEY, 30 },
	{ KBUS_CMD_PUBLISH, KBUS_A_MESSAGE_WAIT_MS, WAIT_MS, 10 },

	{ KBUS_CMD_TOPIC_CREATE, KBUS_A_TOPIC_NAME, NAME, 100 },
	{ KBUS_CMD_TOPIC_CREATE, KBUS_A_TOPIC_TYPE, TYPE, 20 },
	{ KBUS_CMD_TOPIC_CREATE, KBUS_A_TOPIC_HISTORY, COUNT, 40 },
	{ KBUS_CMD_TOPIC_CREATE, KBUS_A_TOPIC_ALLOW_BLOCK, FLAG, 40 },
	{ KBUS_CMD_TOPIC_CREATE, KBUS_A_TOPIC_HISTORY_BYTES, BYTES, 10 },
	{ KBUS_CMD_TOPIC_CREATE, KBUS_A_TOPIC_UID, UID, 10 },
	{ KBUS_CMD_TOPIC_CREATE, KBUS_A_TOPIC_GID, UID, 10 },
	{ KBUS_CMD_TOPIC_CREATE, KBUS_A_TOPIC_MODE, MODE, 95 },

	{ KBUS_CMD_TOPIC_DELETE, KBUS_A_TOPIC_NAME, NAME, 30 },
	{ KBUS_CMD_TOPIC_DELETE, KBUS_A_TOPIC_ID, TOPIC_ID, ELSE },

	{ KBUS_CMD_TOPIC_GET, KBUS_A_TOPIC_NAME, NAME, 50 },
	{ KBUS_CMD_TOPIC_GET, KBUS_A_TOPIC_ID, TOPIC_ID, ELSE },

	{ KBUS_CMD_TOPIC_CHANGE, KBUS_A_TOPIC_NAME, NAME, 30 },
	{ KBUS_CMD_TOPIC_CHANGE, KBUS_A_TOPIC_ID, TOPIC_ID, ELSE },
	{ KBUS_CMD_TOPIC_CHANGE, KBUS_A_TOPIC_MODE, MODE, 80 },
	{ KBUS_CMD_TOPIC_CHANGE, KBUS_A_TOPIC_GID, UID, 20 },
	{ KBUS_CMD_TOPIC_CHANGE, KBUS_A_TOPIC_UID, UID, 20 },

	{ KBUS_CMD_REGISTER, KBUS_A_SUBSCRIBER_CONTROL, PORTID, 50 },
	{ KBUS_CMD_REGISTER, KBUS_A_SUBSCRIBER_MESSAGES, COUNT, 95 },
	{ KBUS_CMD_REGISTER, KBUS_A_SUBSCRIBER_BYTES, BYTES, 30 },
	{ KBUS_CMD_REGISTER, KBUS_A_SUBSCRIBER_OVERFLOW, OVERFLOW, 70 },
	{ KBUS_CMD_REGISTER, KBUS_A_SUBSCRIBER_COALESCE_US, COALESCE, 30 },
	{ KBUS_CMD_REGISTER, KBUS_A_SUBSCRIBER_NO_ENOBUFS, FLAG, 50 },

	{ KBUS_CMD_SUBSCRIBE, KBUS_A_SUBSCRIBER_PORTID, PORTID, 30 },
	{ KBUS_CMD_SUBSCRIBE, KBUS_A_SUBSCRIBER_PATTERN, PATTERN, 100 },
	{ KBUS_CMD_SUBSCRIBE, KBUS_A_SUBSCRIBER_REPLAY, COUNT, 30 },

	{ KBUS_CMD_UNSUBSCRIBE, KBUS_A_SUBSCRIBER_PORTID, PORTID, 30 },
	{ KBUS_CMD_UNSUBSCRIBE, KBUS_A_SUBSCRIBER_PATTERN, PATTERN, 100 },

	{ KBUS_CMD_SUBSCRIBER_GET, KBUS_A_SUBSCRIBER_PORTID, PORTID, 30 },
	{ KBUS_CMD_SUBSCRIBER_GET, KBUS_A_SUBSCRIBER_TOPIC, TOPIC_ID, 10 },
};

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* NULL beyond the last. */
const struct request *request_at(size_t i)
{
	return i < LENGTH(requests) ? &requests[i] : NULL;
}

const struct request *request_any(void)
{
	unsigned int total = 0;
	unsigned int left;
	size_t i;

	for (i = 0; i < LENGTH(requests); i++)
		total += requests[i].weight;
	left = any(total);
	for (i = 0; left >= requests[i].weight; i++)
		left -= requests[i].weight;
	return &requests[i];
}

/* Chooses the attributes of a request; returns their number. */
size_t request_attributes(const struct request *request,
			  const struct attribute **chosen)
{
	const struct attribute *attribute;
	bool present = false;
	size_t count = 0;
	size_t i;

	for (i = 0; i < LENGTH(attributes); i++) {
		attribute = &attributes[i];
		if (attribute->request != request->type)
			continue;
		present = attribute->percent == ELSE ?
				  !present :
				  chance(attribute->percent);
		if (present && count < ATTRIBUTES_MAX)
			chosen[count++] = attribute;
	}
	return count;
}
