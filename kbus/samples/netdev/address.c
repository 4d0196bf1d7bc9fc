// SPDX-License-Identifier: GPL-2.0-only
/*
 * IP addresses
 *
 * Changes of IPv4 addresses come under the RTNL. Changes of IPv6 addresses may
 * come in softirq context and without the RTNL, when a router has announced a
 * prefix. Such an event must not sleep. It must not read a device's name
 * either, because the name may be changing.
 */
#include "address.h"
#include "events.h"

#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/if_inet6.h>
#include <net/ipv6.h>

/* kbus.v1.AddressEvent */
enum address_field {
	ADDRESS_ACTION = 1,
	ADDRESS_FAMILY = 2,
	ADDRESS_ADDRESS = 3,
	ADDRESS_ADDRESS_TEXT = 4,
	ADDRESS_PREFIX_LEN = 5,
	ADDRESS_LINK_INDEX = 6,
	ADDRESS_LINK_NAME = 7,
	ADDRESS_SCOPE = 8,
	ADDRESS_FLAGS = 9,
	ADDRESS_PEER = 10,
	ADDRESS_BROADCAST = 11,
	ADDRESS_LABEL = 12,
};

/* kbus.v1.AddressEvent.Other */
enum address_other_field {
	OTHER_ADDRESS = 1,
	OTHER_TEXT = 2,
};

/* kbus.v1.AddressEvent.Action */
enum address_action {
	ACTION_NONE = 0,
	ACTION_ADDED = 1,
	ACTION_REMOVED = 2,
};

/* kbus.v1.AddressEvent.Family */
enum address_family {
	FAMILY_IPV4 = 4,
	FAMILY_IPV6 = 6,
};

/* Upper bound of an event's size. */
#define ADDRESS_EVENT_SIZE 384

/* Room for an address in its usual notation. */
#define TEXT_SIZE 48

/**
 * struct address_event - the properties that events of both families have
 * @dev: the device
 * @family: the family
 * @action: the event
 * @address: the address
 * @peer: address of the other end, or NULL
 * @len: length of an address in bytes
 * @prefix_len: length of the prefix in bits
 * @scope: RT_SCOPE_*
 * @flags: IFA_F_*
 */
struct address_event {
	const struct net_device *dev;
	enum address_family family;
	enum address_action action;
	const void *address;
	const void *peer;
	size_t len;
	u32 prefix_len;
	u32 scope;
	u32 flags;
};

static enum address_action address_action(unsigned long id)
{
	if (!events_are_published())
		return ACTION_NONE;
	switch (id) {
	case NETDEV_UP:
		return ACTION_ADDED;
	case NETDEV_DOWN:
		return ACTION_REMOVED;
	default:
		return ACTION_NONE;
	}
}

/*
 * Uses the name last published, because without the RTNL the name may be
 * changing.
 */
static void encode_link_name(struct kbus_pb *pb, const struct net_device *dev)
{
	struct known_link *link;

	rcu_read_lock();
	link = xa_load(&events_net(dev)->known, dev->ifindex);
	if (link)
		kbus_pb_text(pb, ADDRESS_LINK_NAME, link->name,
			     strlen(link->name));
	rcu_read_unlock();
}

static void print_address(char *text, const struct address_event *event,
			  const void *address)
{
	snprintf(text, TEXT_SIZE,
		 event->family == FAMILY_IPV4 ? "%pI4" : "%pI6c", address);
}

static void encode_other(struct kbus_pb *pb, u32 field,
			 const struct address_event *event, const void *address)
{
	char text[TEXT_SIZE];

	print_address(text, event, address);
	kbus_pb_begin(pb, field);
	kbus_pb_bytes(pb, OTHER_ADDRESS, address, event->len);
	kbus_pb_string(pb, OTHER_TEXT, text);
	kbus_pb_end(pb);
}

static void encode_address_event(struct kbus_pb *pb, const struct address_event *event)
{
	char text[TEXT_SIZE];

	print_address(text, event, event->address);
	kbus_pb_uint(pb, ADDRESS_ACTION, event->action);
	kbus_pb_uint(pb, ADDRESS_FAMILY, event->family);
	kbus_pb_bytes(pb, ADDRESS_ADDRESS, event->address, event->len);
	kbus_pb_string(pb, ADDRESS_ADDRESS_TEXT, text);
	kbus_pb_uint(pb, ADDRESS_PREFIX_LEN, event->prefix_len);
	kbus_pb_uint(pb, ADDRESS_LINK_INDEX, event->dev->ifindex);
	encode_link_name(pb, event->dev);
	kbus_pb_uint(pb, ADDRESS_SCOPE, event->scope);
	kbus_pb_uint(pb, ADDRESS_FLAGS, event->flags);
	if (event->peer)
		encode_other(pb, ADDRESS_PEER, event, event->peer);
}

static void tell_inet(const struct in_ifaddr *ifa, enum address_action action)
{
	const struct address_event event = {
		.dev = ifa->ifa_dev->dev,
		.family = FAMILY_IPV4,
		.action = action,
		.address = &ifa->ifa_local,
		.peer = ifa->ifa_address != ifa->ifa_local ?
			&ifa->ifa_address : NULL,
		.len = sizeof(ifa->ifa_local),
		.prefix_len = ifa->ifa_prefixlen,
		.scope = ifa->ifa_scope,
		.flags = ifa->ifa_flags,
	};
	const struct events_net *nn = events_net(event.dev);
	u8 buffer[ADDRESS_EVENT_SIZE];
	char key[EVENTS_KEY_SIZE];
	struct kbus_pb pb;
	int len;

	if (!events_have_receivers(nn->addresses))
		return;
	kbus_pb_init(&pb, buffer, sizeof(buffer));
	encode_address_event(&pb, &event);
	if (ifa->ifa_broadcast)
		encode_other(&pb, ADDRESS_BROADCAST, &event,
			     &ifa->ifa_broadcast);
	if (ifa->ifa_label[0])
		kbus_pb_text(&pb, ADDRESS_LABEL, ifa->ifa_label,
			     strlen(ifa->ifa_label));
	len = snprintf(key, sizeof(key), "%d %pI4/%u", event.dev->ifindex,
		       event.address, event.prefix_len);
	/* An address may exist with several peers. */
	if (event.peer)
		snprintf(key + len, sizeof(key) - len, " %pI4", event.peer);
	events_publish(nn->addresses, key, &pb, GFP_KERNEL);
}

static int inet_event(struct notifier_block *nb, unsigned long id, void *ptr)
{
	enum address_action action = address_action(id);

	if (action != ACTION_NONE)
		tell_inet(ptr, action);
	return NOTIFY_DONE;
}

static u32 inet6_scope(const struct inet6_ifaddr *ifa)
{
	if (ifa->scope & IFA_HOST)
		return RT_SCOPE_HOST;
	if (ifa->scope & IFA_LINK)
		return RT_SCOPE_LINK;
	if (ifa->scope & IFA_SITE)
		return RT_SCOPE_SITE;
	return RT_SCOPE_UNIVERSE;
}

static void tell_inet6(const struct inet6_ifaddr *ifa,
		       enum address_action action)
{
	const struct address_event event = {
		.dev = ifa->idev->dev,
		.family = FAMILY_IPV6,
		.action = action,
		.address = &ifa->addr,
		.peer = ipv6_addr_any(&ifa->peer_addr) ? NULL : &ifa->peer_addr,
		.len = sizeof(ifa->addr),
		.prefix_len = ifa->prefix_len,
		.scope = inet6_scope(ifa),
		.flags = READ_ONCE(ifa->flags),
	};
	const struct events_net *nn = events_net(event.dev);
	u8 buffer[ADDRESS_EVENT_SIZE];
	char key[EVENTS_KEY_SIZE];
	struct kbus_pb pb;

	if (!events_have_receivers(nn->addresses))
		return;
	kbus_pb_init(&pb, buffer, sizeof(buffer));
	encode_address_event(&pb, &event);
	snprintf(key, sizeof(key), "%d %pI6c/%u", event.dev->ifindex,
		 event.address, event.prefix_len);
	events_publish(nn->addresses, key, &pb, GFP_ATOMIC);
}

static int inet6_event(struct notifier_block *nb, unsigned long id, void *ptr)
{
	enum address_action action = address_action(id);

	if (action != ACTION_NONE)
		tell_inet6(ptr, action);
	return NOTIFY_DONE;
}

static struct notifier_block inet_notifier = {
	.notifier_call = inet_event,
};

static struct notifier_block inet6_notifier = {
	.notifier_call = inet6_event,
};

/**
 * addresses_tell() - publish a device's addresses as if they were added now
 * @dev: the device; a new device has none
 *
 * An IPv6 address that the kernel is just adding on its own may be published
 * twice.
 *
 * Context: process; under the RTNL; may sleep.
 */
void addresses_tell(struct net_device *dev)
{
	struct in_device *in_dev = __in_dev_get_rtnl(dev);
	const struct inet6_ifaddr *ifa6;
	const struct in_ifaddr *ifa;
	struct inet6_dev *idev;

	if (in_dev)
		in_dev_for_each_ifa_rtnl(ifa, in_dev)
			tell_inet(ifa, ACTION_ADDED);
	if (!IS_ENABLED(CONFIG_IPV6))
		return;
	rcu_read_lock();
	idev = __in6_dev_get(dev);
	if (idev)
		list_for_each_entry_rcu(ifa6, &idev->addr_list, if_list)
			tell_inet6(ifa6, ACTION_ADDED);
	rcu_read_unlock();
}

/**
 * addresses_begin() - begin to publish changes of addresses
 *
 * Existing addresses are published by addresses_tell().
 *
 * Context: process; may sleep.
 * Return: 0 or -errno.
 */
int addresses_begin(void)
{
	int err;

	err = register_inetaddr_notifier(&inet_notifier);
	if (err || !IS_ENABLED(CONFIG_IPV6))
		return err;
	err = register_inet6addr_notifier(&inet6_notifier);
	if (err)
		unregister_inetaddr_notifier(&inet_notifier);
	return err;
}

/**
 * addresses_end() - stop publishing changes of addresses
 *
 * Context: process; may sleep.
 */
void addresses_end(void)
{
	if (IS_ENABLED(CONFIG_IPV6))
		unregister_inet6addr_notifier(&inet6_notifier);
	unregister_inetaddr_notifier(&inet_notifier);
}
