/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_REGISTRATION_H
#define _KBUS_REGISTRATION_H

#include "backlog.h"

struct kbus_net;
struct kbus_sender;
struct kbus_subscriber;
struct netlink_ext_ack;
struct sock;

/**
 * struct kbus_subscriber_options - the options that a subscriber registers with
 * @control: port id of a socket that may send requests for it, or 0
 * @limits: limits of its backlog; 0: the default, or the maximum if less
 * @coalesce_us: how long a message may wait for others before the subscriber is
 *	woken, in microseconds; 0: not at all
 * @no_error: a notification does not set its socket in error
 */
struct kbus_subscriber_options {
	u32 control;
	struct kbus_backlog_limits limits;
	u32 coalesce_us;
	bool no_error;
};

int kbus_subscriber_register(struct kbus_net *kn, struct sock *sk, u32 portid,
			     const struct kbus_subscriber_options *options,
			     const struct kbus_sender *owner,
			     struct netlink_ext_ack *extack);
void kbus_subscriber_release(struct kbus_subscriber *sub);

#endif /* _KBUS_REGISTRATION_H */
