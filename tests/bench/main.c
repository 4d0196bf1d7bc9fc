// SPDX-License-Identifier: GPL-2.0-only
/*
 * The benchmark: runs every step for every system, several times
 *
 * bench [--quick] [--only SYSTEM,...] [--measure START] [--repetitions N]
 *       [--mode TEXT]
 *
 * --measure runs only the measures whose name begins with START. Every second
 * repetition runs in reverse order. The systems take turns at each step, so
 * that figures to be compared are measured close together. Progress goes to
 * standard output. After each repetition the results so far follow as JSON,
 * between two marker lines.
 */
#include "crew.h"
#include "results.h"
#include "step.h"
#include "usage.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static struct {
	const struct step *steps;
	const char *only;
	const char *measure;
	const char *mode; /* for the report: the kind of machine */
	unsigned int repetitions;
} options = { .repetitions = 3, .measure = "", .mode = "" };

static const struct option long_options[] = {
	{ "quick", no_argument, NULL, 'q' },
	{ "only", required_argument, NULL, 'o' },
	{ "measure", required_argument, NULL, 's' },
	{ "repetitions", required_argument, NULL, 'r' },
	{ "mode", required_argument, NULL, 'm' },
	{ NULL },
};

static void usage(void)
{
	fprintf(stderr, "bench [--quick] [--only SYSTEM,...] "
			"[--measure START] [--repetitions N] "
			"[--mode TEXT]\n");
	exit(1);
}

static void parse(int argc, char *argv[])
{
	int option;

	options.steps = steps_full();
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		switch (option) {
		case 'q':
			options.steps = steps_quick();
			break;
		case 'o':
			options.only = optarg;
			break;
		case 's':
			options.measure = optarg;
			break;
		case 'r':
			options.repetitions = (unsigned int)atoi(optarg);
			break;
		case 'm':
			options.mode = optarg;
			break;
		default:
			usage();
		}
	if (optind < argc)
		usage();
}

/* Whether @only, a list of names separated by commas, has the system. */
static bool is_one_of(const struct system *system, const char *only)
{
	char *copy, *name, *rest;
	bool found = false;

	if (!only)
		return true;
	copy = strdup(only);
	for (name = strtok_r(copy, ",", &rest); name;
	     name = strtok_r(NULL, ",", &rest))
		found |= !strcmp(name, system->name);
	free(copy);
	return found;
}

static bool wanted(const struct system *system)
{
	return is_one_of(system, options.only);
}

static void measure(const struct system *system, const struct step *step,
		    unsigned int repetition)
{
	struct figures figures = { 0 };
	int err;

	printf(" %s", system->name);
	fflush(stdout);
	crew_forget_reason();
	err = step->run(system, step, &figures);
	if (err < 0) {
		printf(" (%s)", crew_reason());
		results_add_failure(system, step, repetition, crew_reason());
	} else if (!err) {
		results_add(system, step, repetition, &figures);
	}
}

static void measure_all(const struct step *step, unsigned int repetition,
			bool backwards)
{
	unsigned int count, i;

	for (count = 0; systems[count]; count++)
		;
	printf("%u of %u: %s, %s:", repetition, options.repetitions,
	       step->measure, step->point);
	for (i = 0; i < count; i++) {
		const struct system *system =
			systems[backwards ? count - 1 - i : i];

		if (wanted(system) && is_one_of(system, step->only))
			measure(system, step, repetition);
	}
	printf("\n");
}

static void repeat(unsigned int repetition)
{
	bool backwards = repetition % 2 == 0;
	unsigned int count, i;

	for (count = 0; options.steps[count].run; count++)
		;
	for (i = 0; i < count; i++) {
		const struct step *step =
			&options.steps[backwards ? count - 1 - i : i];

		if (!strncmp(step->measure, options.measure,
			     strlen(options.measure)))
			measure_all(step, repetition, backwards);
	}
}

int main(int argc, char *argv[])
{
	/* Each subscriber has a pipe, and a pipe has two descriptors. */
	const struct rlimit files = { 16384, 16384 };
	unsigned int i;
	int err = 0;

	parse(argc, argv);
	if (setrlimit(RLIMIT_NOFILE, &files)) {
		perror("bench: setrlimit");
		return 1;
	}
	if (usage_settle())
		printf("something else runs here: figures may scatter\n");
	results_open(options.mode);
	for (i = 0; systems[i]; i++)
		if (wanted(systems[i]))
			results_add_system(systems[i]);
	for (i = 1; !err && i <= options.repetitions; i++) {
		repeat(i);
		err = results_print();
	}
	return err;
}
