/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The report: made on the host from the JSON of the results
 */
#ifndef REPORT_H
#define REPORT_H

#include "sample.h"

#include <jansson.h>
#include <stdbool.h>

/* The system that the ratios are relative to. */
#define REPORT_REFERENCE "kbus"

/**
 * struct point - all results of one step
 * @measure: the measure
 * @point: the point at which it was measured
 * @rows: the rows with this point
 */
struct point {
	const char *measure;
	const char *point;
	json_t *rows;
};

extern json_t *report;

static inline const char *report_string(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

/* The @index-th point, or false after the last. */
bool report_point(unsigned int index, struct point *point);

/*
 * The first point of the @index-th measure for which any system has a figure.
 */
bool report_measure(unsigned int index, struct point *point);

/* All repetitions of a figure. */
struct sample report_sample(const struct point *point, const char *system,
			    const char *figure);

/*
 * One value a repetition, relative to the reference's in the same repetition.
 */
struct sample report_ratio(const struct point *point, const char *system,
			   const char *figure);

/* The reason why there is no figure: "" if the system lacks the feature. */
const char *report_failure(const struct point *point, const char *system);

/* Whether messages were lost, or came out of order, in any repetition. */
bool report_is_faulty(const struct point *point, const char *system);

/* The name of the point's figure @index, or NULL after the last. */
const char *report_figure(const struct point *point, unsigned int index);

/**
 * struct unit - how a figure is shown
 * @figure: its name
 * @label: heading of a table's column, with the unit
 * @scale: factor to multiply it by
 * @title: end of a plot's title, for a figure that is the first of its point
 * @axis: label of a plot's axis
 * @more_is_better: or else less
 */
struct unit {
	const char *figure;
	const char *label;
	double scale;
	const char *title;
	const char *axis;
	bool more_is_better;
};

#define REPORT_NUMBER_SIZE 32

/* About three digits, whatever the size. Return: @text, or "-" for NaN */
const char *report_number(char text[REPORT_NUMBER_SIZE], double value);

struct unit report_unit(const char *figure);

void report_table(void);
/* 0, or -1. */
int report_plots(const char *directory);

#endif
