// SPDX-License-Identifier: GPL-2.0-only
/*
 * The events that come over the bus and from rtnetlink, in a network namespace
 */
#include "guest_test.h"
#include "netdev.h"

#include "address.pb-c.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#define ACTION(name) KBUS__V1__LINK_EVENT__ACTION__##name
#define DETAIL(name) KBUS__V1__LINK_EVENT__DETAIL_##name

/* Events from the bus. */

static size_t unescape(uint8_t *name, const char *text)
{
	unsigned int byte;
	size_t size = 0;

	while (*text) {
		assert_true(size < IFNAMSIZ);
		byte = (uint8_t)*text++;
		if (byte == '\\' && *text++ == 'x') {
			assert_int_equal(sscanf(text, "%2x", &byte), 1);
			text += 2;
		}
		name[size++] = byte;
	}
	return size;
}

/* The action says what has changed. */
static void check_action(const Kbus__V1__LinkEvent *before,
			 const Kbus__V1__LinkEvent *now)
{
	if (now->action == ACTION(ADDED) || now->action == ACTION(MOVED_IN)) {
		assert_null(before);
		return;
	}
	assert_non_null(before);
	switch (now->action) {
	case ACTION(UP):
	case ACTION(DOWN):
		assert_int_not_equal(before->up, now->up);
		assert_int_equal(now->up, now->action == ACTION(UP));
		break;
	case ACTION(CARRIER_ON):
	case ACTION(CARRIER_OFF):
		assert_int_equal(now->carrier,
				 now->action == ACTION(CARRIER_ON));
		break;
	case ACTION(RENAMED):
		assert_string_not_equal(before->name, now->name);
		assert_int_equal(now->detail_case, DETAIL(OLD_NAME));
		assert_string_equal(before->name, now->old_name);
		break;
	case ACTION(MTU_CHANGED):
		assert_int_not_equal(before->mtu, now->mtu);
		break;
	case ACTION(UPPER_CHANGED):
		assert_int_equal(now->detail_case, DETAIL(UPPER));
		assert_int_equal(now->master,
				 now->upper->linked ? now->upper->index : 0);
		break;
	default:
		break;
	}
}

static void take_link(struct space *space, Kbus__V1__LinkEvent *event)
{
	Kbus__V1__LinkEvent **before = &space->devices[event->index];
	uint8_t name[IFNAMSIZ];
	struct link_state link = {
		.index = event->index,
		.name = name,
		.name_size = unescape(name, event->name),
		.up = event->up,
		.carrier = event->carrier,
		.mtu = event->mtu,
		.master = event->master,
		.address = event->address.data,
		.address_size = event->address.len,
	};

	assert_in_range(event->index, 1, 1023);
	/* The loopback device existed before the subscription. */
	if (event->index != 1 || *before)
		check_action(*before, event);
	if (*before)
		kbus__v1__link_event__free_unpacked(*before, NULL);
	*before = event;
	if (event->action == ACTION(REMOVED) ||
	    event->action == ACTION(MOVED_OUT)) {
		trace_link_end(&space->told, event->index,
			       event->action == ACTION(MOVED_OUT));
		kbus__v1__link_event__free_unpacked(event, NULL);
		*before = NULL;
		return;
	}
	trace_link(&space->told, &link);
}

static void take_address(struct space *space,
			 const Kbus__V1__AddressEvent *event)
{
	bool is_ipv4 = event->family == KBUS__V1__ADDRESS_EVENT__FAMILY__IPV4;
	struct address_state address = {
		.index = event->link_index,
		.prefix_len = event->prefix_len,
		.scope = event->scope,
		.secondary = is_ipv4 && event->flags & IFA_F_SECONDARY,
	};
	int family = is_ipv4 ? AF_INET : AF_INET6;

	inet_ntop(family, event->address.data, address.address,
		  sizeof(address.address));
	if (event->peer)
		inet_ntop(family, event->peer->address.data, address.peer,
			  sizeof(address.peer));
	trace_address(&space->told, &address,
		      event->action == KBUS__V1__ADDRESS_EVENT__ACTION__ADDED);
}

static void take_message(struct space *space, const struct bus_message *message)
{
	const bool is_link = !strcmp(message->topic, "kernel/net/link");
	ProtobufCMessage *event;

	assert_int_equal(message->kind, BUS_MESSAGE);
	assert_bus_ok(NULL,
		      bus_unpack(message,
				 is_link ? &kbus__v1__link_event__descriptor :
					   &kbus__v1__address_event__descriptor,
				 &event));
	if (is_link) {
		take_link(space, (Kbus__V1__LinkEvent *)event);
		return;
	}
	take_address(space, (const Kbus__V1__AddressEvent *)event);
	protobuf_c_message_free_unpacked(event, NULL);
}

/* Events from rtnetlink. */

static void monitor_link(struct space *space, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);
	struct link_state link = {
		.index = info->ifi_index,
		.up = info->ifi_flags & IFF_UP,
		.carrier = info->ifi_flags & IFF_LOWER_UP,
	};
	const struct nlattr *attr;
	bool moved = false;

	/* A bridge reports its ports in this way, too. */
	if (info->ifi_family == AF_BRIDGE)
		return;
	mnl_attr_for_each(attr, nlh, sizeof(*info)) {
		switch (mnl_attr_get_type(attr)) {
		case IFLA_IFNAME:
			link.name = mnl_attr_get_str(attr);
			link.name_size = strlen(link.name);
			break;
		case IFLA_MTU:
			link.mtu = mnl_attr_get_u32(attr);
			break;
		case IFLA_MASTER:
			link.master = mnl_attr_get_u32(attr);
			break;
		case IFLA_ADDRESS:
			link.address = mnl_attr_get_payload(attr);
			link.address_size = mnl_attr_get_payload_len(attr);
			break;
		case IFLA_NEW_NETNSID:
			moved = true;
			break;
		}
	}
	if (nlh->nlmsg_type == RTM_DELLINK)
		trace_link_end(&space->monitored, link.index, moved);
	else
		trace_link(&space->monitored, &link);
}

static void monitor_address(struct space *space, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(nlh);
	struct address_state address = {
		.index = info->ifa_index,
		.prefix_len = info->ifa_prefixlen,
		.scope = info->ifa_scope,
		.secondary = info->ifa_family == AF_INET &&
			     info->ifa_flags & IFA_F_SECONDARY,
	};
	const void *local = NULL;
	const void *other = NULL;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(*info)) {
		if (mnl_attr_get_type(attr) == IFA_LOCAL)
			local = mnl_attr_get_payload(attr);
		if (mnl_attr_get_type(attr) == IFA_ADDRESS)
			other = mnl_attr_get_payload(attr);
	}
	inet_ntop(info->ifa_family, local ? local : other, address.address,
		  sizeof(address.address));
	if (local && memcmp(local, other, info->ifa_family == AF_INET ? 4 : 16))
		inet_ntop(info->ifa_family, other, address.peer,
			  sizeof(address.peer));
	if (nlh->nlmsg_type == RTM_DELADDR &&
	    info->ifa_scope == RT_SCOPE_LINK && info->ifa_family == AF_INET6 &&
	    !trace_has_address(&space->monitored, &address))
		trace_address(&space->monitored, &address, true);
	trace_address(&space->monitored, &address,
		      nlh->nlmsg_type == RTM_NEWADDR);
}

static int monitor_message(const struct nlmsghdr *nlh, void *data)
{
	struct space *space = data;

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		monitor_link(space, nlh);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		monitor_address(space, nlh);
		break;
	}
	return MNL_CB_OK;
}

void drain_space(struct space *space)
{
	static char buffer[1 << 16];
	const struct bus_message *message;
	ssize_t len;
	int err;

	while ((len = recv(mnl_socket_get_fd(space->socket), buffer,
			   sizeof(buffer), MSG_DONTWAIT)) > 0)
		assert_int_equal(mnl_cb_run(buffer, len, 0, 0, monitor_message,
					    space),
				 MNL_CB_OK);
	assert_int_equal(errno, EAGAIN);
	while (!(err = bus_receive(space->bus, &message, 0)))
		take_message(space, message);
	assert_int_equal(err, -EAGAIN);
}

static void write_sysctl(const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, value, strlen(value)), strlen(value));
	close(fd);
}

void open_space(struct space *space)
{
	static const int groups[] = { RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR,
				      RTNLGRP_IPV6_IFADDR };
	int size = 8 << 20;
	size_t i;

	assert_int_equal(unshare(CLONE_NEWNET), 0);
	/* ip inherits it. */
	space->fd = open("/proc/thread-self/ns/net", O_RDONLY);
	assert_true(space->fd >= 0);
	write_sysctl("ipv4/conf/all/promote_secondaries",
		     space->promote ? "1" : "0");
	space->bus = open_bus();
	assert_bus_ok(space->bus, bus_subscribe(space->bus, "kernel/net/+"));
	space->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	assert_non_null(space->socket);
	assert_int_equal(mnl_socket_bind(space->socket, 0, MNL_SOCKET_AUTOPID),
			 0);
	assert_int_equal(setsockopt(mnl_socket_get_fd(space->socket),
				    SOL_SOCKET, SO_RCVBUFFORCE, &size,
				    sizeof(size)),
			 0);
	for (i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		assert_int_equal(mnl_socket_setsockopt(
					 space->socket, NETLINK_ADD_MEMBERSHIP,
					 (void *)&groups[i], sizeof(int)),
				 0);
}

void enter_space(const struct space *space)
{
	assert_int_equal(setns(space->fd, CLONE_NEWNET), 0);
}

void close_space(struct space *space)
{
	size_t i;

	for (i = 0; i < sizeof(space->devices) / sizeof(*space->devices); i++)
		assert_true(!space->devices[i] || i == 1);
	kbus__v1__link_event__free_unpacked(space->devices[1], NULL);
	free_traces(&space->told);
	free_traces(&space->monitored);
	mnl_socket_close(space->socket);
	bus_close(space->bus);
	close(space->fd);
}
