// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Subscribing and listening: the message socket and the topics that it receives
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int register_subscriber(struct bus *bus, struct mnl_socket *socket)
{
	const struct bus_backlog *backlog = &bus->backlog;
	char buffer[BUS_REQUEST_SIZE];
	struct nlmsghdr *nlh;

	nlh = bus_request_new(bus, buffer, KBUS_CMD_REGISTER, 0);
	mnl_attr_put_u32(nlh, KBUS_A_SUBSCRIBER_CONTROL,
			 mnl_socket_get_portid(bus->control));
	if (backlog->messages)
		mnl_attr_put_u32(nlh, KBUS_A_SUBSCRIBER_MESSAGES,
				 backlog->messages);
	if (backlog->bytes)
		mnl_attr_put_u32(nlh, KBUS_A_SUBSCRIBER_BYTES, backlog->bytes);
	mnl_attr_put_u32(nlh, KBUS_A_SUBSCRIBER_OVERFLOW, backlog->overflow);
	if (backlog->coalesce_us)
		mnl_attr_put_u32(nlh, KBUS_A_SUBSCRIBER_COALESCE_US,
				 backlog->coalesce_us);
	/* Some event loops stop watching a descriptor that is in error. */
	mnl_attr_put(nlh, KBUS_A_SUBSCRIBER_NO_ENOBUFS, 0, NULL);
	return bus_request_send(bus, socket, nlh, NULL, NULL);
}

/* A handle stays on one bus: that of its namespace at bus_open(). */
static int check_namespace(struct bus *bus, struct mnl_socket *socket)
{
	int err = bus_socket_compare_namespaces(bus->control, socket);

	if (err == -EXDEV)
		bus_refuse(
			bus, err,
			"this thread has entered another network namespace since bus_open(): open another handle, or subscribe before that");
	return err;
}

/* Opens the message socket if it is not open. */
static int enter_mode(struct bus *bus, enum bus_mode mode)
{
	struct mnl_socket *socket;
	int err;

	if (bus->mode == mode)
		return 0;
	if (bus->mode != BUS_IDLE)
		return bus_refuse(
			bus, -EBUSY,
			"a handle either subscribes or listens: open another");
	if (!bus->buffer)
		bus->buffer = malloc(BUS_BUFFER_SIZE);
	if (!bus->buffer)
		return -ENOMEM;
	err = bus_socket_open(&socket);
	if (err)
		return err;
	err = check_namespace(bus, socket);
	/* KBUS_MSG_BEHIND and the numbers show what an error would. */
	if (!err)
		err = bus_socket_pass_over_losses(socket);
	if (!err && mode == BUS_SUBSCRIBES)
		err = register_subscriber(bus, socket);
	if (err) {
		mnl_socket_close(socket);
		return err;
	}
	bus->messages = socket;
	bus->wait_limit_ms = 0;
	bus->mode = mode;
	return 0;
}

/* Undoes enter_mode(). */
static void leave_mode(struct bus *bus)
{
	mnl_socket_close(bus->messages);
	bus->messages = NULL;
	bus->mode = BUS_IDLE;
}

int bus_set_backlog(struct bus *bus, const struct bus_backlog *backlog)
{
	int err;

	if (bus->mode != BUS_IDLE)
		return bus_refuse(
			bus, -EBUSY,
			"the backlog is chosen before the first subscription");
	err = bus_sized_check(bus, backlog, sizeof(*backlog));
	if (!err)
		bus->backlog = *backlog;
	return err;
}

/* Sent from the control socket, on behalf of the message socket. */
static int send_pattern(struct bus *bus, uint16_t type, const char *pattern,
			uint32_t replay)
{
	char buffer[BUS_REQUEST_SIZE];
	struct nlmsghdr *nlh;

	nlh = bus_request_new(bus, buffer, type, 0);
	mnl_attr_put_u32(nlh, KBUS_A_SUBSCRIBER_PORTID,
			 mnl_socket_get_portid(bus->messages));
	mnl_attr_put_strz(nlh, KBUS_A_SUBSCRIBER_PATTERN, pattern);
	if (replay)
		mnl_attr_put_u32(nlh, KBUS_A_SUBSCRIBER_REPLAY, replay);
	return bus_request_send(bus, bus->control, nlh, NULL, NULL);
}

static int subscribe(struct bus *bus, const char *pattern, uint32_t replay)
{
	const bool is_first = bus->mode == BUS_IDLE;
	int err = bus_topic_check_length(bus, pattern);

	if (!err)
		err = enter_mode(bus, BUS_SUBSCRIBES);
	if (err)
		return err;
	err = send_pattern(bus, KBUS_CMD_SUBSCRIBE, pattern, replay);
	if (err && is_first)
		leave_mode(bus);
	return err;
}

int bus_subscribe(struct bus *bus, const char *pattern)
{
	return subscribe(bus, pattern, 0);
}

int bus_subscribe_replay(struct bus *bus, const char *pattern, uint32_t max)
{
	if (!max)
		return bus_refuse(bus, -EINVAL,
				  "a replay is of at least one message");
	return subscribe(bus, pattern, max);
}

int bus_unsubscribe(struct bus *bus, const char *pattern)
{
	if (bus->mode != BUS_SUBSCRIBES || strlen(pattern) > KBUS_NAME_MAX)
		return bus_refuse(bus, -ENOENT,
				  "this name or pattern is not subscribed to");
	return send_pattern(bus, KBUS_CMD_UNSUBSCRIBE, pattern, 0);
}

static int find_topic(struct bus *bus, const char *name, struct topic **topic)
{
	return bus_topic_resolve(bus, &bus->received, name, NULL, false, topic);
}

/*
 * Joins a topic's group. Every message that is published from then on and does
 * not arrive is reported as lost, including the very first. Returns 0, -EAGAIN
 * if the topic has been given another group meanwhile, or another -errno.
 */
static int join(struct bus *bus, const struct topic *topic)
{
	int group = (int)topic->group;
	uint32_t id = topic->id;
	struct topic *found;
	int joined, err;

	if (!group)
		return bus_refuse(
			bus, -ENOSPC,
			"the topic has no multicast group, for none is free: subscribe, or try again later");
	joined = mnl_socket_setsockopt(bus->messages, NETLINK_ADD_MEMBERSHIP,
				       &group, sizeof(group)) ?
			 -errno :
			 0;
	if (joined == -EACCES)
		return bus_refuse(
			bus, -EACCES,
			"you may not read this topic: ask its owner to change its mode");
	if (joined == -EDQUOT)
		return bus_refuse(
			bus, -EDQUOT,
			"your user listens too much, or to this topic with too many sockets: leave some, or raise kbus's user_listeners_max");
	if (joined && joined != -ENOENT)
		return joined;
	err = find_topic(bus, topic->name, &found);
	if (err)
		return err;
	if (found->id != id)
		return bus_refuse(bus, -ENOENT,
				  "the topic was deleted meanwhile");
	if (found->group != (uint32_t)group || joined)
		return bus_refuse(
			bus, -EAGAIN,
			"the topic's mode changes all the time: try again");
	/* If it was joined before, the numbers continue from there. */
	if (!found->next_seq)
		found->next_seq = found->seq + 1;
	return 0;
}

#define JOIN_ATTEMPTS 10

int bus_listen(struct bus *bus, const char *topic)
{
	const bool is_first = bus->mode == BUS_IDLE;
	int attempts = JOIN_ATTEMPTS;
	struct topic *found;
	int err;

	err = bus_topic_check_length(bus, topic);
	if (!err)
		err = find_topic(bus, topic, &found);
	if (!err)
		err = enter_mode(bus, BUS_LISTENS);
	if (err)
		return err;
	do {
		err = join(bus, found);
		if (err == -EAGAIN)
			attempts--;
	} while (err == -EAGAIN && attempts);
	if (err && is_first)
		leave_mode(bus);
	return err;
}

int bus_fd(const struct bus *bus)
{
	return bus->messages ? mnl_socket_get_fd(bus->messages) : -ENOTCONN;
}
