/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>

bool pattern_is_reserved(const char *pattern);
bool pattern_matches(const char *pattern, const char *name);

#endif /* PATTERN_H */
