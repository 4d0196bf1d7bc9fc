/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_REMAINS_H
#define _KBUS_REMAINS_H

#include <linux/types.h>

struct kbus_backlog;
struct kbus_cursor;

void kbus_cursor_age(struct kbus_backlog *backlog, struct kbus_cursor *cursor);
void kbus_backlog_end(struct kbus_backlog *backlog, struct kbus_cursor *cursor);
struct kbus_cursor *kbus_backlog_ended(struct kbus_backlog *backlog);
void kbus_backlog_forsake(struct kbus_backlog *backlog,
			  struct kbus_cursor *cursor);
struct kbus_cursor *kbus_backlog_spent(struct kbus_backlog *backlog);
void kbus_backlog_cut(struct kbus_backlog *backlog, struct kbus_backlog *rest);
void kbus_backlog_purge(struct kbus_backlog *backlog,
			struct list_head *dropped);

#endif /* _KBUS_REMAINS_H */
