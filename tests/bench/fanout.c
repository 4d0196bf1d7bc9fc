// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fan-out: publishers publish as fast as they can, subscribers check that every
 * message comes, in order
 */
#include "crew.h"
#include "step.h"
#include "usage.h"

#include <stdatomic.h>
#include <string.h>

#define PUBLISHERS_MAX 4

/* How long nothing may come, once all is published, until it counts as lost. */
#define SILENCE_MS 500

/* Numbers start from 1. */
struct message {
	uint32_t publisher;
	uint32_t number;
};

struct fanout {
	const struct system *system;
	const struct step *step;
	atomic_uint publishing; /* publishers that are not done */
	uint64_t begin_ns[PUBLISHERS_MAX];
	struct {
		uint64_t received;
		uint64_t disordered;
		uint64_t end_ns; /* when the last message came */
	} subscribers[];
};

static int publish_all(void *argument, unsigned int index)
{
	struct fanout *fanout = argument;
	const struct system *system = fanout->system;
	char data[SYSTEM_SIZE_MAX] = { 0 };
	struct message message = { .publisher = index };
	void *publisher = system->publisher(0);

	if (!publisher)
		return -1;
	crew_ready();
	crew_wait_go();
	fanout->begin_ns[index] = now_ns();
	while (message.number++ < fanout->step->messages) {
		memcpy(data, &message, sizeof(message));
		if (system->publish(publisher, data, fanout->step->size))
			return -1;
	}
	if (system->flush && system->flush(publisher))
		return -1;
	atomic_fetch_sub(&fanout->publishing, 1);
	return 0;
}

static int receive_all(void *argument, unsigned int index)
{
	struct fanout *fanout = argument;
	const struct step *step = fanout->step;
	uint64_t received = 0, expected, disordered = 0;
	uint32_t last[PUBLISHERS_MAX] = { 0 };
	char data[SYSTEM_SIZE_MAX];
	struct message message;
	void *subscriber = fanout->system->subscriber(0, index);
	ssize_t size;

	if (!subscriber)
		return -1;
	crew_ready();
	expected = (uint64_t)step->messages * step->publishers;
	while (received < expected) {
		size = fanout->system->receive(subscriber, data, step->size,
					       SILENCE_MS);
		if (size < 0)
			return -1;
		if (!size && !atomic_load(&fanout->publishing))
			break;
		if (!size)
			continue;
		memcpy(&message, data, sizeof(message));
		if ((size_t)size != step->size ||
		    message.publisher >= step->publishers)
			return system_fail("a message is damaged");
		if (message.number <= last[message.publisher])
			disordered++;
		last[message.publisher] = message.number;
		received++;
		fanout->subscribers[index].end_ns = now_ns();
	}
	fanout->subscribers[index].received = received;
	fanout->subscribers[index].disordered = disordered;
	return 0;
}

static int evaluate(const struct fanout *fanout, const struct usage *before,
		    const struct usage *after, struct figures *figures)
{
	const struct step *step = fanout->step;
	uint64_t begin = UINT64_MAX, end = 0, disordered = 0;
	double received = 0, expected;
	unsigned int i;

	for (i = 0; i < step->publishers; i++)
		if (fanout->begin_ns[i] < begin)
			begin = fanout->begin_ns[i];
	for (i = 0; i < step->subscribers; i++) {
		received += (double)fanout->subscribers[i].received;
		disordered += fanout->subscribers[i].disordered;
		if (fanout->subscribers[i].end_ns > end)
			end = fanout->subscribers[i].end_ns;
	}
	if (received == 0)
		return system_fail("nothing came");
	expected =
		(double)step->messages * step->publishers * step->subscribers;
	figures_add(figures, "cpu_ns",
		    (double)(after->cpu_ns - before->cpu_ns) / received);
	figures_add(figures, "deliveries_per_s",
		    received * 1e9 / (double)(end - begin));
	figures_add(figures, "switches",
		    (double)(after->switches - before->switches) / received);
	figures_add(figures, "lost_percent", 100 * (1 - received / expected));
	figures_add(figures, "disordered", (double)disordered);
	return 0;
}

static int run(struct fanout *fanout, struct figures *figures)
{
	const struct step *step = fanout->step;
	struct usage before, after;
	unsigned int i;

	if (fanout->system->start(1, step->subscribers,
				  step->messages * step->publishers,
				  step->size))
		return -1;
	for (i = 0; i < step->subscribers; i++)
		crew_add(receive_all, fanout, i);
	for (i = 0; i < step->publishers; i++)
		crew_add(publish_all, fanout, i);
	if (crew_wait_ready() || usage_read(&before))
		return -1;
	crew_go();
	if (crew_wait_done() || usage_read(&after))
		return -1;
	return evaluate(fanout, &before, &after, figures);
}

int fanout_run(const struct system *system, const struct step *step,
	       struct figures *figures)
{
	struct fanout *fanout;
	int err;

	if (step->publishers > 1 && system->one_publisher)
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
