// SPDX-License-Identifier: GPL-2.0-only
/*
 * kbus: a publish/subscribe message bus whose broker is the kernel
 */
#include "binding.h"
#include "broker.h"
#include "entry.h"
#include "error_counters.h"
#include "group.h"
#include "has_receivers.h"
#include "kernel_topic.h"
#include "limits.h"
#include "listeners.h"
#include "net.h"
#include "netlink.h"
#include "registration.h"
#include "registry.h"
#include "subscriber.h"
#include "subscription.h"
#include "sysctl.h"
#include "wake.h"

#include <linux/init.h>
#include <linux/module.h>
#include <net/sock.h>

static int __net_init kbus_net_init(struct net *net)
{
	struct kbus_net *kn = kbus_net(net);
	int err;

	kn->net = net;
	mutex_init(&kn->lock);

	err = kbus_sysctl_init(kn);
	if (err)
		return err;
	err = kbus_has_receivers_init(kn);
	if (err)
		goto err_sysctl;
	err = kbus_registry_init(kn);
	if (err)
		goto err_has_receivers;
	err = kbus_subscribers_init(kn);
	if (err)
		goto err_registry;
	err = kbus_subscriptions_init(kn);
	if (err)
		goto err_subscribers;
	err = kbus_bindings_init(kn);
	if (err)
		goto err_subscriptions;
	err = kbus_sys_init(kn);
	if (err)
		goto err_bindings;
	err = kbus_error_counters_init(kn);
	if (err)
		goto err_sys;
	err = kbus_netlink_open(kn);
	if (err)
		goto err_counters;
	return 0;

err_counters:
	kbus_error_counters_exit(kn);
err_sys:
	kbus_sys_exit(kn);
err_bindings:
	kbus_bindings_exit(kn);
err_subscriptions:
	kbus_subscriptions_exit(kn);
err_subscribers:
	kbus_subscribers_exit(kn);
err_registry:
	kbus_registry_exit(kn);
err_has_receivers:
	kbus_has_receivers_exit(kn);
err_sysctl:
	kbus_sysctl_exit(kn);
	return err;
}

static void __net_exit kbus_net_exit(struct net *net)
{
	struct kbus_net *kn = kbus_net(net);

	kbus_groups_flush(kn);
	kbus_netlink_close(kn);
	kbus_error_counters_exit(kn);
	kbus_sys_exit(kn);
	kbus_bindings_exit(kn);
	kbus_subscriptions_exit(kn);
	kbus_subscribers_exit(kn);
	kbus_registry_exit(kn);
	kbus_has_receivers_exit(kn);
	kbus_sysctl_exit(kn);
}

static struct pernet_operations kbus_net_ops = {
	.init = kbus_net_init,
	.exit = kbus_net_exit,
	.id = &kbus_net_id,
	.size = sizeof(struct kbus_net),
};

/* A socket was closed by its program or by the program's death. */
static int kbus_socket_event(struct notifier_block *nb, unsigned long event,
			     void *data)
{
	struct netlink_notify *notify = data;
	struct kbus_subscriber *sub;
	struct kbus_net *kn;

	if (event != NETLINK_URELEASE ||
	    notify->protocol != kbus_netlink_protocol())
		return NOTIFY_DONE;
	kn = kbus_net(notify->net);
	sub = kbus_subscriber_get(kn, notify->portid);
	if (!sub)
		return NOTIFY_DONE;
	mutex_lock(&kn->lock);
	/* Another socket may have taken the port id since. */
	if (!sub->ended && sock_flag(sub->sk, SOCK_DEAD))
		kbus_subscriber_release(sub);
	mutex_unlock(&kn->lock);
	kbus_subscriber_put(sub);
	return NOTIFY_DONE;
}

static struct notifier_block kbus_socket_notifier = {
	.notifier_call = kbus_socket_event,
};

static int __init kbus_init(void)
{
	int err;

	err = kbus_netlink_check();
	if (err)
		return err;
	kbus_limits_init();
	err = kbus_entries_init();
	if (err)
		return err;
	err = kbus_binding_init();
	if (err)
		goto err_entries;
	err = kbus_listeners_init();
	if (err)
		goto err_binding;
	err = kbus_wakes_init();
	if (err)
		goto err_listeners;
	err = register_pernet_subsys(&kbus_net_ops);
	if (err)
		goto err_wakes;
	err = netlink_register_notifier(&kbus_socket_notifier);
	if (err)
		goto err_pernet;
	kbus_run();
	return 0;

err_pernet:
	unregister_pernet_subsys(&kbus_net_ops);
err_wakes:
	kbus_wakes_exit();
err_listeners:
	kbus_listeners_exit();
err_binding:
	kbus_binding_exit();
err_entries:
	kbus_entries_exit();
	return err;
}

static void __exit kbus_exit(void)
{
	netlink_unregister_notifier(&kbus_socket_notifier);
	unregister_pernet_subsys(&kbus_net_ops);
	kbus_wakes_exit();
	kbus_listeners_exit();
	kbus_binding_exit();
	kbus_entries_exit();
	/* Wait for the objects freed with call_rcu(). */
	rcu_barrier();
}

module_init(kbus_init);
module_exit(kbus_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Publish/subscribe message bus over netlink");
MODULE_VERSION(KBUS_VERSION);
MODULE_ALIAS_NET_PF_PROTO(PF_NETLINK, KBUS_PROTOCOL);
