/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_HISTORY_H
#define _KBUS_HISTORY_H

#include <linux/skbuff.h>
#include <linux/types.h>

struct kbus_settings;
struct kbus_topic;
struct kbus_user;
struct netlink_ext_ack;

/**
 * struct kbus_history - a topic's last messages
 * @messages: oldest first, without holes up to the last message, except for
 *	lost ones; the list's own lock is not used
 * @bytes: kernel memory that @messages take
 * @quota: part of the limit in bytes that is charged to @user
 * @user: the account; the topic holds the reference
 * @limits: how much to keep
 * @limits.messages: number of messages; 0: no history
 * @limits.bytes: bytes of kernel memory
 */
struct kbus_history {
	struct sk_buff_head messages;
	u32 bytes;
	u32 quota;
	struct kbus_user *user;
	struct {
		u32 messages;
		u32 bytes;
	} limits;
};

int kbus_history_check(const struct kbus_settings *settings, u32 messages,
		       u32 bytes, struct netlink_ext_ack *extack);
int kbus_history_init(struct kbus_history *history,
		      const struct kbus_settings *settings,
		      struct kbus_user *user, u32 messages, u32 bytes,
		      struct netlink_ext_ack *extack);
void kbus_history_keep(struct kbus_history *history, struct sk_buff *skb);
struct sk_buff *kbus_history_last(struct kbus_history *history, u32 *count);
void kbus_history_end(struct kbus_topic *topic);

#endif /* _KBUS_HISTORY_H */
