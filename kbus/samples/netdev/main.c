// SPDX-License-Identifier: GPL-2.0-only
/*
 * kbus_netdev: publishes changes of network devices and IP addresses
 *
 * Devices are published on "kernel/net/link" and addresses on
 * "kernel/net/address", on the bus of the network namespace that the device is
 * in. proto/link.proto and proto/address.proto describe the messages. Devices
 * and addresses that exist when the module is loaded are published as if they
 * were added then.
 *
 * Nearly everything happens under the RTNL. The messages of one namespace are
 * therefore in the order of the changes, except for those of IPv6 addresses
 * that the kernel adds on its own.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "address.h"
#include "events.h"
#include "link.h"

#include <linux/err.h>
#include <linux/module.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

static unsigned int history;
module_param(history, uint, 0444);
MODULE_PARM_DESC(history,
		 "how many of its last messages each topic keeps (default 0)");

static int create_topics(struct net *net, struct events_net *nn)
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

static int __net_init events_net_init(struct net *net)
{
	struct events_net *nn = net_generic(net, events_net_id);
	int err;

	xa_init(&nn->known);
	err = create_topics(net, nn);
	if (!err)
		return 0;
	nn->links = NULL;
	nn->addresses = NULL;
	/* This is not reason enough to refuse somebody else's namespace. */
	pr_warn_ratelimited("a network namespace goes without topics: error %d\n",
			    err);
	return net_eq(net, &init_net) ? err : 0;
}

static void __net_exit events_net_exit(struct net *net)
{
	struct events_net *nn = net_generic(net, events_net_id);

	WARN_ON_ONCE(!xa_empty(&nn->known));
	kbus_topic_release(nn->addresses);
	kbus_topic_release(nn->links);
}

static struct pernet_operations events_net_ops = {
	.init = events_net_init,
	.exit = events_net_exit,
	.id = &events_net_id,
	.size = sizeof(struct events_net),
};

static int __init kbus_netdev_init(void)
{
	int err;

	err = register_pernet_subsys(&events_net_ops);
	if (err)
		return err;
	err = addresses_begin();
	if (err)
		goto err_addresses;
	err = links_begin();
	if (err)
		goto err_links;
	return 0;

err_links:
	events_end();
	addresses_end();
err_addresses:
	unregister_pernet_subsys(&events_net_ops);
	return err;
}

static void __exit kbus_netdev_exit(void)
{
	events_end();
	links_end();
	addresses_end();
	unregister_pernet_subsys(&events_net_ops);
}

module_init(kbus_netdev_init);
module_exit(kbus_netdev_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Publishes changes of network devices and addresses on kbus");
MODULE_VERSION(KBUS_VERSION);
