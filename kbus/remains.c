// SPDX-License-Identifier: GPL-2.0-only
/*
 * Remains: what is left in a backlog of cursors that have ended
 *
 * A cursor whose topic was deleted, or is no longer subscribed to, stays until
 * its last message and loss are handed over. The number of such cursors depends
 * on the users that create topics. If a subscriber has too many, its backlog
 * forsakes some, and keeps one sum of the losses of all of them.
 *
 * This file also empties a backlog whose subscriber is gone.
 *
 * Like the backlog, it takes no locks and frees no memory.
 */
#include "backlog.h"
#include "conflation.h"
#include "cursor.h"
#include "entry.h"
#include "remains.h"

#include <linux/kernel.h>

/**
 * kbus_cursor_age() - move an ended cursor to the list that it is now due in
 * @backlog: the backlog
 * @cursor: the cursor, of which an entry or gap has left the backlog; nothing
 *	is done if it has not ended or still has messages in the backlog
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
 * kbus_backlog_end() - note that a cursor will be offered nothing more
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
 * Return: the cursor that for the longest time has been ended and has owed a
 * loss but no message; or NULL.
 */
struct kbus_cursor *kbus_backlog_ended(struct kbus_backlog *backlog)
{
	return list_first_entry_or_null(&backlog->ended, struct kbus_cursor,
					by_age);
}

/**
 * kbus_backlog_forsake() - give up the messages and losses of a cursor
 * @backlog: the backlog
 * @cursor: the cursor, which has ended
 *
 * The cursor's messages are lost. Of its losses only the number is reported, in
 * one sum with other forsaken cursors. Its entries stay until they are taken or
 * dropped, so that this takes constant time. They no longer count as messages.
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
 * kbus_backlog_spent() - take a cursor that has nothing left
 * @backlog: the backlog
 *
 * Return: a forsaken cursor, to which the backlog no longer refers, or NULL.
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
 * kbus_backlog_cut() - move the whole contents out of a backlog at once
 * @backlog: the backlog; empty afterwards
 * @rest: becomes a backlog with these contents, for kbus_backlog_purge()
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
 * @dropped: receives all entries, for the caller to free
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
