// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tracks: how far one topic has come on its way to one subscriber
 *
 * Pure, as is the backlog.
 */
#include "track.h"

#include <linux/kernel.h>

/**
 * kbus_track_init() - begin a track
 * @track: the track
 * @next: sequence number of the first message that it is to carry
 */
void kbus_track_init(struct kbus_track *track, u64 next)
{
	track->next = next;
	track->end = next;
	track->queued = 0;
	track->ended = false;
	track->forsaken = false;
	INIT_LIST_HEAD(&track->by_age);
	track->marker = (struct kbus_entry){ .track = track };
	INIT_LIST_HEAD(&track->marker.node);
}

/**
 * kbus_track_settled() - whether a track owes its subscriber nothing
 * @track: the track
 *
 * Return: true if all that was offered was handed over or reported lost.
 */
bool kbus_track_settled(const struct kbus_track *track)
{
	return track->next == track->end;
}

/**
 * kbus_track_continues() - whether a message may bypass the backlog
 * @track: the track
 * @seq: the message's sequence number
 *
 * Return: true if nothing of the track comes before it.
 */
bool kbus_track_continues(const struct kbus_track *track, u64 seq)
{
	return kbus_track_settled(track) && track->next == seq;
}

/**
 * kbus_track_pass() - note that messages bypassed the backlog
 * @track: a settled track
 * @count: how many messages
 */
void kbus_track_pass(struct kbus_track *track, u32 count)
{
	track->next += count;
	track->end = track->next;
}
