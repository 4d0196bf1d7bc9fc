// SPDX-License-Identifier: GPL-2.0-only
/*
 * Beside a large topic: ping-pong between two processes, while another
 * publishes on a topic with many subscribers
 *
 * The two have priority over all others, so they wait only while the kernel
 * does not let them run: it cannot be preempted, or a lock is held. Subscribers
 * of the large topic have the lowest priority, so they do not delay the next
 * message. A round is due at a fixed time, and timed from then on: if one is
 * late, so are those that were due in the meantime.
 */
#include "crew.h"
#include "latency.h"
#include "step.h"
#include "usage.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#define WARM_UP 100

#define PERIOD_NS 500000

/* The publisher's pauses are as many times as long as its last message took. */
#define PAUSES 2

#define LARGE 2 /* the topic */

struct beside {
	const struct system *system;
	const struct step *step;
	atomic_bool over;
	/* When the last message was published; end_ns is 0 until then. */
	_Atomic uint64_t begin_ns, end_ns;
	unsigned int met; /* rounds that were due while it was */
	uint64_t ns[];	  /* of each round */
};

static int set_policy(int policy)
{
	const struct sched_param priority = {
		.sched_priority = policy == SCHED_FIFO,
	};

	if (sched_setscheduler(0, policy, &priority))
		return system_fail_errno("sched_setscheduler");
	return 0;
}

static void sleep_until(uint64_t ns)
{
	const struct timespec time = {
		.tv_sec = (time_t)(ns / 1000000000),
		.tv_nsec = (long)(ns % 1000000000),
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) ==
	       EINTR)
		;
}

static bool is_publishing_at(struct beside *beside, uint64_t ns)
{
	uint64_t end = atomic_load(&beside->end_ns);

	return ns >= atomic_load(&beside->begin_ns) && (!end || ns < end);
}

static int ping(void *argument, unsigned int index)
{
	struct beside *beside = argument;
	const struct step *step = beside->step;
	struct player player = { 0 };
	uint64_t due;
	unsigned int i;

	if (player_set_up(&player, beside->system, step->size, 0) ||
	    set_policy(SCHED_FIFO))
		return -1;
	crew_ready();
	crew_wait_go();
	due = now_ns();
	for (i = 0; i < WARM_UP + step->messages; i++) {
		due += PERIOD_NS;
		sleep_until(due);
		if (i >= WARM_UP)
			beside->met += is_publishing_at(beside, due);
		if (player_turn(&player, true))
			return -1;
		if (i >= WARM_UP)
			beside->ns[i - WARM_UP] = now_ns() - due;
	}
	atomic_store(&beside->over, true);
	return 0;
}

static int pong(void *argument, unsigned int index)
{
	struct beside *beside = argument;
	const struct step *step = beside->step;
	struct player player = { 0 };
	unsigned int i;

	if (player_set_up(&player, beside->system, step->size, 1) ||
	    set_policy(SCHED_FIFO))
		return -1;
	crew_ready();
	crew_wait_go();
	for (i = 0; i < WARM_UP + step->messages; i++)
		if (player_turn(&player, false))
			return -1;
	return 0;
}

static int publish_large(void *argument, unsigned int index)
{
	struct beside *beside = argument;
	const struct system *system = beside->system;
	_Alignas(16) char room[SYSTEM_HEADROOM + SYSTEM_SIZE_MAX] = { 0 };
	void *publisher = system->publisher(LARGE);
	uint64_t begin, end;

	if (!publisher)
		return -1;
	crew_ready();
	crew_wait_go();
	while (!atomic_load(&beside->over)) {
		begin = now_ns();
		atomic_store(&beside->begin_ns, begin);
		atomic_store(&beside->end_ns, 0);
		if (system->publish(publisher, room + SYSTEM_HEADROOM,
				    beside->step->size) ||
		    (system->flush && system->flush(publisher)))
			return -1;
		end = now_ns();
		atomic_store(&beside->end_ns, end);
		sleep_until(end + PAUSES * (end - begin));
	}
	return 0;
}

static int receive_large(void *argument, unsigned int index)
{
	struct beside *beside = argument;
	const struct system *system = beside->system;
	void *subscriber = system->subscriber(LARGE, index);
	char buffer[SYSTEM_SIZE_MAX];
	void *data;

	if (!subscriber || set_policy(SCHED_IDLE))
		return -1;
	crew_ready();
	do
		data = buffer;
	while (system->receive(subscriber, &data, beside->step->size, -1) >= 0);
	return -1;
}

static void evaluate(struct beside *beside, struct figures *figures)
{
	unsigned int rounds = beside->step->messages;
	uint64_t *ns = beside->ns;

	qsort(ns, rounds, sizeof(*ns), latency_compare);
	figures_add(figures, "p99.9_ns", (double)ns[rounds * 999UL / 1000]);
	figures_add(figures, "p99_ns", (double)ns[rounds * 99 / 100]);
	figures_add(figures, "p50_ns", (double)ns[rounds / 2]);
	figures_add(figures, "while publishing %",
		    100.0 * beside->met / rounds);
}

static int run(struct beside *beside)
{
	const struct step *step = beside->step;
	unsigned int i;

	if (beside->system->start(LARGE + 1, step->subscribers,
				  WARM_UP + step->messages, step->size))
		return -1;
	for (i = 0; i < step->subscribers; i += step->threads)
		crew_add_threads(receive_large, beside, i, step->threads, true);
	crew_add(publish_large, beside, 0);
	crew_add(ping, beside, 0);
	crew_add(pong, beside, 0);
	if (crew_wait_ready())
		return -1;
	crew_go();
	return crew_wait_done();
}

int beside_run(const struct system *system, const struct step *step,
	       struct figures *figures)
{
	struct beside *beside;
	int err;

	beside = crew_share(sizeof(*beside) +
			    step->messages * sizeof(*beside->ns));
	beside->system = system;
	beside->step = step;
	err = run(beside);
	if (!err)
		evaluate(beside, figures);
	crew_end();
	system->stop();
	return err;
}
