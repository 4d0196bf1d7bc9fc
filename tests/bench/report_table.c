// SPDX-License-Identifier: GPL-2.0-only
/*
 * The report's tables
 */
#include "report.h"

#include <stdio.h>
#include <string.h>

/* About three digits, whatever the size. */
static void number(char *text, size_t size, double value)
{
	double magnitude = value < 0 ? -value : value;
	int decimals = magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : 2;

	snprintf(text, size, "%.*f", decimals, value);
}

static void print_median(const struct sample *sample, double scale)
{
	char text[32];

	number(text, sizeof(text), sample_median(sample) * scale);
	printf(" %13s", text);
}

static void print_spread(const struct sample *sample, double scale)
{
	char low[32], high[32], text[80];

	number(low, sizeof(low), sample_min(sample) * scale);
	number(high, sizeof(high), sample_max(sample) * scale);
	snprintf(text, sizeof(text), "(%s-%s)", low, high);
	printf(" %-15s", text);
}

/* The first figure has its spread and its ratio beside it. */
static void print_heading(const struct point *point)
{
	const char *figure;
	unsigned int i;

	printf("\n%s, %s\n%-16s", point->measure, point->point, "");
	for (i = 0; (figure = report_figure(point, i)); i++) {
		printf(" %13s", report_unit(figure).label);
		if (!i)
			printf(" %-15s %13s %-15s", "", "/ " REPORT_REFERENCE,
			       "");
	}
	printf("\n");
}

static void print_system(const struct point *point, const char *system)
{
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
	if (!i)
		printf(" %13s", "-");
	printf("%s%s\n", *report_failure(point, system) ? "  failed: " : "",
	       report_failure(point, system));
}

void report_table(void)
{
	const json_t *systems = json_object_get(report, "systems");
	struct point point;
	const json_t *system;
	unsigned int i;
	size_t k;

	for (i = 0; report_point(i, &point); i++) {
		print_heading(&point);
		json_array_foreach(systems, k, system)
			print_system(&point, report_string(system, "name"));
	}
	printf("\n");
	json_array_foreach(systems, k, system)
		printf("%-16s %s\n", report_string(system, "name"),
		       report_string(system, "options"));
}
