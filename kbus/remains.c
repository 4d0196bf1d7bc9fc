// SPDX-License-Identifier: GPL-2.0-only
/*
 * What remains in a backlog of tracks that have ended
 *
 * A track whose topic was deleted, or is not subscribed to any more, stays until
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
#include "entry.h"
#include "remains.h"
#include "track.h"

#include <linux/kernel.h>

/**
 * kbus_track_age() - put a track that has ended where it is found when it is to go
 * @backlog: the backlog
 * @track: the track, of which an entry or gap has left the backlog; if more is to
 *	be offered, nothing is done
 */
void kbus_track_age(struct kbus_backlog *backlog, struct kbus_track *track)
{
	if (!track->ended || track->queued)
		return;
	list_del_init(&track->by_age);
	if (track->forsaken)
		list_add_tail(&track->by_age, &backlog->spent);
	else if (!kbus_track_settled(track))
		list_add_tail(&track->by_age, &backlog->ended);
}

/**
 * kbus_backlog_end() - note that nothing more of a track will be offered
 * @backlog: the backlog
 * @track: the track
 */
void kbus_backlog_end(struct kbus_backlog *backlog, struct kbus_track *track)
{
	track->ended = true;
	kbus_track_age(backlog, track);
}

/**
 * kbus_backlog_ended() - find a track to forsake
 * @backlog: the backlog
 *
 * Return: of those that have ended, and owe a loss and no message, the one that
 * has been so for longest; or NULL.
 */
struct kbus_track *kbus_backlog_ended(struct kbus_backlog *backlog)
{
	return list_first_entry_or_null(&backlog->ended, struct kbus_track,
					by_age);
}

/**
 * kbus_backlog_forsake() - give up what there is of a track
 * @backlog: the backlog
 * @track: the track, which has ended
 *
 * Its messages are lost, and no more is told of its losses than how many they
 * are, together with those of other such tracks. Its entries stay until they are
 * taken or dropped, so that this takes no time; they count as no messages.
 */
void kbus_backlog_forsake(struct kbus_backlog *backlog,
			  struct kbus_track *track)
{
	backlog->forsaken.messages += track->end - track->next;
	backlog->forsaken.tracks++;
	backlog->lost += track->queued;
	backlog->messages -= track->queued;
	list_del_init(&track->marker.node);
	track->next = track->end;
	track->forsaken = true;
	kbus_track_age(backlog, track);
}

/**
 * kbus_backlog_spent() - take a track of which there is nothing left
 * @backlog: the backlog
 *
 * Return: a forsaken track, which the backlog does not refer to any more, or
 * NULL.
 */
struct kbus_track *kbus_backlog_spent(struct kbus_backlog *backlog)
{
	struct kbus_track *track;

	track = list_first_entry_or_null(&backlog->spent, struct kbus_track,
					 by_age);
	if (track)
		list_del_init(&track->by_age);
	return track;
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
 * @backlog: the backlog; its tracks are settled afterwards
 * @dropped: list that receives all entries, for the caller to free
 */
void kbus_backlog_purge(struct kbus_backlog *backlog,
			struct list_head *dropped)
{
	struct kbus_entry *entry, *next;

	list_splice_tail_init(&backlog->lossy, &backlog->entries);
	list_for_each_entry_safe(entry, next, &backlog->entries, node) {
		entry->track->queued = 0;
		entry->track->next = entry->track->end;
		list_del_init(&entry->track->by_age);
		if (!entry->count)
			list_del_init(&entry->node);
	}
	list_splice_tail_init(&backlog->entries, dropped);
	kbus_conflation_init(&backlog->conflation);
	backlog->messages = 0;
	backlog->bytes = 0;
}
