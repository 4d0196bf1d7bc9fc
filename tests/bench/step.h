/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A step: one measurement of each system at one point, such as the fan-out to
 * 16 subscribers of messages of 64 bytes
 */
#ifndef STEP_H
#define STEP_H

#include "system.h"

#define FIGURES_MAX 8

/* The figures of a step; the main one is first. */
struct figures {
	unsigned int count;
	struct {
		const char *name; /* with the unit as suffix: "cpu_ns" */
		double value;
	} figure[FIGURES_MAX];
};

struct step;

/*
 * Measure; the system is not started yet. Return: 0; 1 if the system lacks the
 * feature; -1 after system_fail()
 */
typedef int step_fn(const struct system *system, const struct step *step,
		    struct figures *figures);

/* How the last subscriber receives. */
enum pace {
	PACE_FAST,
	PACE_SLOW, /* sleeps after each message; only the others are timed */
	PACE_HELD, /* begins when all is published, or the publisher stuck */
};

/* The subscriptions of one idle process beside the others. */
struct load {
	unsigned int subscribers; /* each to a topic of its own */
	unsigned int topics;	  /* one subscriber to all */
	unsigned int patterns;	  /* one subscriber to all */
};

/**
 * struct step - a point to measure at
 * @measure: the measure; each has a chart of its own
 * @point: the point
 * @run: the function that measures
 * @only: the systems that the step is for, separated by commas; NULL: all
 * @size: size of a message in bytes
 * @messages: number of messages from each publisher
 * @publishers: number of publishers on the topic
 * @subscribers: number of subscribers to it
 * @threads: how many of them are threads of one process; 0: each is a process
 * @warm_up: messages that each subscriber receives before it is measured, so
 *	that few messages suffice
 * @pace: how the last subscriber receives
 * @no_preemption: subscribers that are woken wait until the publisher's turn is
 *	over, as if each had a processor of its own. Otherwise the result
 *	depends on how often the scheduler preempts the publisher
 * @asks_first: the publisher asks whether the topic has receivers, and
 *	publishes only then
 * @load: the load beside them
 */
struct step {
	const char *measure;
	const char *point;
	step_fn *run;
	const char *only;
	size_t size;
	unsigned int messages;
	unsigned int publishers;
	unsigned int subscribers;
	unsigned int threads;
	unsigned int warm_up;
	enum pace pace;
	bool no_preemption;
	bool asks_first;
	struct load load;
};

step_fn latency_run;
step_fn beside_run;
step_fn fanout_run;
step_fn publish_run;
step_fn memory_queued_run;
step_fn memory_load_run;
step_fn interrupt_run;

void figures_add(struct figures *figures, const char *name, double value);

/* The steps in order; the first whose @run is NULL ends them. */
const struct step *steps_full(void);
const struct step *steps_quick(void);

#endif
