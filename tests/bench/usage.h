/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPU time and context switches of the whole machine so far
 */
#ifndef USAGE_H
#define USAGE_H

#include <stdint.h>
#include <time.h>

/**
 * struct usage - a reading
 * @cpu_ns: time that tasks ran, processes and kernel threads, on all
 *	processors. The time of an interrupt counts for the task that it
 *	interrupts; interrupts of an idle processor are left out. 0: the kernel
 *	does not count it
 * @switches: context switches
 */
struct usage {
	uint64_t cpu_ns;
	uint64_t switches;
};

/* 0, or -1 after system_fail(). */
int usage_read(struct usage *usage);

/*
 * Wait until nothing else runs, for half a minute at most. A kernel that has
 * just started still tests its cryptography, which affects the scheduler's
 * choices. Return: 0, 1 if something still runs, or -1 after system_fail().
 */
int usage_settle(void);

static inline uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

#endif
