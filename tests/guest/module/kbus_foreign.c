// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers the netlink protocol number that kbus normally uses, and refuses
 * every request.
 */
#include <linux/kbus.h>
#include <linux/module.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>

static struct sock *foreign;

static int refuse_request(struct sk_buff *skb, struct nlmsghdr *nlh,
			  struct netlink_ext_ack *extack)
{
	return -EOPNOTSUPP;
}

static void take_datagram(struct sk_buff *skb)
{
	netlink_rcv_skb(skb, refuse_request);
}

static int __init kbus_foreign_init(void)
{
	struct netlink_kernel_cfg config = { .input = take_datagram };

	foreign = netlink_kernel_create(&init_net, KBUS_PROTOCOL, &config);
	return foreign ? 0 : -EBUSY;
}

static void __exit kbus_foreign_exit(void)
{
	netlink_kernel_release(foreign);
}

module_init(kbus_foreign_init);
module_exit(kbus_foreign_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Has kbus's usual protocol number, for kbus's tests");
