// SPDX-License-Identifier: GPL-2.0-only
/*
 * The backlog: a bounded queue of references to messages
 *
 * A subscriber's messages of all topics wait here in order of publication. The
 * sequence numbers of a topic have no holes, so dropped messages need no record
 * of their own: a cursor keeps the first number that it still owes its
 * subscriber. If the cursor's next entry begins at a later number, the numbers
 * in between were lost. The gap record is due
 *
 *   - before the cursor's next entry, or
 *   - if the cursor has no later entry, at the position of the loss, which the
 *     cursor's marker keeps. The position matters because the queue may also
 *     hold entries of an earlier or later topic of the same name, and the two
 *     topics must not be mixed up. Messages dropped from the front were lost
 *     before all entries. A message that did not fit was lost after the entries
 *     queued at that time.
 *
 * An overflow policy therefore only chooses the entry to drop, and
 *
 *	offered = delivered + reported + waiting + (end - next - waiting)
 *
 * always holds. The last term is the loss that has not been reported yet. The
 * terms count messages, not entries: an entry may hold several messages of one
 * topic.
 *
 * This code takes no locks (the caller holds them), frees nothing (dropped
 * entries are returned to the caller in a list) and does not look into
 * messages.
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

/* An earlier loss of the cursor keeps its position. */
static void mark_loss(struct kbus_cursor *cursor, struct list_head *place)
{
	struct kbus_entry *marker = &cursor->marker;

	if (list_empty(&marker->node))
		list_add_tail(&marker->node, place);
}

/**
 * kbus_backlog_init() - set up an empty backlog
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
 * kbus_backlog_set_quota() - set how much of its limits a backlog may use
 * @backlog: the backlog
 * @quota: at most the limits; copied. If room is ever reserved in the backlog,
 *	any single message that fits the limits must also fit the quota while
 *	the backlog is empty.
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

/* Like fits_empty(), but against the quota instead of the limits. */
static bool is_possible(const struct kbus_backlog *backlog, u32 count,
			u32 bytes)
{
	return count <= backlog->quota.messages &&
	       bytes <= backlog->quota.bytes;
}

/**
 * kbus_backlog_wants() - check whether messages need a larger quota
 * @backlog: the backlog
 * @count: number of messages
 * @bytes: memory of the messages
 *
 * Return: true if they do not fit and the quota is below the limits.
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
 * kbus_backlog_takes_batch() - check whether a batch may become one entry
 * @backlog: the backlog
 * @count: number of messages in the batch
 * @bytes: memory of the batch
 *
 * An entry is dropped as a unit, so a batch may be at most one of
 * %KBUS_BATCH_PART parts of the backlog's limits.
 *
 * Return: true if the batch may become one entry.
 */
bool kbus_backlog_takes_batch(const struct kbus_backlog *backlog, u32 count,
			      u32 bytes)
{
	return !kbus_backlog_conflates(backlog) &&
	       count <= backlog->limits.messages / KBUS_BATCH_PART &&
	       bytes <= backlog->limits.bytes / KBUS_BATCH_PART;
}

/*
 * Returns the oldest entry. Moves the markers before it to the lossy list,
 * because the caller takes that entry out of the queue.
 */
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

/* Drops one entry, chosen by the policy. The backlog has at least one entry. */
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
		/*
		 * A superseded entry is followed by a later entry of its
		 * cursor. If that is the one about to be queued, queueing it
		 * removes the marker again.
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
 * @entry: the message; owned by the backlog until it is returned in @dropped
 *	or taken
 * @dropped: list that receives the dropped entries, which may include @entry;
 *	the caller frees them
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
	/* Drop nothing for a message that would not fit an empty backlog. */
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
	/* An earlier loss is reported before this entry and needs no marker. */
	list_del_init(&cursor->marker.node);
	return true;
}

/**
 * kbus_backlog_reserve() - reserve room for messages to be pushed later
 * @backlog: the backlog
 * @count: number of messages
 * @bytes: memory of the messages
 *
 * Messages that would not fit an empty backlog reserve nothing, because waiting
 * for room would be useless. They may be pushed, and are lost then.
 *
 * Return: true if the messages may be pushed, after a call of
 * kbus_backlog_unreserve(); false if there is no room now.
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
 * kbus_backlog_unreserve() - release reserved room
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
 * kbus_backlog_lose() - record the loss of messages that got no entry
 * @backlog: the backlog
 * @cursor: their cursor
 * @seq: sequence number of the first message
 * @count: number of messages
 */
void kbus_backlog_lose(struct kbus_backlog *backlog, struct kbus_cursor *cursor,
		       u64 seq, u64 count)
{
	cursor->end = seq + count;
	backlog->lost += count;
	mark_loss(cursor, &backlog->entries);
}

/**
 * kbus_backlog_peek() - find the item to hand over next
 * @backlog: the backlog
 *
 * Return: the item, valid until the backlog changes. The caller may pass it to
 * kbus_backlog_take() or leave it in the backlog.
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
 * @item: the item that kbus_backlog_peek() returned; afterwards the caller owns
 *	the entry of a KBUS_ITEM_MESSAGE or KBUS_ITEM_DEAD
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
 * @item: the KBUS_ITEM_MESSAGE that kbus_backlog_peek() returned
 *
 * The other messages of the same entry keep their position.
 *
 * Return: the entry, owned by the caller, if this was its last message; or
 * NULL.
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
