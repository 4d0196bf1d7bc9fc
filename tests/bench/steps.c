// SPDX-License-Identifier: GPL-2.0-only
/*
 * The steps of a full benchmark, and of a quick one
 *
 * As many messages as give a figure in a guest that is emulated, and no more.
 */
#include "step.h"

#define LATENCY(point, size, rounds)                              \
	{                                                         \
		"latency", point, latency_run, 1, 1, size, rounds \
	}
#define FANOUT(point, publishers, subscribers, size, messages)               \
	{                                                                    \
		"fan-out", point, fanout_run, publishers, subscribers, size, \
			messages                                             \
	}

static const struct step full[] = {
	LATENCY("64 B", 64, 5000),
	LATENCY("16 KiB", 16384, 2000),
	FANOUT("1 to 1, 64 B", 1, 1, 64, 10000),
	FANOUT("1 to 4, 64 B", 1, 4, 64, 2500),
	FANOUT("1 to 16, 64 B", 1, 16, 64, 700),
	FANOUT("1 to 100, 64 B", 1, 100, 64, 150),
	FANOUT("1 to 1, 1 KiB", 1, 1, 1024, 8000),
	FANOUT("1 to 4, 1 KiB", 1, 4, 1024, 2500),
	FANOUT("1 to 16, 1 KiB", 1, 16, 1024, 700),
	FANOUT("1 to 100, 1 KiB", 1, 100, 1024, 150),
	FANOUT("1 to 1, 16 KiB", 1, 1, 16384, 3000),
	FANOUT("1 to 4, 16 KiB", 1, 4, 16384, 1000),
	FANOUT("1 to 16, 16 KiB", 1, 16, 16384, 300),
	FANOUT("1 to 100, 16 KiB", 1, 100, 16384, 60),
	FANOUT("4 to 4, 64 B", 4, 4, 64, 1000),
	{ 0 },
};

static const struct step quick[] = {
	LATENCY("64 B", 64, 1000),
	FANOUT("1 to 1, 64 B", 1, 1, 64, 3000),
	FANOUT("1 to 16, 64 B", 1, 16, 64, 300),
	FANOUT("1 to 16, 16 KiB", 1, 16, 16384, 100),
	{ 0 },
};

const struct step *steps_full(void)
{
	return full;
}

const struct step *steps_quick(void)
{
	return quick;
}
