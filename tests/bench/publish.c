// SPDX-License-Identifier: GPL-2.0-only
/*
 * Publishing alone: the processor time of the publisher, on a topic that nobody
 * or somebody subscribes to, or on many topics in turn
 */
#include "crew.h"
#include "step.h"
#include "usage.h"

#include <sched.h>

struct publishing {
	const struct system *system;
	const struct step *step;
	uint64_t cpu_ns;
};

static uint64_t own_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int publish_one(const struct system *system, void *publisher,
		       const struct step *step, unsigned int number,
		       const void *data)
{
	if (!step->load.topics)
		return system->publish(publisher, data, step->size);
	number %= step->load.topics;
	if (step->asks_first && !system->has_receivers(publisher, number))
		return 0;
	return system->publish_on(publisher, number, data, step->size);
}

static int publish_all(void *argument, unsigned int index)
{
	struct publishing *publishing = argument;
	const struct system *system = publishing->system;
	const struct step *step = publishing->step;
	_Alignas(16) char room[SYSTEM_HEADROOM + SYSTEM_SIZE_MAX] = { 0 };
	char *data = room + SYSTEM_HEADROOM;
	unsigned int topics = step->load.topics;
	void *publisher =
		topics ? system->publisher_of(topics) : system->publisher(0);
	uint64_t before;
	unsigned int i;

	if (!publisher)
		return -1;
	crew_ready();
	crew_wait_go();
	/* The first message on each topic finds the topic. */
	for (i = 0; i < (topics ? topics : 1); i++)
		if (publish_one(system, publisher, step, i, data))
			return -1;
	before = own_ns();
	for (i = 0; i < step->messages; i++)
		if (publish_one(system, publisher, step, i, data))
			return -1;
	if (system->flush && system->flush(publisher))
		return -1;
	publishing->cpu_ns = own_ns() - before;
	return 0;
}

static int receive_all(void *argument, unsigned int index)
{
	const struct publishing *publishing = argument;
	const struct system *system = publishing->system;
	const struct sched_param none = { 0 };
	void *subscriber = system->subscriber(0, index);
	char buffer[SYSTEM_SIZE_MAX];
	void *data;

	if (!subscriber)
		return -1;
	if (sched_setscheduler(0, SCHED_BATCH, &none))
		return system_fail_errno("sched_setscheduler");
	crew_ready();
	do
		data = buffer;
	while (system->receive(subscriber, &data, publishing->step->size,
			       SYSTEM_PATIENCE_MS(system)) >= 0);
	return -1;
}

static int run(struct publishing *publishing)
{
	const struct step *step = publishing->step;
	unsigned int i;

	if (publishing->system->start(1, step->subscribers, step->messages + 1,
				      step->size))
		return -1;
	for (i = 0; i < step->subscribers; i++)
		crew_add_idle(receive_all, publishing, i);
	crew_add(publish_all, publishing, 0);
	if (crew_wait_ready())
		return -1;
	crew_go();
	return crew_wait_done();
}

int publish_run(const struct system *system, const struct step *step,
		struct figures *figures)
{
	struct publishing *publishing;
	int err;

	if ((step->load.topics && !system->publish_on) ||
	    (step->asks_first && !system->has_receivers))
		return 1;
	publishing = crew_share(sizeof(*publishing));
	publishing->system = system;
	publishing->step = step;
	err = run(publishing);
	if (!err)
		figures_add(figures, "publisher_ns",
			    (double)publishing->cpu_ns / step->messages);
	crew_end();
	system->stop();
	return err;
}
