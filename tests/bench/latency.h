/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ping-pong: one message to another process, and one back
 */
#ifndef LATENCY_H
#define LATENCY_H

#include "system.h"

#include <stdint.h>

/**
 * struct player - one of the two
 * @system: the system
 * @publisher: publishes this player's messages
 * @subscriber: receives those of the other
 * @size: size of a message in bytes
 * @room: the message, after SYSTEM_HEADROOM bytes
 */
struct player {
	const struct system *system;
	void *publisher;
	void *subscriber;
	size_t size;
	_Alignas(16) char room[SYSTEM_HEADROOM + SYSTEM_SIZE_MAX];
};

/*
 * Player @index publishes on topic @index; player 0 begins. Return: 0, or -1
 * after system_fail().
 */
int player_set_up(struct player *player, const struct system *system,
		  size_t size, unsigned int index);

/* Publish first and then receive, or the other way round. */
int player_turn(struct player *player, bool first);

/* For qsort(). */
int latency_compare(const void *a, const void *b);

#endif
