/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the benchmarks share
 */
#ifndef BENCH_H
#define BENCH_H

#include "bus.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline void check(struct bus *bus, int err)
{
	if (!err)
		return;
	fprintf(stderr, "bench: %s\n", bus_strerror(bus, err));
	exit(1);
}

static inline struct bus *open_bus(void)
{
	struct bus *bus;

	check(NULL, bus_open(&bus));
	return bus;
}

static inline double cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* For qsort(). */
static inline int compare(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;

	return (*x > *y) - (*x < *y);
}

#endif
