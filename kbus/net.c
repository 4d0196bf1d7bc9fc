// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which bus is whose, and whether there is one yet
 */
#include "net.h"

#include <net/netns/generic.h>

unsigned int kbus_net_id;

static bool running;

/**
 * kbus_net() - a network namespace's bus
 * @net: the namespace
 *
 * Context: any.
 * Return: the bus.
 */
struct kbus_net *kbus_net(struct net *net)
{
	return net_generic(net, kbus_net_id);
}

/**
 * kbus_is_running() - whether the broker may be asked anything
 *
 * Not before all namespaces have their socket, and closed sockets are noticed.
 *
 * Context: any.
 * Return: true if it may.
 */
bool kbus_is_running(void)
{
	/* Pairs with kbus_run(). */
	return smp_load_acquire(&running);
}

/**
 * kbus_run() - from now on the broker may be asked
 *
 * Context: process.
 */
void kbus_run(void)
{
	/* Pairs with kbus_is_running(). */
	smp_store_release(&running, true);
}
