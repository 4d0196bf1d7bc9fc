/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The report: from the results' JSON, on the host
 */
#ifndef REPORT_H
#define REPORT_H

#include "sample.h"

#include <jansson.h>
#include <stdbool.h>

/* What the ratios are relative to. */
#define REPORT_REFERENCE "kbus"

/**
 * struct point - all that was measured in one step
 * @measure: what
 * @point: where
 * @first: the row where it appears first
 */
struct point {
	const char *measure;
	const char *point;
	const json_t *first;
};

extern json_t *report;

static inline const char *report_string(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

/* The @index-th point, or false after the last. */
bool report_point(unsigned int index, struct point *point);

/* The first point of the @index-th measure that any system has a figure of. */
bool report_measure(unsigned int index, struct point *point);

/* All repetitions of a figure. */
struct sample report_sample(const struct point *point, const char *system,
			    const char *figure);

/* By repetition, relative to what the reference has in the same. */
struct sample report_ratio(const struct point *point, const char *system,
			   const char *figure);

/* Why there is no figure: "" where the system has no such thing. */
const char *report_failure(const struct point *point, const char *system);

/* The name of the point's figure @index, or NULL after the last. */
const char *report_figure(const struct point *point, unsigned int index);

/**
 * struct unit - how a figure is shown
 * @figure: its name
 * @label: heading, with the unit
 * @scale: to multiply it with
 */
struct unit {
	const char *figure;
	const char *label;
	double scale;
};

struct unit report_unit(const char *figure);

void report_table(void);
/* 0, or -1. */
int report_plots(const char *directory);

#endif
