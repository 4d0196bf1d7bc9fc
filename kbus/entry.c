// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries: the references to messages that a backlog keeps
 */
#include "backlog.h"
#include "entry.h"
#include "message.h"

#include <linux/slab.h>
#include <net/netlink.h>

static struct kmem_cache *entry_cache;
static struct kmem_cache *keyed_cache;

/**
 * kbus_entry_new() - make an entry for a message
 * @backlog: the backlog that will hold the entry
 * @skb: the message
 *
 * Only the key is filled in; the caller fills in the rest of struct kbus_entry.
 *
 * Context: any but hard interrupt.
 * Return: the entry, for kbus_entry_free(); or NULL if the kernel is out of
 * memory.
 */
struct kbus_entry *kbus_entry_new(const struct kbus_backlog *backlog,
				  struct sk_buff *skb)
{
	const bool keyed = kbus_backlog_conflates(backlog);
	struct kbus_keyed_entry *with_key;
	struct kbus_entry *entry;

	entry = kmem_cache_alloc(keyed ? keyed_cache : entry_cache,
				 GFP_ATOMIC | __GFP_NOWARN);
	if (!entry)
		return NULL;
	entry->keyed = keyed;
	if (keyed) {
		with_key = container_of(entry, struct kbus_keyed_entry, entry);
		with_key->key = kbus_message_key(skb, &with_key->key_len);
	}
	return entry;
}

/**
 * kbus_entry_offset() - find where an entry's messages begin in its buffer
 * @entry: the entry, in a backlog or not
 *
 * The messages before that offset were taken one at a time, see
 * kbus_backlog_take_first().
 *
 * Context: any.
 * Return: the offset in bytes.
 */
u32 kbus_entry_offset(const struct kbus_entry *entry)
{
	const struct sk_buff *skb = entry->message;
	struct nlmsghdr *nlh = nlmsg_hdr(skb);
	u32 taken;

	for (taken = kbus_message_count(skb) - entry->count; taken; taken--)
		nlh = kbus_message_next(nlh);
	return (void *)nlh - (void *)skb->data;
}

/**
 * kbus_entry_free() - free an entry that left its backlog
 * @entry: the entry
 *
 * Context: any but hard interrupt.
 */
void kbus_entry_free(struct kbus_entry *entry)
{
	consume_skb(entry->message);
	kmem_cache_free(entry->keyed ? keyed_cache : entry_cache, entry);
}

/**
 * kbus_entries_free() - free entries that left their backlog
 * @entries: list of struct kbus_entry; not valid afterwards
 *
 * Context: any but hard interrupt.
 */
void kbus_entries_free(struct list_head *entries)
{
	struct kbus_entry *entry, *next;

	list_for_each_entry_safe(entry, next, entries, node)
		kbus_entry_free(entry);
}

int kbus_entries_init(void)
{
	entry_cache = KMEM_CACHE(kbus_entry, 0);
	if (!entry_cache)
		return -ENOMEM;
	keyed_cache = KMEM_CACHE(kbus_keyed_entry, 0);
	if (!keyed_cache) {
		kmem_cache_destroy(entry_cache);
		return -ENOMEM;
	}
	return 0;
}

void kbus_entries_exit(void)
{
	kmem_cache_destroy(keyed_cache);
	kmem_cache_destroy(entry_cache);
}
