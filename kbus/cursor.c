// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cursors: how far one topic has come on its way to one subscriber
 *
 * Pure, as is the backlog.
 */
#include "cursor.h"

#include <linux/kernel.h>

/**
 * kbus_cursor_init() - begin a cursor
 * @cursor: the cursor
 * @next: sequence number of the first message that it is to carry
 */
void kbus_cursor_init(struct kbus_cursor *cursor, u64 next)
{
	cursor->next = next;
	cursor->end = next;
	cursor->queued = 0;
	cursor->ended = false;
	cursor->forsaken = false;
	INIT_LIST_HEAD(&cursor->by_age);
	cursor->marker = (struct kbus_entry){ .cursor = cursor };
	INIT_LIST_HEAD(&cursor->marker.node);
}

/**
 * kbus_cursor_settled() - whether a cursor owes its subscriber nothing
 * @cursor: the cursor
 *
 * Return: true if all that was offered was handed over or reported lost.
 */
bool kbus_cursor_settled(const struct kbus_cursor *cursor)
{
	return cursor->next == cursor->end;
}

/**
 * kbus_cursor_continues() - whether a message may bypass the backlog
 * @cursor: the cursor
 * @seq: the message's sequence number
 *
 * Return: true if nothing of the cursor comes before it.
 */
bool kbus_cursor_continues(const struct kbus_cursor *cursor, u64 seq)
{
	return kbus_cursor_settled(cursor) && cursor->next == seq;
}

/**
 * kbus_cursor_pass() - note that messages bypassed the backlog
 * @cursor: a settled cursor
 * @count: how many messages
 */
void kbus_cursor_pass(struct kbus_cursor *cursor, u32 count)
{
	cursor->next += count;
	cursor->end = cursor->next;
}
