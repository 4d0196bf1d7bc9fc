// SPDX-License-Identifier: GPL-2.0-only
/*
 * The report: report FILE [DIRECTORY]: print the tables of FILE, and write the
 * input files of gnuplot to DIRECTORY
 */
#include "report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *report;

/* In the order of the rows. */
static struct point *points;
static unsigned int points_count;
static json_int_t repetitions;

static struct point *point_of(const json_t *row)
{
	const char *measure = report_string(row, "measure");
	const char *point = report_string(row, "point");
	unsigned int i;

	for (i = 0; i < points_count; i++)
		if (!strcmp(points[i].measure, measure) &&
		    !strcmp(points[i].point, point))
			return &points[i];
	points[points_count] = (struct point){ measure, point, json_array() };
	return &points[points_count++];
}

/* The tables ask for rows thousands of times. */
static int index_rows(void)
{
	json_t *rows = json_object_get(report, "rows"), *row;
	json_int_t repetition;
	size_t i;

	points = calloc(json_array_size(rows) + 1, sizeof(*points));
	if (!points)
		return -1;
	json_array_foreach(rows, i, row) {
		repetition =
			json_integer_value(json_object_get(row, "repetition"));
		if (repetition > repetitions)
			repetitions = repetition;
		if (json_array_append(point_of(row)->rows, row))
			return -1;
	}
	return 0;
}

static const json_t *find(const struct point *point, const char *system,
			  json_int_t repetition)
{
	const json_t *row;
	size_t i;

	json_array_foreach(point->rows, i, row)
		if (!strcmp(report_string(row, "system"), system) &&
		    json_integer_value(json_object_get(row, "repetition")) ==
			    repetition)
			return row;
	return NULL;
}

bool report_point(unsigned int index, struct point *point)
{
	if (index >= points_count)
		return false;
	*point = points[index];
	return true;
}

/* Whether an earlier point that has a figure belongs to the same measure. */
static bool is_repeated(unsigned int index, const char *measure)
{
	struct point point;

	while (index--)
		if (report_point(index, &point) && report_figure(&point, 0) &&
		    !strcmp(point.measure, measure))
			return true;
	return false;
}

bool report_measure(unsigned int index, struct point *point)
{
	unsigned int i;

	for (i = 0; report_point(i, point); i++)
		if (report_figure(point, 0) &&
		    !is_repeated(i, point->measure) && !index--)
			return true;
	return false;
}

static const json_t *figure_of(const json_t *row, const char *figure)
{
	return json_object_get(json_object_get(row, "figures"), figure);
}

static struct sample collect(const struct point *point, const char *system,
			     const char *figure, bool relative)
{
	struct sample sample = { 0 };
	const json_t *value, *reference;
	json_int_t i;

	for (i = 1; i <= repetitions; i++) {
		value = figure_of(find(point, system, i), figure);
		reference = figure_of(find(point, REPORT_REFERENCE, i), figure);
		if (!value || (relative && !reference))
			continue;
		sample_add(&sample,
			   json_number_value(value) /
				   (relative ? json_number_value(reference) :
					       1));
	}
	return sample;
}

struct sample report_sample(const struct point *point, const char *system,
			    const char *figure)
{
	return collect(point, system, figure, false);
}

struct sample report_ratio(const struct point *point, const char *system,
			   const char *figure)
{
	return collect(point, system, figure, true);
}

const char *report_failure(const struct point *point, const char *system)
{
	const char *reason = "";
	json_int_t i;

	for (i = 1; i <= repetitions && !*reason; i++)
		reason = report_string(find(point, system, i), "failure");
	return reason;
}

bool report_is_faulty(const struct point *point, const char *system)
{
	static const char *const faults[] = { "lost_percent", "disordered" };
	struct sample sample;
	size_t i;

	for (i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		sample = report_sample(point, system, faults[i]);
		if (sample.count && sample_max(&sample) > 0)
			return true;
	}
	return false;
}

const char *report_figure(const struct point *point, unsigned int index)
{
	const json_t *row, *value;
	const char *name;
	size_t i;

	/* The first row that did not fail. */
	json_array_foreach(point->rows, i, row) {
		if (!json_object_get(row, "figures"))
			continue;
		json_object_foreach(json_object_get(row, "figures"), name,
				    value)
			if (!index--)
				return name;
		return NULL;
	}
	return NULL;
}

struct unit report_unit(const char *figure)
{
	static const struct unit units[] = {
		{ "p50_ns", "p50 us", 1e-3, "median time in us", "us" },
		{ "p99_ns", "p99 us", 1e-3 },
		{ "p99.9_ns", "p99.9 us", 1e-3 },
		{ "cpu_ns", "CPU us each", 1e-3, "CPU time in us a message",
		  "us" },
		{ "publisher_ns", "publisher's CPU us each", 1e-3,
		  "publisher's CPU time in us a message", "us" },
		{ "deliveries_per_s", "deliveries/s", 1, "messages a second",
		  "messages", true },
		{ "lost_percent", "lost %", 1 },
		{ "bytes", "bytes each", 1, "bytes", "bytes" },
	};
	/* An instruction takes 2 ns. */
	static const struct unit counted[] = {
		{ "cpu_ns", "k instr. each", 5e-4,
		  "thousand instructions a message", "thousand instructions" },
		{ "publisher_ns", "publisher's k instr. each", 5e-4,
		  "publisher's thousand instructions a message",
		  "thousand instructions" },
	};
	bool counts = !strcmp(report_string(report, "mode"), "icount");
	size_t i;

	for (i = 0; counts && i < sizeof(counted) / sizeof(*counted); i++)
		if (!strcmp(counted[i].figure, figure))
			return counted[i];
	for (i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!strcmp(units[i].figure, figure))
			return units[i];
	return (struct unit){ figure, figure, 1, figure, figure };
}

const char *report_number(char text[REPORT_NUMBER_SIZE], double value)
{
	double magnitude = value < 0 ? -value : value;
	int decimals;

	if (isnan(value))
		return "-";
	decimals = magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : 2;

	snprintf(text, REPORT_NUMBER_SIZE, "%.*f", decimals, value);
	return text;
}

int main(int argc, char *argv[])
{
	json_error_t error;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "report FILE [DIRECTORY]\n");
		return 1;
	}
	report = json_load_file(argv[1], 0, &error);
	if (!report) {
		fprintf(stderr, "report: %s: %s\n", argv[1], error.text);
		return 1;
	}
	if (index_rows()) {
		fprintf(stderr, "report: out of memory\n");
		return 1;
	}
	report_table();
	return argc > 2 && report_plots(argv[2]);
}
