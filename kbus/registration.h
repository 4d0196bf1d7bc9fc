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
 * struct kbus_subscriber_options - what a subscriber asks for
 * @control: port id of a socket that may speak for it, or 0
 * @limits: of its backlog
 * @coalesce_us: for so long a message may wait for others before it is called, in
 *	microseconds; 0: not at all
 * @no_error: its socket is not set in error to call it
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
