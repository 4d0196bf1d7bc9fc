// SPDX-License-Identifier: GPL-2.0-only
/*
 * kbus_netdev: publishes what happens to network devices
 *
 * Every event goes to "kernel/net/link" on the bus of the network namespace
 * that the device is in, as a kbus.v1.LinkEvent (proto/link.proto).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kbus.h>
#include <linux/kbus_protobuf.h>

#include <linux/err.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

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
};

/* kbus.v1.LinkEvent.Action */
enum link_action {
	ACTION_OTHER = 0,
	ACTION_ADDED = 1,
	ACTION_REMOVED = 2,
	ACTION_UP = 3,
	ACTION_DOWN = 4,
	ACTION_RENAMED = 5,
	ACTION_CHANGED = 6,
	ACTION_MTU_CHANGED = 7,
	ACTION_ADDRESS_CHANGED = 8,
	ACTION_UPPER_CHANGED = 9,
	ACTION_FEATURES_CHANGED = 10,
};

/* Larger than any: name, address and event are short. */
#define LINK_EVENT_SIZE 192

static unsigned int netdev_net_id;
static bool netdev_leaving;

struct netdev_net {
	struct kbus_topic *topic;
};

static enum link_action link_action(unsigned long event)
{
	switch (event) {
	case NETDEV_REGISTER:
		return ACTION_ADDED;
	case NETDEV_UNREGISTER:
		return ACTION_REMOVED;
	case NETDEV_UP:
		return ACTION_UP;
	case NETDEV_DOWN:
		return ACTION_DOWN;
	case NETDEV_CHANGENAME:
		return ACTION_RENAMED;
	case NETDEV_CHANGE:
		return ACTION_CHANGED;
	case NETDEV_CHANGEMTU:
		return ACTION_MTU_CHANGED;
	case NETDEV_CHANGEADDR:
		return ACTION_ADDRESS_CHANGED;
	case NETDEV_CHANGEUPPER:
		return ACTION_UPPER_CHANGED;
	case NETDEV_FEAT_CHANGE:
		return ACTION_FEATURES_CHANGED;
	default:
		return ACTION_OTHER;
	}
}

static ssize_t encode_link(u8 *buffer, size_t size,
			   const struct net_device *dev, unsigned long event)
{
	struct kbus_pb pb;

	kbus_pb_init(&pb, buffer, size);
	kbus_pb_uint(&pb, LINK_ACTION, link_action(event));
	kbus_pb_string(&pb, LINK_KERNEL_EVENT, netdev_cmd_to_name(event));
	kbus_pb_string(&pb, LINK_NAME, dev->name);
	kbus_pb_uint(&pb, LINK_INDEX, dev->ifindex);
	kbus_pb_uint(&pb, LINK_UP, !!(dev->flags & IFF_UP));
	kbus_pb_uint(&pb, LINK_CARRIER, netif_carrier_ok(dev));
	kbus_pb_uint(&pb, LINK_MTU, READ_ONCE(dev->mtu));
	kbus_pb_bytes(&pb, LINK_ADDRESS, dev->dev_addr, dev->addr_len);
	return kbus_pb_length(&pb);
}

static int netdev_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	const struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct netdev_net *nn = net_generic(dev_net(dev), netdev_net_id);
	u8 buffer[LINK_EVENT_SIZE];
	ssize_t len;
	int err;

	if (READ_ONCE(netdev_leaving))
		return NOTIFY_DONE;
	len = encode_link(buffer, sizeof(buffer), dev, event);
	err = len < 0 ? len : kbus_publish(nn->topic, buffer, len, GFP_KERNEL);
	if (err)
		pr_warn_ratelimited("%s of %s not published: error %d\n",
				    netdev_cmd_to_name(event), dev->name, err);
	return NOTIFY_DONE;
}

static struct notifier_block netdev_notifier = {
	.notifier_call = netdev_event,
};

static int __net_init netdev_net_init(struct net *net)
{
	static const struct kbus_topic_options options = {
		.type = "kbus.v1.LinkEvent",
	};
	struct netdev_net *nn = net_generic(net, netdev_net_id);

	nn->topic = kbus_topic_create(net, "kernel/net/link", &options);
	return PTR_ERR_OR_ZERO(nn->topic);
}

static void __net_exit netdev_net_exit(struct net *net)
{
	struct netdev_net *nn = net_generic(net, netdev_net_id);

	kbus_topic_release(nn->topic);
}

static struct pernet_operations netdev_net_ops = {
	.init = netdev_net_init,
	.exit = netdev_net_exit,
	.id = &netdev_net_id,
	.size = sizeof(struct netdev_net),
};

static int __init netdev_init(void)
{
	int err;

	err = register_pernet_subsys(&netdev_net_ops);
	if (err)
		return err;
	/* Tells of the devices that are there as if they came now. */
	err = register_netdevice_notifier(&netdev_notifier);
	if (err)
		unregister_pernet_subsys(&netdev_net_ops);
	return err;
}

static void __exit netdev_exit(void)
{
	/* What follows tells of all devices as if they went now. */
	WRITE_ONCE(netdev_leaving, true);
	unregister_netdevice_notifier(&netdev_notifier);
	unregister_pernet_subsys(&netdev_net_ops);
}

module_init(netdev_init);
module_exit(netdev_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Publishes network device events on kbus");
MODULE_VERSION("1.0.0");
