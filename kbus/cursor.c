// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cursors: how far a binding has come
 *
 * Like the backlog, this code takes no locks and allocates no memory.
 */
#include "cursor.h"

#include <linux/kernel.h>

/**
 * kbus_cursor_init() - set up a cursor
 * @cursor: the cursor
 * @next: sequence number of the first message that its binding will carry
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
 * kbus_cursor_settled() - check whether a cursor owes its subscriber nothing
 * @cursor: the cursor
 *
 * Return: true if all messages offered were delivered or reported lost.
 */
bool kbus_cursor_settled(const struct kbus_cursor *cursor)
{
	return cursor->next == cursor->end;
}

/**
 * kbus_cursor_continues() - check whether a message may bypass the backlog
 * @cursor: the cursor
 * @seq: the message's sequence number
 *
 * Return: true if the cursor owes nothing that precedes the message.
 */
bool kbus_cursor_continues(const struct kbus_cursor *cursor, u64 seq)
{
	return kbus_cursor_settled(cursor) && cursor->next == seq;
}

/**
 * kbus_cursor_pass() - record that messages bypassed the backlog
 * @cursor: a settled cursor
 * @count: number of messages
 */
void kbus_cursor_pass(struct kbus_cursor *cursor, u32 count)
{
	cursor->next += count;
	cursor->end = cursor->next;
}
