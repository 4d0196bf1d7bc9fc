/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kbus_netdev: what its files share
 */
#ifndef KBUS_SAMPLES_NETDEV_H
#define KBUS_SAMPLES_NETDEV_H

#include <linux/kbus.h>
#include <linux/kbus_protobuf.h>

#include <linux/if.h>
#include <linux/netdevice.h>
#include <linux/xarray.h>

/* Longer than any: an index, two addresses and a prefix's length. */
#define NETDEV_KEY_SIZE 64

/**
 * struct netdev_link - a device, as it was last told of
 * @rcu: for readers that do not hold the RTNL
 * @up: whether it was up
 * @carrier: whether it had a carrier
 * @name: its name; never changed, a renamed device gets another of these
 *
 * Found and changed under the RTNL; @name is also read under RCU.
 */
struct netdev_link {
	struct rcu_head rcu;
	bool up;
	bool carrier;
	char name[IFNAMSIZ];
};

/**
 * struct netdev_net - a network namespace
 * @links: topic of the devices, or NULL if it could not be created
 * @addresses: topic of the addresses, or NULL
 * @known: struct netdev_link of each device, by its index
 */
struct netdev_net {
	struct kbus_topic *links;
	struct kbus_topic *addresses;
	struct xarray known;
};

struct netdev_net *netdev_net(const struct net_device *dev);
void netdev_start(void);
bool netdev_telling(void);
bool netdev_is_heard(const struct kbus_topic *topic);
void netdev_publish(struct kbus_topic *topic, const char *key,
		    struct kbus_pb *pb, gfp_t gfp);

int netdev_links_begin(void);
void netdev_links_end(void);

int netdev_addresses_begin(void);
void netdev_addresses_end(void);
void netdev_addresses_tell(struct net_device *dev);

#endif /* KBUS_SAMPLES_NETDEV_H */
