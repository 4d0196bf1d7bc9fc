// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory: the decrease of free memory in the whole machine, kernel included,
 * divided by the number of objects
 */
#include "crew.h"
#include "load.h"
#include "memory_free.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS 100000000

/* After as many ticks without a new message, the publisher waits for room. */
#define STUCK_TICKS 3

/* The memory of fewer messages is lost in the noise. */
#define QUEUED_MIN 1000

struct memory {
	const struct system *system;
	const struct step *step;
	atomic_uint published;
	atomic_bool receive; /* the subscriber may begin */
	unsigned int received;
};

static void tick(void)
{
	const struct timespec time = { 0, TICK_NS };

	nanosleep(&time, NULL);
}

static int be_load(void *argument, unsigned int index)
{
	struct memory *memory = argument;

	/*
	 * The first object of a kind is created before measuring, and not
	 * counted.
	 */
	if (!memory->system->subscriber(0, 0))
		return -1;
	crew_ready();
	crew_wait_go();
	if (load_apply(memory->system, &memory->step->load, 1))
		return -1;
	crew_ready();
	return 0;
}

static int be_publisher(void *argument, unsigned int index)
{
	struct memory *memory = argument;

	if (!memory->system->publisher(0))
		return -1;
	crew_ready();
	return 0;
}

static int run_load(struct memory *memory, struct figures *figures)
{
	const struct load *load = &memory->step->load;
	double before;

	if (memory->system->start(1, 1, 1, memory->step->size))
		return -1;
	crew_add_idle(be_publisher, memory, 0);
	crew_add_idle(be_load, memory, 0);
	if (crew_wait_ready())
		return -1;
	tick();
	before = memory_free();
	crew_go();
	crew_unready(1);
	if (crew_wait_ready())
		return -1;
	tick();
	figures_add(figures, "bytes",
		    (before - memory_free()) /
			    (load->subscribers + load->topics));
	return 0;
}

static int publish_all(void *argument, unsigned int index)
{
	struct memory *memory = argument;
	const struct system *system = memory->system;
	_Alignas(16) char room[SYSTEM_HEADROOM + SYSTEM_SIZE_MAX] = { 0 };
	char *data = room + SYSTEM_HEADROOM;
	void *publisher = system->publisher(0);
	unsigned int i;

	if (!publisher)
		return -1;
	crew_ready();
	crew_wait_go();
	for (i = 0; i < memory->step->messages; i++) {
		if (system->publish(publisher, data, memory->step->size))
			return -1;
		atomic_fetch_add(&memory->published, 1);
	}
	return system->flush ? system->flush(publisher) : 0;
}

static int receive_later(void *argument, unsigned int index)
{
	struct memory *memory = argument;
	void *subscriber = memory->system->subscriber(0, index);
	char buffer[SYSTEM_SIZE_MAX];
	void *data = buffer;
	ssize_t size;

	if (!subscriber)
		return -1;
	crew_ready();
	while (!atomic_load(&memory->receive))
		tick();
	while (memory->received < memory->step->messages) {
		size = memory->system->receive(
			subscriber, &data, memory->step->size,
			SYSTEM_PATIENCE_MS(memory->system));
		if (size <= 0)
			return (int)size;
		memory->received++;
	}
	return 0;
}

/* Waits until the publisher is done, or waits for room. */
static unsigned int wait_published(struct memory *memory)
{
	unsigned int ticks = 0, before = 0, now;

	do {
		tick();
		now = atomic_load(&memory->published);
		ticks = now == before ? ticks + 1 : 0;
		before = now;
	} while (now < memory->step->messages && ticks < STUCK_TICKS);
	tick();
	return now;
}

static int run_queued(struct memory *memory, struct figures *figures)
{
	const struct step *step = memory->step;
	unsigned int published;
	double before, used;

	if (memory->system->start(1, 1, step->messages, step->size))
		return -1;
	crew_add(receive_later, memory, 0);
	crew_add(publish_all, memory, 0);
	if (crew_wait_ready())
		return -1;
	before = memory_free();
	crew_go();
	published = wait_published(memory);
	used = before - memory_free();
	atomic_store(&memory->receive, true);
	if (crew_wait_done())
		return -1;
	/* If a publisher waits for room, more messages follow. */
	if (memory->received < published)
		published = memory->received;
	if (!published)
		return system_fail("nothing came");
	if (published < QUEUED_MIN)
		return 1;
	figures_add(figures, "bytes", used / published);
	figures_add(figures, "queued", published);
	figures_add(figures, "lost_percent",
		    100 * (1 - (double)memory->received / step->messages));
	return 0;
}

static int run(const struct system *system, const struct step *step,
	       struct figures *figures,
	       int (*fn)(struct memory *memory, struct figures *figures))
{
	struct memory *memory = crew_share(sizeof(*memory));
	int err;

	memory->system = system;
	memory->step = step;
	err = fn(memory, figures);
	crew_end();
	system->stop();
	return err;
}

int memory_load_run(const struct system *system, const struct step *step,
		    struct figures *figures)
{
	if (!load_is_possible(system, &step->load))
		return 1;
	return run(system, step, figures, run_load);
}

int memory_queued_run(const struct system *system, const struct step *step,
		      struct figures *figures)
{
	return run(system, step, figures, run_queued);
}
