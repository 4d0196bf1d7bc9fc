// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fan-out: publishers publish as fast as they can; subscribers check that every
 * message comes, in order
 */
#include "crew.h"
#include "load.h"
#include "usage.h"

#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#define PUBLISHERS_MAX 4

/* The sleep of a slow subscriber, and the longest hold of a held one. */
#define SLOW_NS 1000000
#define HELD_MAX_NS 2000000000

#define SETTLE_NS 30000000

/* Numbers start from 1. */
struct message {
	uint32_t publisher;
	uint32_t number;
};

struct fanout {
	const struct system *system;
	const struct step *step;
	atomic_uint publishing; /* publishers that are not done */
	atomic_uint warm;	/* messages received before it is measured */
	struct usage before;
	uint64_t begin_ns[PUBLISHERS_MAX];
	struct taken {
		uint64_t received;
		uint64_t disordered;
		uint64_t end_ns; /* when the last message came */
		uint32_t last[PUBLISHERS_MAX];
	} subscribers[];
};

static void sleep_ns(long ns)
{
	const struct timespec time = { 0, ns };

	nanosleep(&time, NULL);
}

/* Begins to measure, after the warm-up. */
static int begin_again(struct fanout *fanout, void *publisher,
		       unsigned int index)
{
	const struct system *system = fanout->system;
	const struct step *step = fanout->step;

	if (system->flush && system->flush(publisher))
		return -1;
	while (atomic_load(&fanout->warm) < step->warm_up * step->subscribers)
		sleep_ns(SLOW_NS);
	/* Time for all subscribers to sleep. */
	sleep_ns(SETTLE_NS);
	fanout->begin_ns[index] = now_ns();
	return usage_read(&fanout->before);
}

static int publish_all(void *argument, unsigned int index)
{
	struct fanout *fanout = argument;
	const struct system *system = fanout->system;
	_Alignas(16) char room[SYSTEM_HEADROOM + SYSTEM_SIZE_MAX] = { 0 };
	char *data = room + SYSTEM_HEADROOM;
	struct message message = { .publisher = index };
	unsigned int all = fanout->step->warm_up + fanout->step->messages;
	void *publisher = system->publisher(0);

	if (!publisher)
		return -1;
	crew_ready();
	crew_wait_go();
	fanout->begin_ns[index] = now_ns();
	while (message.number++ < all) {
		memcpy(data, &message, sizeof(message));
		if (system->publish(publisher, data, fanout->step->size))
			return -1;
		if (message.number == fanout->step->warm_up &&
		    begin_again(fanout, publisher, index))
			return -1;
	}
	if (system->flush && system->flush(publisher))
		return -1;
	atomic_fetch_sub(&fanout->publishing, 1);
	return 0;
}

static int wait_for_turns(void)
{
	const struct sched_param none = { 0 };

	if (sched_setscheduler(0, SCHED_BATCH, &none))
		return system_fail_errno("sched_setscheduler");
	return 0;
}

/* Ends as soon as the publishers are done; they may be waiting for this one. */
static void hold(struct fanout *fanout)
{
	uint64_t end;

	while (!*(volatile uint64_t *)&fanout->begin_ns[0])
		sleep_ns(SLOW_NS);
	end = fanout->begin_ns[0] + HELD_MAX_NS;
	while (atomic_load(&fanout->publishing) && now_ns() < end)
		sleep_ns(SLOW_NS);
}

static int take(struct fanout *fanout, struct taken *taken, const char *data,
		ssize_t size)
{
	const struct step *step = fanout->step;
	struct message message;

	memcpy(&message, data, sizeof(message));
	if ((size_t)size != step->size || message.publisher >= step->publishers)
		return system_fail("a message is damaged");
	if (message.number <= taken->last[message.publisher])
		taken->disordered++;
	taken->last[message.publisher] = message.number;
	if (message.number <= step->warm_up)
		atomic_fetch_add(&fanout->warm, 1);
	else
		taken->received++;
	taken->end_ns = now_ns();
	return 0;
}

static int receive_all(void *argument, unsigned int index)
{
	struct fanout *fanout = argument;
	const struct step *step = fanout->step;
	struct taken *taken = &fanout->subscribers[index];
	enum pace pace = index + 1 < step->subscribers ? PACE_FAST : step->pace;
	uint64_t expected = (uint64_t)step->messages * step->publishers;
	void *subscriber = fanout->system->subscriber(0, index);
	char buffer[SYSTEM_SIZE_MAX];
	ssize_t size;
	void *data;
	bool all;

	if (!subscriber || (step->no_preemption && wait_for_turns()))
		return -1;
	crew_ready();
	if (pace == PACE_HELD)
		hold(fanout);
	while (taken->received < expected) {
		/*
		 * The subscriber gives up only if publishing ended before the
		 * wait.
		 */
		all = !atomic_load(&fanout->publishing);
		data = buffer;
		size = fanout->system->receive(
			subscriber, &data, step->size,
			SYSTEM_PATIENCE_MS(fanout->system));
		if (size < 0)
			return -1;
		if (!size && all)
			break;
		if (size && take(fanout, taken, data, size))
			return -1;
		if (pace == PACE_SLOW)
			sleep_ns(SLOW_NS);
	}
	return 0;
}

static int be_load(void *argument, unsigned int index)
{
	struct fanout *fanout = argument;

	if (load_apply(fanout->system, &fanout->step->load, 1))
		return -1;
	crew_ready();
	return 0;
}

/*
 * Nanoseconds from the first publish to the last message of timed subscribers.
 */
static double elapsed(const struct fanout *fanout)
{
	const struct step *step = fanout->step;
	unsigned int count = step->subscribers - (step->pace == PACE_SLOW);
	uint64_t begin = UINT64_MAX, end = 0;
	unsigned int i;

	for (i = 0; i < step->publishers; i++)
		if (fanout->begin_ns[i] < begin)
			begin = fanout->begin_ns[i];
	for (i = 0; i < count; i++)
		if (fanout->subscribers[i].end_ns > end)
			end = fanout->subscribers[i].end_ns;
	return end > begin ? (double)(end - begin) : 1;
}

static int evaluate(const struct fanout *fanout, const struct usage *after,
		    struct figures *figures)
{
	const struct usage *before = &fanout->before;
	const struct step *step = fanout->step;
	double received = 0, counted = 0, expected, disordered = 0;
	unsigned int i;

	for (i = 0; i < step->subscribers; i++) {
		received += (double)fanout->subscribers[i].received;
		disordered += (double)fanout->subscribers[i].disordered;
		if (step->pace != PACE_SLOW || i + 1 < step->subscribers)
			counted += (double)fanout->subscribers[i].received;
	}
	if (counted == 0)
		return system_fail("nothing came");
	expected =
		(double)step->messages * step->publishers * step->subscribers;
	if (after->cpu_ns)
		figures_add(figures, "cpu_ns",
			    (double)(after->cpu_ns - before->cpu_ns) /
				    received);
	if (step->pace != PACE_HELD)
		figures_add(figures, "deliveries_per_s",
			    counted * 1e9 / elapsed(fanout));
	figures_add(figures, "switches",
		    (double)(after->switches - before->switches) / received);
	figures_add(figures, "lost_percent", 100 * (1 - received / expected));
	figures_add(figures, "disordered", disordered);
	return 0;
}

static int run(struct fanout *fanout, struct figures *figures)
{
	const struct step *step = fanout->step;
	const struct load *load = &step->load;
	unsigned int threads = step->threads ? step->threads : 1;
	struct usage after;
	unsigned int i;

	if (fanout->system->start(1, step->subscribers,
				  (step->warm_up + step->messages) *
					  step->publishers,
				  step->size))
		return -1;
	for (i = 0; i < step->subscribers; i += threads)
		crew_add_threads(receive_all, fanout, i, threads, false);
	if (load->subscribers || load->topics || load->patterns)
		crew_add_idle(be_load, fanout, 0);
	for (i = 0; i < step->publishers; i++)
		crew_add(publish_all, fanout, i);
	if (crew_wait_ready() || usage_read(&fanout->before))
		return -1;
	crew_go();
	if (crew_wait_done() || usage_read(&after))
		return -1;
	return evaluate(fanout, &after, figures);
}

int fanout_run(const struct system *system, const struct step *step,
	       struct figures *figures)
{
	struct fanout *fanout;
	int err;

	if ((step->publishers > 1 && system->one_publisher) ||
	    !load_is_possible(system, &step->load))
		return 1;
	fanout = crew_share(sizeof(*fanout) +
			    step->subscribers * sizeof(*fanout->subscribers));
	fanout->system = system;
	fanout->step = step;
	fanout->publishing = step->publishers;
	err = run(fanout, figures);
	crew_end();
	system->stop();
	return err;
}
