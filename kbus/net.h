/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_NET_H
#define _KBUS_NET_H

#include <linux/types.h>

struct kbus_net;
struct net;

/* The id with which net_generic() finds a namespace's struct kbus_net. */
extern unsigned int kbus_net_id;

struct kbus_net *kbus_net(struct net *net);
bool kbus_is_running(void);
void kbus_run(void);

#endif /* _KBUS_NET_H */
