// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the whole machine has used so far: see usage.h
 */
#include "usage.h"
#include "system.h"

#include <inttypes.h>
#include <stdio.h>

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
