// SPDX-License-Identifier: GPL-2.0-only
/*
 * Common parts of the command lines of the tools
 */
#include "option.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SECONDS_MAX 1e9

enum parsed option_wrong(const char *tool, const char *text)
{
	fprintf(stderr, "%s: %s\nTry '%s --help'.\n", tool, text, tool);
	return PARSED_WRONG;
}

/* getopt_long() has said which option is invalid. */
enum parsed option_unknown(const char *tool)
{
	fprintf(stderr, "Try '%s --help'.\n", tool);
	return PARSED_WRONG;
}

enum parsed option_help(const char *usage)
{
	fputs(usage, stdout);
	return PARSED_DONE;
}

enum parsed option_version(const char *tool)
{
	printf("%s (kbus) %s\n", tool, KBUS_VERSION);
	return PARSED_DONE;
}

/* Parses a whole number from @min to @max, in decimal digits only. */
bool option_number(const char *text, uint64_t min, uint64_t max,
		   uint64_t *number)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return !errno && !*end && *number >= min && *number <= max;
}

/* Parses a whole number from 1 to UINT32_MAX. */
bool option_u32(const char *text, uint32_t *number)
{
	uint64_t wide;

	if (!option_number(text, 1, UINT32_MAX, &wide))
		return false;
	*number = (uint32_t)wide;
	return true;
}

bool option_seconds(const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	return end != text && !*end && isfinite(*seconds) && *seconds >= 0 &&
	       *seconds <= SECONDS_MAX;
}
