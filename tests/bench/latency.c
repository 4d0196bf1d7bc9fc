// SPDX-License-Identifier: GPL-2.0-only
/*
 * One-way latency: half of the time for a message to another process and its
 * answer, where each wakes the other from a sleep
 */
#include "latency.h"

#include "crew.h"
#include "step.h"
#include "usage.h"

#include <stdlib.h>

#define WARM_UP 100

struct ping_pong {
	const struct system *system;
	const struct step *step;
	uint64_t ns[]; /* of each round */
};

int player_set_up(struct player *player, const struct system *system,
		  size_t size, unsigned int index)
{
	player->system = system;
	player->size = size;
	player->subscriber = system->subscriber(!index, 0);
	if (!player->subscriber)
		return -1;
	player->publisher = system->publisher(index);
	return player->publisher ? 0 : -1;
}

static int send_one(struct player *player)
{
	const struct system *system = player->system;

	if (system->publish(player->publisher, player->room + SYSTEM_HEADROOM,
			    player->size))
		return -1;
	return system->flush ? system->flush(player->publisher) : 0;
}

static int await_one(struct player *player)
{
	const struct system *system = player->system;
	void *received = player->room + SYSTEM_HEADROOM;
	ssize_t n = system->receive(player->subscriber, &received, player->size,
				    SYSTEM_PATIENCE_MS(system));

	if (!n)
		return system_fail("a message did not come");
	return n < 0 ? -1 : 0;
}

int player_turn(struct player *player, bool first)
{
	if (first)
		return send_one(player) || await_one(player) ? -1 : 0;
	return await_one(player) || send_one(player) ? -1 : 0;
}

/* Player 0 publishes on topic 0, player 1 answers on topic 1. */
static int play(void *argument, unsigned int index)
{
	struct ping_pong *table = argument;
	struct player player = { 0 };
	unsigned int rounds, i;
	uint64_t before;

	if (player_set_up(&player, table->system, table->step->size, index))
		return -1;
	crew_ready();
	/*
	 * Both wait, so that no wait for a message includes the other's set-up.
	 */
	crew_wait_go();
	rounds = WARM_UP + table->step->messages;
	for (i = 0; i < rounds; i++) {
		before = now_ns();
		if (player_turn(&player, !index))
			return -1;
		if (!index && i >= WARM_UP)
			table->ns[i - WARM_UP] = now_ns() - before;
	}
	return 0;
}

int latency_compare(const void *a, const void *b)
{
	const uint64_t *x = a;
	const uint64_t *y = b;

	return (*x > *y) - (*x < *y);
}

static void evaluate(struct ping_pong *table, struct figures *figures)
{
	unsigned int rounds = table->step->messages;
	uint64_t *ns = table->ns;

	qsort(ns, rounds, sizeof(*ns), latency_compare);
	figures_add(figures, "p50_ns", (double)ns[rounds / 2] / 2);
	figures_add(figures, "p99_ns", (double)ns[rounds * 99 / 100] / 2);
	figures_add(figures, "p99.9_ns", (double)ns[rounds * 999UL / 1000] / 2);
}

int latency_run(const struct system *system, const struct step *step,
		struct figures *figures)
{
	struct ping_pong *table;
	int err;

	table = crew_share(sizeof(*table) + step->messages * sizeof(uint64_t));
	table->system = system;
	table->step = step;
	err = system->start(2, 1, WARM_UP + step->messages, step->size);
	if (!err) {
		crew_add(play, table, 0);
		crew_add(play, table, 1);
		err = crew_wait_ready();
	}
	if (!err) {
		crew_go();
		err = crew_wait_done();
	}
	if (!err)
		evaluate(table, figures);
	crew_end();
	system->stop();
	return err;
}
