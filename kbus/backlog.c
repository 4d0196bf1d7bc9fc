// SPDX-License-Identifier: GPL-2.0-only
/*
 * The backlog: a bounded queue of references to messages
 *
 * One subscriber's messages of all its topics wait here in the order of their
 * publication. The sequence numbers of a topic have no holes, so that nobody
 * has to write down what an overflow drops: a cursor remembers the first number
 * that it still owes its subscriber, and where the next entry begins later
 * than that, the numbers between are the loss. The gap record falls due
 *
 *   - before the cursor's next entry, or
 *   - if no entry of the cursor comes after it, in the place where it was lost,
 *     which the cursor's marker keeps: a topic's predecessor and successor of
 *     the same name may have entries in the queue, too, and must not be mixed
 *     up. What is dropped from the front was lost before all entries; what did
 *     not fit, after those queued then.
 *
 * Thus every policy is only a choice of the entry to drop and
 *
 *	offered = handed over + reported + (end - next - waiting)
 *
 * holds by construction. Messages, not entries, are counted: an entry may
 * hold several of one topic.
 *
 * Not here: locks (the caller's), memory (what is dropped goes back to the
 * caller in a list), and what a message is.
 */
#include "backlog.h"
#include "conflation.h"
#include "cursor.h"
#include "entry.h"
#include "remains.h"

#include <linux/kernel.h>

static bool is_marker(const struct kbus_entry *entry)
{
	return !entry->count;
}

/* A loss that has its place already keeps it. */
static void mark_loss(struct kbus_cursor *cursor, struct list_head *place)
{
	struct kbus_entry *marker = &cursor->marker;

	if (list_empty(&marker->node))
		list_add_tail(&marker->node, place);
}

/**
 * kbus_backlog_init() - make an empty backlog
 * @backlog: the backlog
 * @limits: its limits, each at least 1; copied
 */
void kbus_backlog_init(struct kbus_backlog *backlog,
		       const struct kbus_backlog_limits *limits)
{
	INIT_LIST_HEAD(&backlog->entries);
	INIT_LIST_HEAD(&backlog->lossy);
	INIT_LIST_HEAD(&backlog->ended);
	INIT_LIST_HEAD(&backlog->spent);
	backlog->forsaken = (struct kbus_forsaken){};
	kbus_conflation_init(&backlog->conflation);
	backlog->limits = *limits;
	backlog->quota.messages = limits->messages;
	backlog->quota.bytes = limits->bytes;
	backlog->messages = 0;
	backlog->bytes = 0;
	backlog->reserved_messages = 0;
	backlog->reserved_bytes = 0;
	backlog->lost = 0;
}

/**
 * kbus_backlog_set_quota() - say how much of its limits a backlog may use
 * @backlog: the backlog
 * @quota: as much as its limits, or less; where room is reserved, any single
 *	message that fits the limits fits, if nothing else is there. Copied.
 */
void kbus_backlog_set_quota(struct kbus_backlog *backlog,
			    const struct kbus_backlog_quota *quota)
{
	backlog->quota = *quota;
}

static struct kbus_keyed_entry *keyed_entry(struct kbus_entry *entry)
{
	return container_of(entry, struct kbus_keyed_entry, entry);
}

static void unlink_entry(struct kbus_backlog *backlog,
			 struct kbus_entry *entry)
{
	list_del(&entry->node);
	if (kbus_backlog_conflates(backlog))
		kbus_conflation_remove(&backlog->conflation, keyed_entry(entry));
	entry->cursor->queued -= entry->count;
	if (!entry->cursor->forsaken)
		backlog->messages -= entry->count;
	backlog->bytes -= entry->bytes;
}

static bool fits_empty(const struct kbus_backlog *backlog, u32 count,
		       u32 bytes)
{
	return count <= backlog->limits.messages &&
	       bytes <= backlog->limits.bytes;
}

/* Of what it may use now. */
static bool is_possible(const struct kbus_backlog *backlog, u32 count,
			u32 bytes)
{
	return count <= backlog->quota.messages &&
	       bytes <= backlog->quota.bytes;
}

/**
 * kbus_backlog_wants() - whether messages need more than the quota
 * @backlog: the backlog
 * @count: how many messages
 * @bytes: what they take
 *
 * Return: true if they do not fit, and the limits would allow more.
 */
bool kbus_backlog_wants(const struct kbus_backlog *backlog, u32 count,
			u32 bytes)
{
	const struct kbus_backlog_quota *quota = &backlog->quota;

	return (quota->messages < backlog->limits.messages ||
		quota->bytes < backlog->limits.bytes) &&
	       !kbus_backlog_fits(backlog, count, bytes);
}

/**
 * kbus_backlog_takes_batch() - whether a batch may be one entry
 * @backlog: the backlog
 * @count: number of its messages
 * @bytes: memory of the batch
 *
 * An entry is dropped as a unit, so a batch must be small compared with the
 * backlog's limits.
 *
 * Return: true if so.
 */
bool kbus_backlog_takes_batch(const struct kbus_backlog *backlog, u32 count,
			      u32 bytes)
{
	return !kbus_backlog_conflates(backlog) &&
	       count <= backlog->limits.messages / 8 &&
	       bytes <= backlog->limits.bytes / 8;
}

/* The oldest entry; markers before it now go before all entries. */
static struct kbus_entry *oldest_entry(struct kbus_backlog *backlog)
{
	struct kbus_entry *entry;

	entry = list_first_entry(&backlog->entries, struct kbus_entry, node);
	while (is_marker(entry)) {
		list_del(&entry->node);
		list_add_tail(&entry->node, &backlog->lossy);
		entry = list_first_entry(&backlog->entries, struct kbus_entry,
					 node);
	}
	return entry;
}

/* Drops what the policy says; there is at least one entry. */
static void drop_entry(struct kbus_backlog *backlog, struct list_head *dropped)
{
	struct kbus_entry *entry = NULL;

	if (kbus_backlog_conflates(backlog))
		entry = kbus_conflation_superseded(&backlog->conflation);
	if (!entry)
		entry = oldest_entry(backlog);
	unlink_entry(backlog, entry);
	list_add_tail(&entry->node, dropped);
	if (!entry->cursor->forsaken) {
		backlog->lost += entry->count;
		/* What was superseded has a later one of its cursor behind it,
		 * if only the one that is about to be queued.
		 */
		if (!entry->cursor->queued)
			mark_loss(entry->cursor, &backlog->lossy);
	}
	kbus_cursor_age(backlog, entry->cursor);
}

static bool drops_queued(const struct kbus_backlog *backlog)
{
	return backlog->limits.overflow == KBUS_DROP_OLDEST ||
	       kbus_backlog_conflates(backlog);
}

/**
 * kbus_backlog_push() - offer a message to a backlog
 * @backlog: the backlog
 * @entry: the message; owned by the backlog until it comes back in @dropped
 *	or is taken
 * @dropped: list that receives the entries given up, perhaps @entry itself,
 *	for the caller to free
 *
 * Return: true if @entry was queued, false if it is among the dropped.
 */
bool kbus_backlog_push(struct kbus_backlog *backlog, struct kbus_entry *entry,
		       struct list_head *dropped)
{
	struct kbus_cursor *cursor = entry->cursor;
	bool possible = is_possible(backlog, entry->count, entry->bytes);

	if (possible && kbus_backlog_conflates(backlog))
		kbus_conflation_add(&backlog->conflation, keyed_entry(entry));
	/* Others are not dropped for what would not fit without them. */
	if (possible && drops_queued(backlog))
		while (!kbus_backlog_fits(backlog, entry->count, entry->bytes))
			drop_entry(backlog, dropped);

	if (!kbus_backlog_fits(backlog, entry->count, entry->bytes)) {
		list_add_tail(&entry->node, dropped);
		kbus_backlog_lose(backlog, cursor, entry->seq, entry->count);
		return false;
	}

	list_add_tail(&entry->node, &backlog->entries);
	backlog->messages += entry->count;
	backlog->bytes += entry->bytes;
	cursor->queued += entry->count;
	cursor->end = entry->seq + entry->count;
	/* What was lost before is reported before it. */
	list_del_init(&cursor->marker.node);
	return true;
}

/**
 * kbus_backlog_reserve() - keep room for messages that are about to come
 * @backlog: the backlog
 * @count: how many messages
 * @bytes: what they take
 *
 * What would not fit an empty backlog has no room to wait for: it may come,
 * and be lost, and takes nobody's room till then.
 *
 * Return: true, and kbus_backlog_unreserve() is due before they are pushed;
 * or false if there is no room now.
 */
bool kbus_backlog_reserve(struct kbus_backlog *backlog, u32 count, u32 bytes)
{
	if (!fits_empty(backlog, count, bytes))
		return true;
	if (!kbus_backlog_fits(backlog, count, bytes))
		return false;
	backlog->reserved_messages += count;
	backlog->reserved_bytes += bytes;
	return true;
}

/**
 * kbus_backlog_unreserve() - give back what was reserved
 * @backlog: the backlog
 * @count: as reserved
 * @bytes: as reserved
 */
void kbus_backlog_unreserve(struct kbus_backlog *backlog, u32 count, u32 bytes)
{
	if (!fits_empty(backlog, count, bytes))
		return;
	backlog->reserved_messages -= count;
	backlog->reserved_bytes -= bytes;
}

/**
 * kbus_backlog_lose() - note messages that got no entry
 * @backlog: the backlog
 * @cursor: their cursor
 * @seq: sequence number of the first
 * @count: how many
 */
void kbus_backlog_lose(struct kbus_backlog *backlog, struct kbus_cursor *cursor,
		       u64 seq, u64 count)
{
	cursor->end = seq + count;
	backlog->lost += count;
	mark_loss(cursor, &backlog->entries);
}

/**
 * kbus_backlog_peek() - what is to be handed over next
 * @backlog: the backlog
 *
 * Return: the item, for kbus_backlog_take() or to be left where it is; valid
 * until the backlog changes.
 */
struct kbus_item kbus_backlog_peek(const struct kbus_backlog *backlog)
{
	struct kbus_item item = { .kind = KBUS_ITEM_NONE };
	const struct list_head *list = &backlog->lossy;

	if (backlog->forsaken.cursors) {
		item.kind = KBUS_ITEM_FORSAKEN;
		item.forsaken = backlog->forsaken;
		return item;
	}
	if (list_empty(list))
		list = &backlog->entries;
	if (list_empty(list))
		return item;
	item.entry = list_first_entry(list, struct kbus_entry, node);
	item.cursor = item.entry->cursor;
	if (item.cursor->forsaken) {
		item.kind = KBUS_ITEM_DEAD;
		return item;
	}
	item.first = item.cursor->next;
	item.last =
		(is_marker(item.entry) ? item.cursor->end : item.entry->seq) -
		1;
	item.kind = item.first <= item.last ? KBUS_ITEM_GAP :
					      KBUS_ITEM_MESSAGE;
	return item;
}

/**
 * kbus_backlog_take() - take an item out of its backlog
 * @backlog: the backlog
 * @item: what kbus_backlog_peek() returned; the entry of a message is the
 *	caller's from now on
 */
void kbus_backlog_take(struct kbus_backlog *backlog,
		       const struct kbus_item *item)
{
	struct kbus_cursor *cursor = item->cursor;

	switch (item->kind) {
	case KBUS_ITEM_NONE:
		return;
	case KBUS_ITEM_FORSAKEN:
		backlog->forsaken = (struct kbus_forsaken){};
		return;
	case KBUS_ITEM_GAP:
		cursor->next = item->last + 1;
		if (is_marker(item->entry))
			list_del_init(&item->entry->node);
		break;
	case KBUS_ITEM_MESSAGE:
		unlink_entry(backlog, item->entry);
		cursor->next = item->entry->seq + item->entry->count;
		break;
	case KBUS_ITEM_DEAD:
		unlink_entry(backlog, item->entry);
		break;
	}
	kbus_cursor_age(backlog, cursor);
}

/**
 * kbus_backlog_take_first() - take one message out of its backlog
 * @backlog: the backlog
 * @item: what kbus_backlog_peek() returned: a message
 *
 * The other messages of the same entry keep their place.
 *
 * Return: the entry, owned by the caller, if that was its last message; or NULL.
 */
struct kbus_entry *kbus_backlog_take_first(struct kbus_backlog *backlog,
					   const struct kbus_item *item)
{
	struct kbus_entry *entry = item->entry;

	if (entry->count == 1) {
		kbus_backlog_take(backlog, item);
		return entry;
	}
	entry->seq++;
	entry->count--;
	entry->cursor->next = entry->seq;
	entry->cursor->queued--;
	backlog->messages--;
	return NULL;
}
