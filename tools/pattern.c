// SPDX-License-Identifier: GPL-2.0-only
/*
 * The topics that a pattern matches
 */
#include "pattern.h"

#include <string.h>

/* Whether it can match the broker's topics alone, which are always there. */
bool pattern_is_reserved(const char *pattern)
{
	return pattern[0] == '$';
}

/* The length of the first level. */
static size_t level_length(const char *name)
{
	return strcspn(name, "/");
}

/* Both are well-formed, and the pattern's first level is no wildcard. */
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
