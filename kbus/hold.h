/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holding kbus_net.lock: which request has it, and for how long
 */
#ifndef _KBUS_HOLD_H
#define _KBUS_HOLD_H

#include <linux/types.h>

struct cred;
struct kbus_net;
struct kbus_user;
struct kbus_walk;
struct mutex;

struct kbus_user *kbus_net_lock(struct kbus_net *kn, const struct cred *cred);
void kbus_net_unlock(struct kbus_net *kn, struct kbus_user *turn);
void kbus_net_pause(struct kbus_net *kn);
void kbus_net_pause_walk(struct kbus_net *kn, struct kbus_walk *walk);
int kbus_net_claim(struct kbus_net *kn, struct mutex *changes, bool killable);

#endif /* _KBUS_HOLD_H */
