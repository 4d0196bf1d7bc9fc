// SPDX-License-Identifier: GPL-2.0-only
/*
 * The results, as JSON: see results.h
 */
#include "results.h"

#include <jansson.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

static json_t *all, *all_systems, *rows;

void figures_add(struct figures *figures, const char *name, double value)
{
	figures->figure[figures->count].name = name;
	figures->figure[figures->count++].value = value;
}

void results_open(const char *mode)
{
	struct utsname name;

	uname(&name);
	all_systems = json_array();
	rows = json_array();
	all = json_pack("{s:s, s:s, s:I, s:o, s:o}", "mode", mode, "kernel",
			name.release, "processors",
			(json_int_t)sysconf(_SC_NPROCESSORS_ONLN), "systems",
			all_systems, "rows", rows);
}

void results_add_system(const struct system *system)
{
	static const char *const collects[] = {
		[COLLECTS_NEVER] = "never",
		[COLLECTS_ALWAYS] = "always",
		[COLLECTS_CHOSEN] = "chosen",
	};

	json_array_append_new(all_systems,
			      json_pack("{s:s, s:s, s:b, s:s?, s:s, s:s?}",
					"name", system->name, "options",
					system->options, "lossy", system->lossy,
					"kind", system->kind, "collects",
					collects[system->collects], "shown_in",
					system->shown_in));
}

static json_t *new_row(const struct system *system, const struct step *step,
		       unsigned int repetition)
{
	json_t *row = json_pack("{s:s, s:s, s:s, s:i}", "system", system->name,
				"measure", step->measure, "point", step->point,
				"repetition", repetition);

	json_array_append_new(rows, row);
	return row;
}

void results_add(const struct system *system, const struct step *step,
		 unsigned int repetition, const struct figures *figures)
{
	json_t *values = json_object();
	unsigned int i;

	for (i = 0; i < figures->count; i++)
		json_object_set_new(values, figures->figure[i].name,
				    json_real(figures->figure[i].value));
	json_object_set_new(new_row(system, step, repetition), "figures",
			    values);
}

void results_add_failure(const struct system *system, const struct step *step,
			 unsigned int repetition, const char *reason)
{
	json_object_set_new(new_row(system, step, repetition), "failure",
			    json_string(reason));
}

int results_print(void)
{
	printf(RESULTS_BEGIN "\n");
	if (json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6)))
		return 1;
	printf("\n" RESULTS_END "\n");
	return fflush(stdout) != 0;
}
