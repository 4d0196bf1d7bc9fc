// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bus of each network namespace, and whether the broker has started
 */
#include "net.h"

#include <net/netns/generic.h>

unsigned int kbus_net_id;

static bool running;

/**
 * kbus_net() - get a network namespace's bus
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
 * kbus_is_running() - check whether the broker serves requests
 *
 * The broker serves requests once every namespace has a socket and the notifier
 * for closed sockets is registered.
 *
 * Context: any.
 * Return: true if it does.
 */
bool kbus_is_running(void)
{
	/* Pairs with kbus_run(). */
	return smp_load_acquire(&running);
}

/**
 * kbus_run() - let the broker serve requests
 *
 * Context: process.
 */
void kbus_run(void)
{
	/* Pairs with kbus_is_running(). */
	smp_store_release(&running, true);
}
