// SPDX-License-Identifier: GPL-2.0-only
/*
 * The report's tables: for each measure, the main figure of all points, with
 * its ratio; then all figures
 */
#include "report.h"

#include <stdio.h>
#include <string.h>

static void print_median(const struct sample *sample, double scale)
{
	char text[REPORT_NUMBER_SIZE];

	printf(" %12s", report_number(text, sample_median(sample) * scale));
}

static void print_spread(const struct sample *sample, double scale)
{
	char low[REPORT_NUMBER_SIZE], high[REPORT_NUMBER_SIZE], text[80];

	snprintf(text, sizeof(text), "(%s-%s)",
		 report_number(low, sample_min(sample) * scale),
		 report_number(high, sample_max(sample) * scale));
	printf(" %-15s", text);
}

/* Whether the point has a figure or a failure of the system. */
static bool is_there(const struct point *point, const char *system)
{
	const char *figure = report_figure(point, 0);

	return *report_failure(point, system) ||
	       (figure && report_sample(point, system, figure).count);
}

/* The first figure is followed by its spread and its ratio. */
static void print_heading(const struct point *point)
{
	const char *figure;
	unsigned int i;

	printf("\n%s: %s\n%-16s", point->measure, point->point, "");
	for (i = 0; (figure = report_figure(point, i)); i++) {
		printf(" %12s", report_unit(figure).label);
		if (!i)
			printf(" %-15s %12s %-15s", "", "/ " REPORT_REFERENCE,
			       "");
	}
	printf("\n");
}

static void print_system(const struct point *point, const char *system)
{
	const char *reason = report_failure(point, system);
	struct sample sample, ratio;
	const char *figure;
	unsigned int i;

	printf("%-16s", system);
	for (i = 0; (figure = report_figure(point, i)); i++) {
		sample = report_sample(point, system, figure);
		if (!sample.count)
			break;
		print_median(&sample, report_unit(figure).scale);
		if (i)
			continue;
		print_spread(&sample, report_unit(figure).scale);
		ratio = report_ratio(point, system, figure);
		print_median(&ratio, 1);
		print_spread(&ratio, 1);
	}
	if (*reason)
		printf(" failed: %s", reason);
	printf("\n");
}

static void print_details(void)
{
	const json_t *system;
	struct point point;
	unsigned int i;
	size_t k;

	printf("\nAll figures: medians (lowest-highest)\n");
	for (i = 0; report_point(i, &point); i++) {
		print_heading(&point);
		json_array_foreach(json_object_get(report, "systems"), k,
				   system)
			if (is_there(&point, report_string(system, "name")))
				print_system(&point,
					     report_string(system, "name"));
	}
}

static void print_cell(const struct point *point, const char *system)
{
	const char *figure = report_figure(point, 0);
	struct sample sample = { 0 }, ratio = { 0 };
	char value[REPORT_NUMBER_SIZE], relative[REPORT_NUMBER_SIZE];

	if (figure) {
		sample = report_sample(point, system, figure);
		ratio = report_ratio(point, system, figure);
	}
	if (sample.count)
		printf(" %10s%c%8s",
		       report_number(value, sample_median(&sample) *
						    report_unit(figure).scale),
		       report_is_faulty(point, system) ? '*' : ' ',
		       ratio.count ?
			       report_number(relative, sample_median(&ratio)) :
			       "");
	else
		printf(" %10s %8s", "-", "");
}

static bool is_in_measure(const char *measure, const char *system)
{
	struct point point;
	unsigned int i;

	for (i = 0; report_point(i, &point); i++)
		if (!strcmp(point.measure, measure) && is_there(&point, system))
			return true;
	return false;
}

static void print_measure(const char *measure)
{
	const json_t *system;
	struct point point;
	unsigned int i;
	size_t k;

	printf("\n%-16s", "");
	for (i = 0; report_point(i, &point); i++)
		if (!strcmp(point.measure, measure))
			printf(" %19s", point.point);
	printf("\n");
	json_array_foreach(json_object_get(report, "systems"), k, system) {
		const char *name = report_string(system, "name");

		if (!is_in_measure(measure, name))
			continue;
		printf("%-16s", name);
		for (i = 0; report_point(i, &point); i++)
			if (!strcmp(point.measure, measure))
				print_cell(&point, name);
		printf("\n");
	}
}

static void print_machine(void)
{
	static const struct {
		const char *name, *text;
	} modes[] = {
		{ "icount", "emulated, an instruction is 2 ns" },
		{ "smp", "emulated, or KVM's" },
		{ "host", "a host" },
	};
	const char *mode = report_string(report, "mode");
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (!strcmp(modes[i].name, mode))
			mode = modes[i].text;
	printf("Linux %s, processors: %d, %s\n",
	       report_string(report, "kernel"),
	       (int)json_integer_value(json_object_get(report, "processors")),
	       mode);
}

static void print_summary(void)
{
	struct point point;
	unsigned int i;

	printf("Medians of the repetitions, and beside them the medians of the ratios to\n" REPORT_REFERENCE
	       " in the same repetition; *: messages were lost, or out of order\n");
	for (i = 0; report_measure(i, &point); i++) {
		printf("\n%s (%s)", point.measure,
		       report_unit(report_figure(&point, 0)).label);
		print_measure(point.measure);
	}
}

static void print_options(void)
{
	const json_t *system;
	size_t k;

	printf("\nHow each was used\n\n");
	json_array_foreach(json_object_get(report, "systems"), k, system)
		printf("%-16s %s\n", report_string(system, "name"),
		       report_string(system, "options"));
}

void report_table(void)
{
	print_machine();
	print_summary();
	print_options();
	print_details();
}
