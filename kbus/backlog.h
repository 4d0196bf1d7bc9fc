/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_BACKLOG_H
#define _KBUS_BACKLOG_H

#include "conflation.h"

#include <linux/list.h>
#include <linux/types.h>
#include <uapi/linux/kbus.h>

struct kbus_entry;
struct kbus_cursor;

/* A batch may take one of this many parts of a backlog's limits. */
#define KBUS_BATCH_PART 8

/*
 * A backlog of this many messages or more takes a full batch as one entry, and
 * lets small messages share buffers in its socket.
 */
#define KBUS_BACKLOG_LONG 1000

struct kbus_backlog_limits {
	u32 messages;
	u32 bytes;
	enum kbus_overflow overflow;
};

/* How much of its limits a backlog may use, see kbus_backlog_set_quota(). */
struct kbus_backlog_quota {
	u32 messages;
	u32 bytes;
};

/* Losses of forsaken cursors, for which only these totals are kept. */
struct kbus_forsaken {
	u64 messages;
	u32 cursors;
};

struct kbus_backlog {
	struct list_head entries;	/* oldest first, markers among them */
	struct list_head lossy;		/* markers, before all entries */
	struct list_head ended;		/* ended cursors that owe only a loss */
	struct list_head spent;		/* forsaken cursors without entries */
	struct kbus_forsaken forsaken;	/* handed over before all else */
	struct kbus_conflation conflation;	/* for KBUS_CONFLATE only */
	struct kbus_backlog_limits limits;
	struct kbus_backlog_quota quota;
	u32 messages;
	u32 bytes;
	u32 reserved_messages;		/* see kbus_backlog_reserve() */
	u32 reserved_bytes;
	u64 lost;			/* total number of lost messages */
};

/* Whether the backlog's entries must be struct kbus_keyed_entry. */
static inline bool kbus_backlog_conflates(const struct kbus_backlog *backlog)
{
	return backlog->limits.overflow == KBUS_CONFLATE;
}

/* Whether @count more messages of @bytes bytes in total fit the quota now. */
static inline bool kbus_backlog_fits(const struct kbus_backlog *backlog,
				     u32 count, u32 bytes)
{
	const struct kbus_backlog_quota *quota = &backlog->quota;

	return (u64)backlog->messages + backlog->reserved_messages + count <=
		       quota->messages &&
	       (u64)backlog->bytes + backlog->reserved_bytes + bytes <=
		       quota->bytes;
}

/* Whether messages or bytes have reached half of their limit. */
static inline bool kbus_backlog_is_half_full(const struct kbus_backlog *backlog)
{
	const struct kbus_backlog_limits *limits = &backlog->limits;

	return backlog->messages >= limits->messages / 2 ||
	       backlog->bytes >= limits->bytes / 2;
}

/* The kinds of items that a backlog hands over. */
enum kbus_item_kind {
	KBUS_ITEM_NONE,
	KBUS_ITEM_GAP,
	KBUS_ITEM_MESSAGE,
	KBUS_ITEM_FORSAKEN, /* the totals in kbus_backlog.forsaken */
	KBUS_ITEM_DEAD,	    /* an entry of a forsaken cursor */
};

struct kbus_item {
	enum kbus_item_kind kind;
	struct kbus_cursor *cursor;	/* KBUS_ITEM_GAP, _MESSAGE, _DEAD */
	struct kbus_entry *entry;	/* KBUS_ITEM_MESSAGE, KBUS_ITEM_DEAD */
	u64 first, last;		/* KBUS_ITEM_GAP */
	struct kbus_forsaken forsaken;	/* KBUS_ITEM_FORSAKEN */
};

void kbus_backlog_init(struct kbus_backlog *backlog,
		       const struct kbus_backlog_limits *limits);
void kbus_backlog_set_quota(struct kbus_backlog *backlog,
			    const struct kbus_backlog_quota *quota);
bool kbus_backlog_wants(const struct kbus_backlog *backlog, u32 count,
			u32 bytes);
bool kbus_backlog_takes_batch(const struct kbus_backlog *backlog, u32 count,
			      u32 bytes);
bool kbus_backlog_push(struct kbus_backlog *backlog, struct kbus_entry *entry,
		       struct list_head *dropped);
bool kbus_backlog_reserve(struct kbus_backlog *backlog, u32 count, u32 bytes);
void kbus_backlog_unreserve(struct kbus_backlog *backlog, u32 count, u32 bytes);
void kbus_backlog_lose(struct kbus_backlog *backlog, struct kbus_cursor *cursor,
		       u64 seq, u64 count);
struct kbus_item kbus_backlog_peek(const struct kbus_backlog *backlog);
void kbus_backlog_take(struct kbus_backlog *backlog,
		       const struct kbus_item *item);
struct kbus_entry *kbus_backlog_take_first(struct kbus_backlog *backlog,
					   const struct kbus_item *item);

#endif /* _KBUS_BACKLOG_H */
