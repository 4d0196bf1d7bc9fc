// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU time and context switches of the whole machine so far: see usage.h
 */
#include "usage.h"
#include "system.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* The machine is idle if other tasks run for less than this in a second. */
#define QUIET_NS 20000000
#define SETTLE_MAX_S 30

int usage_read(struct usage *usage)
{
	FILE *schedstat = fopen("/proc/schedstat", "r");
	FILE *stat = fopen("/proc/stat", "r");
	char line[4096];
	uint64_t ns;

	usage->cpu_ns = 0;
	usage->switches = 0;
	if (!stat)
		return system_fail_errno("/proc/stat");
	/* The seventh number is the time that tasks ran. */
	while (schedstat && fgets(line, sizeof(line), schedstat))
		if (sscanf(line, "cpu%*u %*u %*u %*u %*u %*u %*u %" SCNu64,
			   &ns) == 1)
			usage->cpu_ns += ns;
	while (fgets(line, sizeof(line), stat))
		sscanf(line, "ctxt %" SCNu64, &usage->switches);
	if (schedstat)
		fclose(schedstat);
	fclose(stat);
	return 0;
}

int usage_settle(void)
{
	struct usage before, after;
	unsigned int i;

	for (i = 0; i < SETTLE_MAX_S; i++) {
		if (usage_read(&before))
			return -1;
		sleep(1);
		if (usage_read(&after))
			return -1;
		if (after.cpu_ns - before.cpu_ns < QUIET_NS)
			return 0;
	}
	return 1;
}
