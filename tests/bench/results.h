/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The results, as JSON
 */
#ifndef RESULTS_H
#define RESULTS_H

#include "step.h"

/*
 * The lines before and after the JSON, which is printed after each repetition.
 */
#define RESULTS_BEGIN "=== results"
#define RESULTS_END "=== end of results"

void results_open(const char *mode);
void results_add_system(const struct system *system);
void results_add(const struct system *system, const struct step *step,
		 unsigned int repetition, const struct figures *figures);
void results_add_failure(const struct system *system, const struct step *step,
			 unsigned int repetition, const char *reason);
/* Print all results so far. Return: 0, or 1 if that failed. */
int results_print(void);

#endif
