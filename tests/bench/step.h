/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A step: what is measured of each system at one point, such as the fan-out to
 * 16 subscribers of messages of 64 bytes
 */
#ifndef STEP_H
#define STEP_H

#include "system.h"

#define FIGURES_MAX 8

/* What a step found, the one that counts first. */
struct figures {
	unsigned int count;
	struct {
		const char *name; /* the unit last: "cpu_ns" */
		double value;
	} figure[FIGURES_MAX];
};

struct step;

/*
 * Measure; the system is not started yet. Return: 0; 1 where the system has no
 * such thing; -1 after system_fail()
 */
typedef int step_fn(const struct system *system, const struct step *step,
		    struct figures *figures);

/* How the last subscriber receives. */
enum pace {
	PACE_FAST,
	PACE_SLOW, /* sleeps after each message; the others are what counts */
	PACE_HELD, /* begins when all is published, or the publisher stuck */
};

/* What one idle process, beside the others, subscribes to. */
struct load {
	unsigned int subscribers; /* each to a topic of its own */
	unsigned int topics;	  /* one subscriber to all */
	unsigned int patterns;	  /* one subscriber to all */
};

/**
 * struct step - a point to measure at
 * @measure: what is measured, a chart of its own
 * @point: where
 * @run: how
 * @only: the system that it is for; its variants too; NULL: all
 * @size: of a message in bytes
 * @messages: how many each publisher publishes
 * @publishers: how many publish on the topic
 * @subscribers: how many subscribe to it
 * @pace: how the last of them receives
 * @no_preemption: subscribers who are woken wait until the publisher's turn is
 *	over, as if each had a processor of its own; which would else depend on
 *	how much either has run before
 * @load: beside them
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
	enum pace pace;
	bool no_preemption;
	struct load load;
};

step_fn latency_run;
step_fn fanout_run;
step_fn memory_queued_run;
step_fn memory_load_run;
step_fn interrupt_run;

void figures_add(struct figures *figures, const char *name, double value);

/* The steps in their order, up to one whose @run is NULL. */
const struct step *steps_full(void);
const struct step *steps_quick(void);

#endif
