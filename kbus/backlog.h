/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_BACKLOG_H
#define _KBUS_BACKLOG_H

#include "conflation.h"

#include <linux/list.h>
#include <linux/types.h>
#include <uapi/linux/kbus.h>

struct kbus_track;

/**
 * struct kbus_entry - reference to a message in a backlog
 * @node: in kbus_backlog.entries
 * @track: the message's track
 * @message: the message; the backlog does not look at it
 * @seq: first sequence number that it holds
 * @bytes: what it counts against the limit in bytes
 * @count: how many messages it holds; 0: this is a track's marker
 * @replayed: they come from the topic's history
 * @keyed: it is part of a struct kbus_keyed_entry
 */
struct kbus_entry {
	struct list_head node;
	struct kbus_track *track;
	void *message;
	u64 seq;
	u32 bytes;
	u16 count;
	bool replayed;
	bool keyed;
};

/**
 * struct kbus_keyed_entry - entry of a backlog that conflates
 * @entry: the entry
 * @latest: in kbus_conflation.latest if @is_latest
 * @superseded: in kbus_conflation.superseded otherwise
 * @is_latest: no later message has its track and key
 * @key_len: length of @key
 * @key: what the message is about; lives as long as the message
 */
struct kbus_keyed_entry {
	struct kbus_entry entry;
	union {
		struct rb_node latest;
		struct list_head superseded;
	};
	bool is_latest;
	u8 key_len;
	const void *key;
};

/**
 * struct kbus_track - how far one topic has come on its way to one subscriber
 * @next: first sequence number neither handed over nor reported lost
 * @end: one past the last sequence number offered
 * @queued: messages of this track in the backlog
 * @ended: no more will be offered
 * @forsaken: it has ended, and its subscriber is told of all it had in
 *	kbus_backlog.forsaken, what is in the backlog included
 * @by_age: in kbus_backlog.ended or .spent, or empty
 * @marker: stands for a loss that no entry of the track comes after: in
 *	kbus_backlog.lossy if it goes before all entries, or in its place among
 *	them
 */
struct kbus_track {
	u64 next;
	u64 end;
	u32 queued;
	bool ended;
	bool forsaken;
	struct list_head by_age;
	struct kbus_entry marker;
};

struct kbus_backlog_limits {
	u32 messages;
	u32 bytes;
	enum kbus_overflow overflow;
};

/* Of its limits, what it may use now: see kbus_backlog_grant(). */
struct kbus_backlog_grant {
	u32 messages;
	u32 bytes;
};

/* What is lost of tracks of which no more is known than how many they were. */
struct kbus_forsaken {
	u64 messages;
	u32 tracks;
};

struct kbus_backlog {
	struct list_head entries;	/* oldest first, markers among them */
	struct list_head lossy;		/* markers, before all entries */
	struct list_head ended;		/* tracks that owe a loss alone */
	struct list_head spent;		/* forsaken tracks without entries */
	struct kbus_forsaken forsaken;	/* before all others */
	struct kbus_conflation conflation;	/* if the policy is that */
	struct kbus_backlog_limits limits;
	struct kbus_backlog_grant granted;
	u32 messages;
	u32 bytes;
	u32 reserved_messages;		/* see kbus_backlog_reserve() */
	u32 reserved_bytes;
	u64 lost;			/* ever */
};

/* Whether its entries are to be struct kbus_keyed_entry. */
static inline bool kbus_backlog_conflates(const struct kbus_backlog *backlog)
{
	return backlog->limits.overflow == KBUS_CONFLATE;
}

/* Whether there is room for so many more messages, of so many bytes together. */
static inline bool kbus_backlog_fits(const struct kbus_backlog *backlog,
				     u32 count, u32 bytes)
{
	const struct kbus_backlog_grant *granted = &backlog->granted;

	return (u64)backlog->messages + backlog->reserved_messages + count <=
		       granted->messages &&
	       (u64)backlog->bytes + backlog->reserved_bytes + bytes <=
		       granted->bytes;
}

/* Whether half of what it may hold is there, of messages or of bytes. */
static inline bool kbus_backlog_is_half_full(const struct kbus_backlog *backlog)
{
	const struct kbus_backlog_limits *limits = &backlog->limits;

	return backlog->messages >= limits->messages / 2 ||
	       backlog->bytes >= limits->bytes / 2;
}

/* What a backlog has to hand over next. */
enum kbus_item_kind {
	KBUS_ITEM_NONE,
	KBUS_ITEM_GAP,
	KBUS_ITEM_MESSAGE,
	KBUS_ITEM_FORSAKEN,		/* all of kbus_backlog.forsaken */
	KBUS_ITEM_DEAD,			/* an entry of a forsaken track */
};

struct kbus_item {
	enum kbus_item_kind kind;
	struct kbus_track *track;	/* but of KBUS_ITEM_FORSAKEN */
	struct kbus_entry *entry;	/* KBUS_ITEM_MESSAGE, KBUS_ITEM_DEAD */
	u64 first, last;		/* KBUS_ITEM_GAP */
	struct kbus_forsaken forsaken;	/* KBUS_ITEM_FORSAKEN */
};

/* backlog.c */
void kbus_track_init(struct kbus_track *track, u64 next);
bool kbus_track_settled(const struct kbus_track *track);
bool kbus_track_continues(const struct kbus_track *track, u64 seq);
void kbus_track_pass(struct kbus_track *track, u32 count);

void kbus_backlog_init(struct kbus_backlog *backlog,
		       const struct kbus_backlog_limits *limits);
void kbus_backlog_grant(struct kbus_backlog *backlog,
			const struct kbus_backlog_grant *granted);
bool kbus_backlog_wants(const struct kbus_backlog *backlog, u32 count,
			u32 bytes);
bool kbus_backlog_takes_pack(const struct kbus_backlog *backlog, u32 count,
			     u32 bytes);
bool kbus_backlog_push(struct kbus_backlog *backlog, struct kbus_entry *entry,
		       struct list_head *dropped);
bool kbus_backlog_reserve(struct kbus_backlog *backlog, u32 count, u32 bytes);
void kbus_backlog_unreserve(struct kbus_backlog *backlog, u32 count,
			    u32 bytes);
void kbus_backlog_lose(struct kbus_backlog *backlog, struct kbus_track *track,
		       u64 seq, u64 count);
struct kbus_item kbus_backlog_peek(const struct kbus_backlog *backlog);
void kbus_backlog_take(struct kbus_backlog *backlog,
		       const struct kbus_item *item);
struct kbus_entry *kbus_backlog_take_first(struct kbus_backlog *backlog,
					   const struct kbus_item *item);

/* remains.c */
void kbus_track_age(struct kbus_backlog *backlog, struct kbus_track *track);
void kbus_backlog_end(struct kbus_backlog *backlog, struct kbus_track *track);
struct kbus_track *kbus_backlog_ended(struct kbus_backlog *backlog);
void kbus_backlog_forsake(struct kbus_backlog *backlog,
			  struct kbus_track *track);
struct kbus_track *kbus_backlog_spent(struct kbus_backlog *backlog);
void kbus_backlog_cut(struct kbus_backlog *backlog, struct kbus_backlog *rest);
void kbus_backlog_purge(struct kbus_backlog *backlog,
			struct list_head *dropped);

#endif /* _KBUS_BACKLOG_H */
