/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_ENTRY_H
#define _KBUS_ENTRY_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

struct kbus_backlog;
struct kbus_cursor;
struct sk_buff;

/**
 * struct kbus_entry - reference to a message or batch in a backlog
 * @node: in kbus_backlog.entries
 * @cursor: the message's cursor
 * @message: the message; the backlog does not look at it
 * @seq: sequence number of the first message that it holds
 * @bytes: memory that counts against the backlog's limit in bytes
 * @count: number of messages that it holds; 0: this is a cursor's marker
 * @replayed: its messages come from the topic's history
 * @keyed: it is part of a struct kbus_keyed_entry
 */
struct kbus_entry {
	struct list_head node;
	struct kbus_cursor *cursor;
	void *message;
	u64 seq;
	u32 bytes;
	u16 count;
	bool replayed;
	bool keyed;
};

/**
 * struct kbus_keyed_entry - entry of a backlog whose policy is KBUS_CONFLATE
 * @entry: the entry
 * @latest: in kbus_conflation.latest if @is_latest
 * @superseded: in kbus_conflation.superseded otherwise
 * @is_latest: no later message has its cursor and key
 * @key_len: length of @key
 * @key: the message's key; lives as long as the message
 */
struct kbus_keyed_entry {
	struct kbus_entry entry;
	union {
		struct rb_node latest;
		struct list_head superseded;
	};
	bool is_latest;
	u8 key_len;
	const void *key;
};

struct kbus_entry *kbus_entry_new(const struct kbus_backlog *backlog,
				  struct sk_buff *skb);
u32 kbus_entry_offset(const struct kbus_entry *entry);
void kbus_entry_free(struct kbus_entry *entry);
void kbus_entries_free(struct list_head *entries);
int kbus_entries_init(void);
void kbus_entries_exit(void);

#endif /* _KBUS_ENTRY_H */
