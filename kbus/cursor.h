/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_CURSOR_H
#define _KBUS_CURSOR_H

#include "entry.h"

/**
 * struct kbus_cursor - how far a binding has come
 * @next: first sequence number neither delivered nor reported lost
 * @end: one past the last sequence number offered
 * @queued: number of messages of this cursor in the backlog
 * @ended: no more messages will be offered
 * @forsaken: it has ended, and all that it owed, including its messages in the
 *	backlog, is counted as lost in kbus_backlog.forsaken
 * @by_age: in kbus_backlog.ended or .spent, or empty
 * @marker: marks a loss that no entry of the cursor follows: in
 *	kbus_backlog.lossy if the loss precedes all entries, otherwise at its
 *	position among them
 */
struct kbus_cursor {
	u64 next;
	u64 end;
	u32 queued;
	bool ended;
	bool forsaken;
	struct list_head by_age;
	struct kbus_entry marker;
};

void kbus_cursor_init(struct kbus_cursor *cursor, u64 next);
bool kbus_cursor_settled(const struct kbus_cursor *cursor);
bool kbus_cursor_continues(const struct kbus_cursor *cursor, u64 seq);
void kbus_cursor_pass(struct kbus_cursor *cursor, u32 count);

#endif /* _KBUS_CURSOR_H */
