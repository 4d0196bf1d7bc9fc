/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_INBOX_H
#define _KBUS_INBOX_H

#include <linux/types.h>

struct kbus_subscriber;
struct sk_buff;
struct sock;

bool kbus_inbox_admit(struct sock *sk, struct sk_buff *skb);
void kbus_inbox_put(struct kbus_subscriber *sub, struct sk_buff *skb);
bool kbus_inbox_filters(const struct sock *sk);
bool kbus_inbox_give(struct kbus_subscriber *sub, struct sk_buff *skb);
bool kbus_inbox_append(struct kbus_subscriber *sub, const struct sk_buff *skb);
bool kbus_inbox_deliver(struct kbus_subscriber *sub, struct sk_buff *skb,
			bool last);
void kbus_inbox_close(struct sock *sk);

#endif /* _KBUS_INBOX_H */
