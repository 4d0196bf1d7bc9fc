/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEADLINE_H
#define DEADLINE_H

#include <stdbool.h>

void deadline_set(double seconds);
bool deadline_is_over(void);

#endif /* DEADLINE_H */
