// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the broker says about itself
 */
#include "internal.h"

static int info_attr(const struct nlattr *attr, void *data)
{
	struct info *info = data;

	switch (mnl_attr_get_type(attr)) {
	case KBUS_A_INFO_BATCH_BYTES:
		info->batch_bytes = bus_attr_u32(attr);
		break;
	case KBUS_A_INFO_BATCH_MESSAGES:
		info->batch_messages = bus_attr_u32(attr);
		break;
	case KBUS_A_INFO_ERROR_PAGE:
		info->error_page = bus_attr_u64(attr);
		break;
	}
	return MNL_CB_OK;
}

static int info_answer(const struct nlmsghdr *nlh, void *data)
{
	if (nlh->nlmsg_type == KBUS_MSG_INFO)
		mnl_attr_parse(nlh, 0, info_attr, data);
	return 0;
}

/*
 * Asks the broker. What it does not say is 0: without batches and without error
 * counters, publishing is slower and works.
 */
struct info bus_info_ask(struct bus *bus)
{
	char buffer[BUS_REQUEST_SIZE];
	struct nlmsghdr *nlh = bus_request_new(bus, buffer, KBUS_CMD_INFO, 0);
	struct info info = { 0 };

	bus_request_send(bus, bus->control, nlh, info_answer, &info);
	return info;
}
