// SPDX-License-Identifier: GPL-2.0-only
/*
 * The free memory of the whole machine
 */
#include "memory_free.h"

#include <stdio.h>
#include <unistd.h>

/* The sum of the numbers in the lines of @path that match @format. */
static double sum_lines(const char *path, const char *format)
{
	FILE *file = fopen(path, "r");
	unsigned long number;
	double sum = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, format, &number) == 1)
			sum += (double)number;
	if (file)
		fclose(file);
	return sum;
}

double memory_free(void)
{
	/* Reading it makes the kernel sum up its counters. */
	sum_lines("/proc/sys/vm/stat_refresh", "%lu");
	return sum_lines("/proc/meminfo", "MemFree: %lu") * 1024 +
	       sum_lines("/proc/zoneinfo", " count: %lu") *
		       (double)sysconf(_SC_PAGESIZE);
}
