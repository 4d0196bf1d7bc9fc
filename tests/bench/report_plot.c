// SPDX-License-Identifier: GPL-2.0-only
/*
 * The report's plots: data, and a list of charts that chart.gnuplot draws
 *
 * Each measure has a chart of the systems as they are used for single messages,
 * and if some systems collect messages by choice, another of these.
 */
#include "report.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE 64
#define BARS_MAX 64
#define NOTE_SIZE 512

struct bar {
	const char *system;
	const char *kind;
	struct sample sample;
	bool is_faulty; /* as its label says by an asterisk */
	bool is_chosen; /* it collects by choice */
};

/**
 * struct chart - what is shown together
 * @measure: the measure
 * @unit: that of its main figure
 * @collecting: whether the chart is that of systems that collect messages
 * @name: of its files
 * @note: explanation of what it shows
 */
struct chart {
	const char *measure;
	struct unit unit;
	bool collecting;
	char name[NAME_SIZE];
	char note[NOTE_SIZE];
};

static FILE *open_file(const char *directory, const char *name)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	if (!file)
		fprintf(stderr, "report: %s: %s\n", path, strerror(errno));
	return file;
}

/* "fan-out, 64 B" becomes "fan-out-64-B". */
static void name_chart(struct chart *chart)
{
	const char *c;
	size_t n = 0;

	for (c = chart->measure; *c && n < NAME_SIZE - sizeof("-collected");
	     c++)
		if (isalnum((unsigned char)*c))
			chart->name[n++] = *c;
		else if (n && chart->name[n - 1] != '-')
			chart->name[n++] = '-';
	strcpy(chart->name + n, chart->collecting ? "-collected" : "");
}

/* Where the measure's name alone does not say what is shown. */
static const char *title_of(const char *measure)
{
	static const struct {
		const char *measure, *title;
	} titles[] = {
		{ "latency", "One way" },
		{ "memory, each", "Memory for each" },
		{ "memory, each that waits", "Memory for each that waits" },
		{ "unrelated subscribers", "Beside unrelated subscribers" },
		{ "unrelated subscriptions", "Beside unrelated subscriptions" },
	};
	size_t i;

	for (i = 0; i < sizeof(titles) / sizeof(*titles); i++)
		if (!strcmp(titles[i].measure, measure))
			return titles[i].title;
	return measure;
}

static bool is_reference(const json_t *system)
{
	return !strcmp(report_string(system, "name"), REPORT_REFERENCE);
}

/* Whether the system collects in this way: "never", "always", "chosen". */
static bool collects(const json_t *system, const char *how)
{
	return !strcmp(report_string(system, "collects"), how);
}

/* Whether the measure's name has one of these begins; an empty list has all. */
static bool is_listed(const char *list, const char *measure)
{
	size_t length = strcspn(list, ",");

	return !strncmp(measure, list, length) ||
	       (list[length] && is_listed(list + length + 1, measure));
}

static bool is_shown(const json_t *system, const struct chart *chart)
{
	if (!is_listed(report_string(system, "shown_in"), chart->measure))
		return false;
	if (!chart->collecting)
		return !collects(system, "chosen");
	return is_reference(system) || collects(system, "always") ||
	       collects(system, "chosen");
}

static int compare_bars(const void *a, const void *b)
{
	const struct bar *x = a, *y = b;
	double left = sample_median(&x->sample);
	double right = sample_median(&y->sample);

	return (left > right) - (left < right);
}

static int compare_bars_backwards(const void *a, const void *b)
{
	return compare_bars(b, a);
}

/* The bars of one point, the best first. Return: their number */
static unsigned int collect_bars(struct bar bars[BARS_MAX],
				 const struct chart *chart,
				 const struct point *point)
{
	const char *figure = report_figure(point, 0);
	const json_t *system;
	unsigned int count = 0;
	size_t i;

	if (!figure || strcmp(point->measure, chart->measure) != 0)
		return 0;
	json_array_foreach(json_object_get(report, "systems"), i, system) {
		const char *name = report_string(system, "name");
		struct bar bar = { name, report_string(system, "kind"),
				   report_sample(point, name, figure),
				   report_is_faulty(point, name),
				   collects(system, "chosen") };

		if (is_shown(system, chart) && bar.sample.count &&
		    count < BARS_MAX)
			bars[count++] = bar;
	}
	qsort(bars, count, sizeof(*bars),
	      chart->unit.more_is_better ? compare_bars_backwards :
					   compare_bars);
	return count;
}

/* Each explanation is added once. */
static void add_note(struct chart *chart, const char *text)
{
	size_t length = strlen(chart->note);

	if (!strstr(chart->note, text))
		snprintf(chart->note + length, NOTE_SIZE - length, "%s%s",
			 length ? "; " : "", text);
}

static void note_failures(struct chart *chart, const struct point *point)
{
	const json_t *system;
	char text[NAME_SIZE];
	size_t i;

	json_array_foreach(json_object_get(report, "systems"), i, system) {
		const char *name = report_string(system, "name");

		if (!is_shown(system, chart) || !*report_failure(point, name))
			continue;
		snprintf(text, sizeof(text), "%s failed", name);
		add_note(chart, text);
	}
}

/* One panel's lines: see chart.gnuplot. */
static void write_bars(FILE *data, const struct chart *chart,
		       const struct bar *bars, unsigned int count)
{
	double scale = chart->unit.scale;
	char label[REPORT_NUMBER_SIZE];
	unsigned int i;

	for (i = 0; i < count; i++) {
		const struct sample *sample = &bars[i].sample;
		double figure = sample_median(sample) * scale;

		fprintf(data, "%u \"%s\" \"%s\" %g %g %g \"%s%s\"\n", i,
			bars[i].system, bars[i].kind, figure,
			sample_min(sample) * scale, sample_max(sample) * scale,
			report_number(label, figure),
			bars[i].is_faulty ? "*" : "");
	}
	fprintf(data, "\n\n");
}

/* Write the data of all panels, and the panels' titles to the script. */
static void write_panels(FILE *data, FILE *script, struct chart *chart)
{
	unsigned int panels = 0, count, i, k;
	struct bar bars[BARS_MAX];
	char points[1024] = "";
	struct point point;

	for (i = 0; report_point(i, &point); i++) {
		count = collect_bars(bars, chart, &point);
		if (!count)
			continue;
		snprintf(points + strlen(points),
			 sizeof(points) - strlen(points), "%s\"%s\"",
			 panels++ ? ", " : "", point.point);
		write_bars(data, chart, bars, count);
		for (k = 0; k < count; k++)
			if (bars[k].is_faulty)
				add_note(chart, "*: messages were lost, or out "
						"of order");
		note_failures(chart, &point);
	}
	fprintf(script, "array points[%u] = [%s]\n", panels, points);
}

static int write_chart(const char *directory, FILE *script, struct chart *chart)
{
	const char *title = title_of(chart->measure);
	char data_name[NAME_SIZE + 8];
	FILE *data;

	name_chart(chart);
	snprintf(data_name, sizeof(data_name), "%s.dat", chart->name);
	data = open_file(directory, data_name);
	if (!data)
		return -1;
	fprintf(script,
		"name = \"%s\"\n"
		"title = \"%c%s%s: %s\"\n"
		"better = \"%s is better\"\n"
		"axis = \"%s\"\n",
		chart->name, toupper((unsigned char)*title), title + 1,
		chart->collecting ? ", messages collected" : "",
		chart->unit.title,
		chart->unit.more_is_better ? "longer" : "shorter",
		chart->unit.axis);
	write_panels(data, script, chart);
	fprintf(script, "note = \"%s\"\nload \"chart.gnuplot\"\n\n",
		chart->note);
	return fclose(data);
}

static bool has_bars(const struct chart *chart)
{
	struct bar bars[BARS_MAX];
	struct point point;
	unsigned int count, i;

	for (i = 0; report_point(i, &point); i++)
		for (count = collect_bars(bars, chart, &point); count; count--)
			if (!chart->collecting || bars[count - 1].is_chosen)
				return true;
	return false;
}

static void warn_without_kinds(void)
{
	const json_t *system;
	unsigned int count = 0;
	size_t i;

	json_array_foreach(json_object_get(report, "systems"), i, system)
		count += !*report_string(system, "kind");
	if (count)
		fprintf(stderr,
			"report: no kind given for %u systems, their bars are "
			"grey\n",
			count);
}

int report_plots(const char *directory)
{
	FILE *script = open_file(directory, "plots.gnuplot");
	struct point point;
	unsigned int i, k;
	int err = 0;

	if (!script)
		return -1;
	warn_without_kinds();
	for (i = 0; report_measure(i, &point); i++)
		for (k = 0; !err && k < 2; k++) {
			struct chart chart = {
				.measure = point.measure,
				.unit = report_unit(report_figure(&point, 0)),
				.collecting = k,
			};

			if (has_bars(&chart))
				err = write_chart(directory, script, &chart);
		}
	return fclose(script) ? -1 : err;
}
