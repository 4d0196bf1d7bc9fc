// SPDX-License-Identifier: GPL-2.0-only
/*
 * Network devices
 *
 * There are two notifiers, so that a device's messages enclose those of its
 * addresses, as they do with rtnetlink. IPv4 and IPv6 add and remove addresses
 * when they are notified themselves, and they are called between the two.
 *
 * All of this runs under the RTNL.
 */
#include "address.h"
#include "events.h"
#include "link.h"

#include <linux/if_arp.h>
#include <linux/rtnetlink.h>

/* kbus.v1.LinkEvent */
enum link_field {
	LINK_ACTION = 1,
	LINK_KERNEL_EVENT = 2,
	LINK_NAME = 3,
	LINK_INDEX = 4,
	LINK_UP = 5,
	LINK_CARRIER = 6,
	LINK_MTU = 7,
	LINK_ADDRESS = 8,
	LINK_ADDRESS_TEXT = 9,
	LINK_MASTER = 10,
	LINK_OLD_NAME = 11,
	LINK_UPPER = 12,
};

/* kbus.v1.LinkEvent.Upper */
enum link_upper_field {
	UPPER_INDEX = 1,
	UPPER_LINKED = 2,
};

/* kbus.v1.LinkEvent.Action */
enum link_action {
	ACTION_NONE = 0,
	ACTION_ADDED = 1,
	ACTION_REMOVED = 2,
	ACTION_MOVED_IN = 3,
	ACTION_MOVED_OUT = 4,
	ACTION_UP = 5,
	ACTION_DOWN = 6,
	ACTION_CARRIER_ON = 7,
	ACTION_CARRIER_OFF = 8,
	ACTION_RENAMED = 9,
	ACTION_MTU_CHANGED = 10,
	ACTION_ADDRESS_CHANGED = 11,
	ACTION_UPPER_CHANGED = 12,
	ACTION_FEATURES_CHANGED = 13,
	ACTION_CHANGED = 14,
};

/* Upper bound of an event's size. */
#define LINK_EVENT_SIZE 384

/**
 * struct link_event - an event to be published
 * @dev: the device
 * @id: the notifier's number of the event
 * @action: the action that is published
 * @old_name: with ACTION_RENAMED: the previous name; may be empty
 * @upper: with ACTION_UPPER_CHANGED: the upper device
 */
struct link_event {
	struct net_device *dev;
	unsigned long id;
	enum link_action action;
	char old_name[IFNAMSIZ];
	const struct netdev_notifier_changeupper_info *upper;
};

/*
 * A device that has left its network namespace and is about to enter another.
 * The pointer is only compared, never dereferenced.
 */
static const struct net_device *moving;

/* A device that is down has no carrier, whatever its driver reported last. */
static bool has_carrier(const struct net_device *dev)
{
	return netif_running(dev) && netif_carrier_ok(dev);
}

static void encode_upper(struct kbus_pb *pb, const struct link_event *event)
{
	kbus_pb_begin(pb, LINK_UPPER);
	kbus_pb_uint(pb, UPPER_INDEX, event->upper->upper_dev->ifindex);
	kbus_pb_uint(pb, UPPER_LINKED, event->upper->linking);
	kbus_pb_end(pb);
}

static void encode_address(struct kbus_pb *pb, const struct net_device *dev)
{
	char text[3 * MAX_ADDR_LEN];

	if (!dev->addr_len)
		return;
	snprintf(text, sizeof(text), "%*phC", dev->addr_len, dev->dev_addr);
	kbus_pb_bytes(pb, LINK_ADDRESS, dev->dev_addr, dev->addr_len);
	kbus_pb_string(pb, LINK_ADDRESS_TEXT, text);
}

static void encode_link(struct kbus_pb *pb, const struct link_event *event)
{
	struct net_device *dev = event->dev;
	struct net_device *master = netdev_master_upper_dev_get(dev);

	kbus_pb_uint(pb, LINK_ACTION, event->action);
	kbus_pb_string(pb, LINK_KERNEL_EVENT, netdev_cmd_to_name(event->id));
	kbus_pb_text(pb, LINK_NAME, dev->name, strlen(dev->name));
	kbus_pb_uint(pb, LINK_INDEX, dev->ifindex);
	kbus_pb_uint(pb, LINK_UP, !!(dev->flags & IFF_UP));
	kbus_pb_uint(pb, LINK_CARRIER, has_carrier(dev));
	kbus_pb_uint(pb, LINK_MTU, READ_ONCE(dev->mtu));
	encode_address(pb, dev);
	if (master)
		kbus_pb_uint(pb, LINK_MASTER, master->ifindex);
	if (event->old_name[0])
		kbus_pb_text(pb, LINK_OLD_NAME, event->old_name,
			     strlen(event->old_name));
	if (event->upper)
		encode_upper(pb, event);
}

static void publish_link(const struct events_net *nn, const struct link_event *event)
{
	u8 buffer[LINK_EVENT_SIZE];
	char key[EVENTS_KEY_SIZE];
	struct kbus_pb pb;

	if (!events_have_receivers(nn->links))
		return;
	kbus_pb_init(&pb, buffer, sizeof(buffer));
	encode_link(&pb, event);
	snprintf(key, sizeof(key), "%d", event->dev->ifindex);
	events_publish(nn->links, key, &pb, GFP_KERNEL);
}

static void forget_link(struct events_net *nn, const struct net_device *dev)
{
	struct known_link *link = xa_erase(&nn->known, dev->ifindex);

	if (link)
		kfree_rcu(link, rcu);
}

/*
 * If the kernel is out of memory, the device becomes unknown: it is published
 * without an old name, and changes of its carrier are published as
 * ACTION_CHANGED.
 */
static void learn_link(struct events_net *nn, const struct net_device *dev,
		       const struct known_link *renamed)
{
	struct known_link *link = kzalloc(sizeof(*link), GFP_KERNEL);
	struct known_link *old;

	if (link) {
		link->up = renamed ? renamed->up : dev->flags & IFF_UP;
		link->carrier = renamed ? renamed->carrier : has_carrier(dev);
		strscpy(link->name, dev->name, sizeof(link->name));
	}
	old = xa_store(&nn->known, dev->ifindex, link, GFP_KERNEL);
	if (xa_is_err(old)) {
		old = xa_erase(&nn->known, dev->ifindex);
		kfree(link);
	}
	if (old)
		kfree_rcu(old, rcu);
}

static enum link_action was_added(const struct net_device *dev)
{
	bool moved = dev == moving;

	moving = NULL;
	return moved ? ACTION_MOVED_IN : ACTION_ADDED;
}

/*
 * NETDEV_CHANGE reports the driver's state, which counts only while the device
 * is up.
 */
static enum link_action has_changed(const struct net_device *dev,
				    const struct known_link *link)
{
	if (!link || link->carrier == has_carrier(dev))
		return ACTION_CHANGED;
	return has_carrier(dev) ? ACTION_CARRIER_ON : ACTION_CARRIER_OFF;
}

/*
 * Events that can still be refused, and those that do not change the device,
 * are not published.
 */
static enum link_action link_action(const struct link_event *event,
				    const struct known_link *link)
{
	switch (event->id) {
	case NETDEV_REGISTER:
		return was_added(event->dev);
	case NETDEV_UP:
		/*
		 * Also comes for a device that existed before and was published
		 * as up.
		 */
		return link && link->up ? ACTION_NONE : ACTION_UP;
	case NETDEV_DOWN:
		return ACTION_DOWN;
	case NETDEV_CHANGE:
		return has_changed(event->dev, link);
	case NETDEV_CHANGENAME:
		return ACTION_RENAMED;
	case NETDEV_CHANGEMTU:
		return ACTION_MTU_CHANGED;
	case NETDEV_CHANGEADDR:
		return ACTION_ADDRESS_CHANGED;
	case NETDEV_CHANGEUPPER:
		return ACTION_UPPER_CHANGED;
	case NETDEV_FEAT_CHANGE:
		return ACTION_FEATURES_CHANGED;
	case NETDEV_BONDING_FAILOVER:
	case NETDEV_CHANGEINFODATA:
	case NETDEV_CHANGELOWERSTATE:
	case NETDEV_CHANGE_TX_QUEUE_LEN:
	case NETDEV_POST_TYPE_CHANGE:
		return ACTION_CHANGED;
	default:
		return ACTION_NONE;
	}
}

static void remember_link(struct events_net *nn, const struct link_event *event,
			  struct known_link *link)
{
	switch (event->action) {
	case ACTION_ADDED:
	case ACTION_MOVED_IN:
	case ACTION_RENAMED:
		learn_link(nn, event->dev, link);
		break;
	case ACTION_UP:
	case ACTION_DOWN:
	case ACTION_CARRIER_ON:
	case ACTION_CARRIER_OFF:
		if (!link)
			break;
		link->up = event->dev->flags & IFF_UP;
		link->carrier = has_carrier(event->dev);
		break;
	default:
		break;
	}
}

/* Called first, for all events except a device's end. */
static int link_event(struct notifier_block *nb, unsigned long id, void *ptr)
{
	struct link_event event = {
		.dev = netdev_notifier_info_to_dev(ptr),
		.id = id,
	};
	struct events_net *nn = events_net(event.dev);
	struct known_link *link;

	events_start();
	/*
	 * A dying device's changes are part of its end, as they are for
	 * rtnetlink.
	 */
	if (!events_are_published() || event.dev->reg_state != NETREG_REGISTERED)
		return NOTIFY_DONE;
	link = xa_load(&nn->known, event.dev->ifindex);
	event.action = link_action(&event, link);
	if (event.action == ACTION_NONE)
		return NOTIFY_DONE;
	if (event.action == ACTION_RENAMED && link)
		strscpy(event.old_name, link->name, sizeof(event.old_name));
	if (event.action == ACTION_UPPER_CHANGED)
		event.upper = ptr;
	remember_link(nn, &event, link);
	publish_link(nn, &event);
	if (id == NETDEV_REGISTER)
		addresses_tell(event.dev);
	return NOTIFY_DONE;
}

/* Called last, for a device's end, in this namespace or altogether. */
static int link_end(struct notifier_block *nb, unsigned long id, void *ptr)
{
	struct link_event event = {
		.dev = netdev_notifier_info_to_dev(ptr),
		.id = id,
		.action = ACTION_REMOVED,
	};
	struct events_net *nn;

	/* The kernel repeats the event while it waits for references. */
	if (id != NETDEV_UNREGISTER ||
	    event.dev->reg_state > NETREG_UNREGISTERING)
		return NOTIFY_DONE;
	moving = NULL;
	if (event.dev->reg_state == NETREG_REGISTERED) {
		event.action = ACTION_MOVED_OUT;
		moving = event.dev;
	}
	nn = events_net(event.dev);
	if (events_are_published())
		publish_link(nn, &event);
	forget_link(nn, event.dev);
	return NOTIFY_DONE;
}

static struct notifier_block first_notifier = {
	.notifier_call = link_event,
	.priority = INT_MAX,
};

static struct notifier_block last_notifier = {
	.notifier_call = link_end,
	.priority = INT_MIN,
};

/**
 * links_begin() - begin to publish changes of devices, and publish existing
 *	devices
 *
 * Context: process; may sleep.
 * Return: 0 or -errno.
 */
int links_begin(void)
{
	int err;

	err = register_netdevice_notifier(&last_notifier);
	if (err)
		return err;
	err = register_netdevice_notifier(&first_notifier);
	if (err)
		unregister_netdevice_notifier(&last_notifier);
	return err;
}

/**
 * links_end() - stop publishing changes of devices, and forget all devices
 *
 * Context: process; may sleep.
 */
void links_end(void)
{
	unregister_netdevice_notifier(&first_notifier);
	/*
	 * The kernel reports all devices to it as gone, so that they are
	 * forgotten.
	 */
	unregister_netdevice_notifier(&last_notifier);
}
