/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the whole machine has used so far
 */
#ifndef USAGE_H
#define USAGE_H

#include <stdint.h>
#include <time.h>

/**
 * struct usage - a reading
 * @cpu_ns: time that tasks ran, processes and kernel threads, on all
 *	processors; interrupts count for the task that they interrupt, and those
 *	that interrupt nothing are left out; 0: the kernel does not count it
 * @switches: context switches
 */
struct usage {
	uint64_t cpu_ns;
	uint64_t switches;
};

/* 0, or -1 after system_fail(). */
int usage_read(struct usage *usage);

/*
 * Wait until nothing else runs, for half a minute at most: a kernel that has just
 * started still tests its cryptography, and lets the scheduler choose otherwise.
 * Return: 0, 1 if something still runs, or -1 after system_fail().
 */
int usage_settle(void);

static inline uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

#endif
