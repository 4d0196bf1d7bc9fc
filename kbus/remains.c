// SPDX-License-Identifier: GPL-2.0-only
/*
 * What remains in a backlog of cursors that have ended
 *
 * A cursor whose topic was deleted, or is not subscribed to any more, stays until
 * its last message and loss are handed over. How many there are is up to who
 * creates topics: a subscriber for which they are too many has the backlog
 * forsake some, of which one number is left for all together.
 *
 * And what remains of a backlog whose subscriber is gone.
 *
 * Pure, as is the backlog.
 */
#include "backlog.h"
#include "conflation.h"
#include "cursor.h"
#include "entry.h"
#include "remains.h"

#include <linux/kernel.h>

/**
 * kbus_cursor_age() - put a cursor that has ended where it is found when it is to go
 * @backlog: the backlog
 * @cursor: the cursor, of which an entry or gap has left the backlog; if more is to
 *	be offered, nothing is done
 */
void kbus_cursor_age(struct kbus_backlog *backlog, struct kbus_cursor *cursor)
{
	if (!cursor->ended || cursor->queued)
		return;
	list_del_init(&cursor->by_age);
	if (cursor->forsaken)
		list_add_tail(&cursor->by_age, &backlog->spent);
	else if (!kbus_cursor_settled(cursor))
		list_add_tail(&cursor->by_age, &backlog->ended);
}

/**
 * kbus_backlog_end() - note that nothing more of a cursor will be offered
 * @backlog: the backlog
 * @cursor: the cursor
 */
void kbus_backlog_end(struct kbus_backlog *backlog, struct kbus_cursor *cursor)
{
	cursor->ended = true;
	kbus_cursor_age(backlog, cursor);
}

/**
 * kbus_backlog_ended() - find a cursor to forsake
 * @backlog: the backlog
 *
 * Return: of those that have ended, and owe a loss and no message, the one that
 * has been so for longest; or NULL.
 */
struct kbus_cursor *kbus_backlog_ended(struct kbus_backlog *backlog)
{
	return list_first_entry_or_null(&backlog->ended, struct kbus_cursor,
					by_age);
}

/**
 * kbus_backlog_forsake() - give up what there is of a cursor
 * @backlog: the backlog
 * @cursor: the cursor, which has ended
 *
 * Its messages are lost, and no more is told of its losses than how many they
 * are, together with those of other such cursors. Its entries stay until they are
 * taken or dropped, so that this takes no time; they count as no messages.
 */
void kbus_backlog_forsake(struct kbus_backlog *backlog,
			  struct kbus_cursor *cursor)
{
	backlog->forsaken.messages += cursor->end - cursor->next;
	backlog->forsaken.cursors++;
	backlog->lost += cursor->queued;
	backlog->messages -= cursor->queued;
	list_del_init(&cursor->marker.node);
	cursor->next = cursor->end;
	cursor->forsaken = true;
	kbus_cursor_age(backlog, cursor);
}

/**
 * kbus_backlog_spent() - take a cursor of which there is nothing left
 * @backlog: the backlog
 *
 * Return: a forsaken cursor, which the backlog does not refer to any more, or
 * NULL.
 */
struct kbus_cursor *kbus_backlog_spent(struct kbus_backlog *backlog)
{
	struct kbus_cursor *cursor;

	cursor = list_first_entry_or_null(&backlog->spent, struct kbus_cursor,
					  by_age);
	if (cursor)
		list_del_init(&cursor->by_age);
	return cursor;
}

/**
 * kbus_backlog_cut() - take all at once out of a backlog
 * @backlog: the backlog; empty afterwards
 * @rest: becomes a backlog of all that was in it, for kbus_backlog_purge()
 */
void kbus_backlog_cut(struct kbus_backlog *backlog, struct kbus_backlog *rest)
{
	*rest = *backlog;
	INIT_LIST_HEAD(&rest->entries);
	INIT_LIST_HEAD(&rest->lossy);
	INIT_LIST_HEAD(&rest->ended);
	INIT_LIST_HEAD(&rest->spent);
	list_splice_tail_init(&backlog->entries, &rest->entries);
	list_splice_tail_init(&backlog->lossy, &rest->lossy);
	list_splice_tail_init(&backlog->ended, &rest->ended);
	list_splice_tail_init(&backlog->spent, &rest->spent);
	kbus_conflation_init(&backlog->conflation);
	backlog->forsaken = (struct kbus_forsaken){};
	backlog->messages = 0;
	backlog->bytes = 0;
}

/**
 * kbus_backlog_purge() - empty a backlog whose subscriber is gone
 * @backlog: the backlog; its cursors are settled afterwards
 * @dropped: list that receives all entries, for the caller to free
 */
void kbus_backlog_purge(struct kbus_backlog *backlog,
			struct list_head *dropped)
{
	struct kbus_entry *entry, *next;

	list_splice_tail_init(&backlog->lossy, &backlog->entries);
	list_for_each_entry_safe(entry, next, &backlog->entries, node) {
		entry->cursor->queued = 0;
		entry->cursor->next = entry->cursor->end;
		list_del_init(&entry->cursor->by_age);
		if (!entry->count)
			list_del_init(&entry->node);
	}
	list_splice_tail_init(&backlog->entries, dropped);
	kbus_conflation_init(&backlog->conflation);
	backlog->messages = 0;
	backlog->bytes = 0;
}
