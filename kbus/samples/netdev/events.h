/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kbus_netdev: declarations that its files share
 */
#ifndef KBUS_SAMPLES_EVENTS_H
#define KBUS_SAMPLES_EVENTS_H

#include <linux/kbus.h>
#include <linux/kbus_protobuf.h>

#include <linux/if.h>
#include <linux/netdevice.h>
#include <linux/xarray.h>

/*
 * Upper bound of a key's length: an index, two addresses and a prefix length.
 */
#define EVENTS_KEY_SIZE 64

/**
 * struct known_link - a device as last published
 * @rcu: for readers that do not hold the RTNL
 * @up: the device was up
 * @carrier: the device had a carrier
 * @name: its name, never changed; a renamed device gets a new struct known_link
 *
 * Looked up and changed under the RTNL; @name is also read under RCU.
 */
struct known_link {
	struct rcu_head rcu;
	bool up;
	bool carrier;
	char name[IFNAMSIZ];
};

/**
 * struct events_net - a network namespace
 * @links: topic of the devices, or NULL if it could not be created
 * @addresses: topic of the addresses, or NULL
 * @known: struct known_link of each device, by its index
 */
struct events_net {
	struct kbus_topic *links;
	struct kbus_topic *addresses;
	struct xarray known;
};

/* The id with which net_generic() finds a namespace's struct events_net. */
extern unsigned int events_net_id;

struct events_net *events_net(const struct net_device *dev);
void events_start(void);
void events_end(void);
bool events_are_published(void);
bool events_have_receivers(const struct kbus_topic *topic);
void events_publish(struct kbus_topic *topic, const char *key,
		    struct kbus_pb *pb, gfp_t gfp);

#endif /* KBUS_SAMPLES_EVENTS_H */
