// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names of overflow policies
 */
#include "policy.h"

#include <string.h>

#define POLICY_COUNT (sizeof(names) / sizeof(*names))

static const char *const names[] = {
	[BUS_DROP_OLDEST] = "drop-oldest",
	[BUS_DROP_NEWEST] = "drop-newest",
	[BUS_CONFLATE] = "conflate",
	[BUS_BLOCK] = "block",
};

bool policy_parse(const char *text, enum bus_overflow *policy)
{
	unsigned int i;

	for (i = 0; i < POLICY_COUNT; i++)
		if (!strcmp(text, names[i])) {
			*policy = i;
			return true;
		}
	return false;
}

/* A newer broker may have more policies. */
const char *policy_name(enum bus_overflow policy)
{
	return policy < POLICY_COUNT ? names[policy] : "unknown";
}
