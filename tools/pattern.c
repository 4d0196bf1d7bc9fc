// SPDX-License-Identifier: GPL-2.0-only
/*
 * Matching of topic names against patterns
 */
#include "pattern.h"

#include <string.h>

/* Returns whether a pattern can match only topics of the broker. */
bool pattern_is_reserved(const char *pattern)
{
	return pattern[0] == '$';
}

/* Returns the length of the first level. */
static size_t level_length(const char *name)
{
	return strcspn(name, "/");
}

/* Both must be well-formed. The first level of the pattern is no wildcard. */
bool pattern_matches(const char *pattern, const char *name)
{
	size_t wanted, length;

	while (strcmp(pattern, "#") != 0) {
		wanted = level_length(pattern);
		length = level_length(name);
		if (strncmp(pattern, "+", wanted) != 0 &&
		    (wanted != length || memcmp(pattern, name, length) != 0))
			return false;
		pattern += wanted;
		name += length;
		if (!*name)
			return !*pattern || !strcmp(pattern, "/#");
		if (!*pattern)
			return false;
		pattern++;
		name++;
	}
	return true;
}
