/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_DATAGRAM_H
#define _KBUS_DATAGRAM_H

#include <linux/types.h>

struct kbus_net;
struct kbus_sender;
struct sk_buff;

bool kbus_datagram_publish(struct kbus_net *kn, struct sk_buff *skb,
			   const struct kbus_sender *sender);

#endif /* _KBUS_DATAGRAM_H */
