// SPDX-License-Identifier: GPL-2.0-only
/*
 * kbus_netdev: publishes what happens to network devices and IP addresses
 *
 * Devices go to "kernel/net/link", addresses to "kernel/net/address", on the
 * bus of the network namespace that the device is in; proto/link.proto and
 * proto/address.proto describe the messages. What is there when the module is
 * loaded is told as if it came then.
 *
 * Nearly all happens under the RTNL: of one namespace's messages, all but those
 * of IPv6 addresses that the kernel adds by itself are in the order of the
 * changes.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "netdev.h"

#include <linux/err.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

/* Whether events are told. */
enum netdev_state {
	/* not before what has been there */
	NETDEV_LOADING,
	NETDEV_TELLING,
	/* not what is no event: all notifiers are told that all devices go */
	NETDEV_LEAVING,
};

static enum netdev_state state;
static unsigned int net_id;

static unsigned int history;
module_param(history, uint, 0444);
MODULE_PARM_DESC(history,
		 "how many of its last messages each topic keeps (default 0)");

/**
 * netdev_net() - find a device's network namespace
 * @dev: the device
 *
 * Context: any.
 * Return: what this module keeps of the namespace.
 */
struct netdev_net *netdev_net(const struct net_device *dev)
{
	return net_generic(dev_net(dev), net_id);
}

/**
 * netdev_start() - tell events from now on
 *
 * Called under the RTNL, before the first device is told of that is there when
 * the module is loaded. Does nothing when the module is being unloaded.
 */
void netdev_start(void)
{
	ASSERT_RTNL();
	cmpxchg(&state, NETDEV_LOADING, NETDEV_TELLING);
}

/**
 * netdev_telling() - whether events are to be told
 *
 * Context: any.
 */
bool netdev_telling(void)
{
	return READ_ONCE(state) == NETDEV_TELLING;
}

/**
 * netdev_is_heard() - whether there is need to encode a message
 * @topic: its topic, or NULL
 *
 * Context: any.
 */
bool netdev_is_heard(const struct kbus_topic *topic)
{
	return topic && kbus_topic_is_heard(topic);
}

/**
 * netdev_publish() - publish an encoded message, or tell that it is lost
 * @topic: its topic
 * @key: what the message is about
 * @pb: the message
 * @gfp: how to allocate
 *
 * Context: process or softirq.
 */
void netdev_publish(struct kbus_topic *topic, const char *key,
		    struct kbus_pb *pb, gfp_t gfp)
{
	ssize_t len = kbus_pb_length(pb);

	if (len < 0 || kbus_publish_keyed(topic, key, strlen(key), pb->data,
					  len, gfp))
		kbus_publish_gap(topic, 1);
}

static int create_topics(struct net *net, struct netdev_net *nn)
{
	const struct kbus_topic_options links = {
		.type = "kbus.v1.LinkEvent",
		.history = history,
	};
	const struct kbus_topic_options addresses = {
		.type = "kbus.v1.AddressEvent",
		.history = history,
	};

	nn->links = kbus_topic_create(net, "kernel/net/link", &links);
	if (IS_ERR(nn->links))
		return PTR_ERR(nn->links);
	nn->addresses = kbus_topic_create(net, "kernel/net/address",
					  &addresses);
	if (!IS_ERR(nn->addresses))
		return 0;
	kbus_topic_release(nn->links);
	return PTR_ERR(nn->addresses);
}

static int __net_init netdev_net_init(struct net *net)
{
	struct netdev_net *nn = net_generic(net, net_id);
	int err;

	xa_init(&nn->known);
	err = create_topics(net, nn);
	if (!err)
		return 0;
	nn->links = NULL;
	nn->addresses = NULL;
	/* Not reason enough to refuse somebody else's namespace. */
	pr_warn_ratelimited("a network namespace goes without topics: error %d\n",
			    err);
	return net_eq(net, &init_net) ? err : 0;
}

static void __net_exit netdev_net_exit(struct net *net)
{
	struct netdev_net *nn = net_generic(net, net_id);

	WARN_ON_ONCE(!xa_empty(&nn->known));
	kbus_topic_release(nn->addresses);
	kbus_topic_release(nn->links);
}

static struct pernet_operations netdev_net_ops = {
	.init = netdev_net_init,
	.exit = netdev_net_exit,
	.id = &net_id,
	.size = sizeof(struct netdev_net),
};

static int __init netdev_init(void)
{
	int err;

	err = register_pernet_subsys(&netdev_net_ops);
	if (err)
		return err;
	err = netdev_addresses_begin();
	if (err)
		goto err_addresses;
	err = netdev_links_begin();
	if (err)
		goto err_links;
	return 0;

err_links:
	WRITE_ONCE(state, NETDEV_LEAVING);
	netdev_addresses_end();
err_addresses:
	unregister_pernet_subsys(&netdev_net_ops);
	return err;
}

static void __exit netdev_exit(void)
{
	WRITE_ONCE(state, NETDEV_LEAVING);
	netdev_links_end();
	netdev_addresses_end();
	unregister_pernet_subsys(&netdev_net_ops);
}

module_init(netdev_init);
module_exit(netdev_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Publishes changes of network devices and addresses on kbus");
MODULE_VERSION("1.0.0");
