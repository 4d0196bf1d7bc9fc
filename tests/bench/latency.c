// SPDX-License-Identifier: GPL-2.0-only
/*
 * One-way latency: half of the time for a message to another process and its
 * answer, where each wakes the other from a sleep
 */
#include "crew.h"
#include "step.h"
#include "usage.h"

#include <stdlib.h>
#include <string.h>

#define WARM_UP 100

struct ping_pong {
	const struct system *system;
	const struct step *step;
	uint64_t ns[]; /* of each round */
};

static int turn(const struct ping_pong *table, void *publisher,
		void *subscriber, char *message, bool first)
{
	const struct system *system = table->system;
	size_t size = table->step->size;
	void *received;
	int i;

	for (i = 0; i < 2; i++) {
		if (first == !i) {
			if (system->publish(publisher, message, size) ||
			    (system->flush && system->flush(publisher)))
				return -1;
			continue;
		}
		received = message;
		switch (system->receive(subscriber, &received, size,
					SYSTEM_PATIENCE_MS(system))) {
		case -1:
			return -1;
		case 0:
			return system_fail("a message did not come");
		}
	}
	return 0;
}

/* Player 0 publishes on topic 0, player 1 answers on topic 1. */
static int play(void *argument, unsigned int index)
{
	unsigned int rounds, i;
	struct ping_pong *table = argument;
	_Alignas(16) char room[SYSTEM_HEADROOM + SYSTEM_SIZE_MAX] = { 0 };
	char *message = room + SYSTEM_HEADROOM;
	void *subscriber = table->system->subscriber(!index, 0);
	void *publisher = subscriber ? table->system->publisher(index) : NULL;
	uint64_t before;

	if (!publisher)
		return -1;
	crew_ready();
	/*
	 * Both wait, so that no wait for a message includes the other's set-up.
	 */
	crew_wait_go();
	rounds = WARM_UP + table->step->messages;
	for (i = 0; i < rounds; i++) {
		before = now_ns();
		if (turn(table, publisher, subscriber, message, !index))
			return -1;
		if (!index && i >= WARM_UP)
			table->ns[i - WARM_UP] = now_ns() - before;
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a;
	const uint64_t *y = b;

	return (*x > *y) - (*x < *y);
}

static void evaluate(struct ping_pong *table, struct figures *figures)
{
	unsigned int rounds = table->step->messages;
	uint64_t *ns = table->ns;

	qsort(ns, rounds, sizeof(*ns), compare);
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
