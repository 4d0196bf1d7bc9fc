/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second, very simple implementation of pattern matching, for tests to
 * compare with
 */
#ifndef PATTERN_RULE_H
#define PATTERN_RULE_H

#include <stdbool.h>
#include <string.h>

static inline bool pattern_rule_levels(const char *pattern, const char *name)
{
	const char *end = strchrnul(name, '/');
	size_t len = strcspn(pattern, "/");

	if (!strcmp(pattern, "#"))
		return true;
	if (strncmp(pattern, "+", len) != 0 &&
	    (len != (size_t)(end - name) || memcmp(pattern, name, len) != 0))
		return false;
	pattern += len;
	if (!*end)
		return !*pattern || !strcmp(pattern, "/#");
	return *pattern && pattern_rule_levels(pattern + 1, end + 1);
}

/* Both arguments are well-formed. */
static inline bool pattern_rule(const char *pattern, const char *name)
{
	if (name[0] == '$' && (pattern[0] == '+' || pattern[0] == '#'))
		return false;
	return pattern_rule_levels(pattern, name);
}

#endif /* PATTERN_RULE_H */
