/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the benchmarks
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

/*
 * Microseconds for each publish on "bench/here", which @sub receives. The
 * bursts are small enough for its socket, so that it stays LIVE.
 */
static inline double publish_us(struct bus *bus, struct bus *sub)
{
	enum { BURSTS = 40, BURST = 50 };
	static const char payload[64];
	const struct bus_message *message;
	double used = 0;
	int i, n;

	for (i = 0; i < BURSTS; i++) {
		used -= cpu_us();
		for (n = 0; n < BURST; n++)
			check(bus, bus_publish(bus, "bench/here", payload,
					       sizeof(payload), NULL));
		used += cpu_us();
		while (!bus_receive(sub, &message, 0))
			;
	}
	return used / (BURSTS * BURST);
}

/* For qsort(). */
static inline int compare(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;

	return (*x > *y) - (*x < *y);
}

#endif
