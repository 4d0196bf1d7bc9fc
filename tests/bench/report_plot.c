// SPDX-License-Identifier: GPL-2.0-only
/*
 * The report's plots: data and a script for gnuplot, one chart for each measure
 *
 * A measure with one or two points is drawn as bars of the systems, a measure
 * with more points as lines over the points.
 */
#include "report.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NAME_SIZE 64

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
static void file_name(char name[NAME_SIZE], const char *measure)
{
	size_t n = 0;

	for (; *measure && n < NAME_SIZE - 1; measure++)
		if (isalnum((unsigned char)*measure))
			name[n++] = *measure;
		else if (n && name[n - 1] != '-')
			name[n++] = '-';
	name[n] = '\0';
}

static unsigned int count_points(const char *measure)
{
	unsigned int count = 0, i;
	struct point point;

	for (i = 0; report_point(i, &point); i++)
		count += !strcmp(point.measure, measure);
	return count;
}

static void write_value(FILE *file, const struct point *point,
			const char *system)
{
	const char *figure = report_figure(point, 0);
	struct sample sample = { 0 };
	double scale = 1;

	if (figure) {
		sample = report_sample(point, system, figure);
		scale = report_unit(figure).scale;
	}
	if (sample.count)
		fprintf(file, " %g %g %g", sample_median(&sample) * scale,
			sample_min(&sample) * scale,
			sample_max(&sample) * scale);
	else
		fprintf(file, " ? ? ?");
}

/* Lines: a block for each system, with a row for each point. */
static void write_lines(FILE *file, const char *measure)
{
	const json_t *system;
	struct point point;
	unsigned int i;
	size_t k;

	json_array_foreach(json_object_get(report, "systems"), k, system) {
		fprintf(file, "point \"%s\" low high\n",
			report_string(system, "name"));
		for (i = 0; report_point(i, &point); i++) {
			if (strcmp(point.measure, measure))
				continue;
			fprintf(file, "\"%s\"", point.point);
			write_value(file, &point,
				    report_string(system, "name"));
			fprintf(file, "\n");
		}
		fprintf(file, "\n\n");
	}
}

/* Bars: a row for each system, with three columns for each point. */
static void write_bars(FILE *file, const char *measure)
{
	const json_t *system;
	struct point point;
	unsigned int i;
	size_t k;

	fprintf(file, "system");
	for (i = 0; report_point(i, &point); i++)
		if (!strcmp(point.measure, measure))
			fprintf(file, " \"%s\" low high", point.point);
	fprintf(file, "\n");
	json_array_foreach(json_object_get(report, "systems"), k, system) {
		fprintf(file, "\"%s\"", report_string(system, "name"));
		for (i = 0; report_point(i, &point); i++)
			if (!strcmp(point.measure, measure))
				write_value(file, &point,
					    report_string(system, "name"));
		fprintf(file, "\n");
	}
}

/* Each chart is drawn twice, as SVG and as PNG. */
static void write_chart(FILE *script, const struct point *point,
			const char *name, unsigned int points)
{
	size_t systems = json_array_size(json_object_get(report, "systems"));

	fprintf(script,
		"set title \"%s\"\nset ylabel \"%s\"\n"
		"do for [form in \"svg png\"] {\n"
		"if (form eq 'svg') { set terminal svg size 900,500 } "
		"else { set terminal pngcairo size 900,500 }\n"
		"set output '%s.'.form\n",
		point->measure, report_unit(report_figure(point, 0)).label,
		name);
	if (points > 2)
		fprintf(script,
			"set logscale y\nset yrange [*:*]\n"
			"plot for [i=0:%zu] '%s.dat' index i "
			"using 0:2:3:4:xtic(1) with yerrorlines "
			"title columnheader(2)\n",
			systems - 1, name);
	else
		fprintf(script,
			"unset logscale y\nset yrange [0:*]\n"
			"plot for [i=0:%u] '%s.dat' "
			"using (column(3*i+2)):(column(3*i+3)):(column(3*i+4))"
			":xtic(1) title columnheader(3*i+2) "
			"lw 1 lc rgb word('#4477aa #ddaa33', i+1)\n",
			points - 1, name);
	fprintf(script, "}\n");
}

static int write_measure(const char *directory, FILE *script,
			 const struct point *point)
{
	unsigned int points = count_points(point->measure);
	char name[NAME_SIZE], data[NAME_SIZE + 8];
	FILE *file;

	file_name(name, point->measure);
	snprintf(data, sizeof(data), "%s.dat", name);
	file = open_file(directory, data);
	if (!file)
		return -1;
	if (points > 2)
		write_lines(file, point->measure);
	else
		write_bars(file, point->measure);
	write_chart(script, point, name, points);
	return fclose(file);
}

int report_plots(const char *directory)
{
	size_t systems = json_array_size(json_object_get(report, "systems"));
	FILE *script = open_file(directory, "plots.gnuplot");
	struct point point;
	unsigned int i;
	int err = 0;

	if (!script)
		return -1;
	fprintf(script, "set datafile missing '?'\n"
			"set key outside right noenhanced\n"
			"set grid ytics\n"
			"set style data histograms\n"
			"set style histogram errorbars gap 1 lw 1\n"
			"set style fill solid 0.6\n"
			"set xtics rotate by -35 noenhanced\n"
			"set offsets 0.3, 0.3, 0, 0\n");
	/* One colour for each system; the first system is drawn thickest. */
	fprintf(script,
		"do for [i=1:%zu] { set linetype i pt i "
		"lc rgb hsv2rgb((i-1)/%zu.0, 0.9, i%%2 ? 0.85 : 0.55) "
		"lw (i==1 ? 3 : 1) }\n",
		systems, systems);
	for (i = 0; !err && report_measure(i, &point); i++)
		err = write_measure(directory, script, &point);
	return fclose(script) ? -1 : err;
}
