// SPDX-License-Identifier: GPL-2.0-only
/*
 * A sample: see sample.h
 */
#include "sample.h"

#include <math.h>
#include <stdlib.h>

void sample_add(struct sample *sample, double value)
{
	if (sample->count < SAMPLE_MAX)
		sample->values[sample->count++] = value;
}

static int compare(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;

	return (*x > *y) - (*x < *y);
}

static double sample_at(const struct sample *sample, unsigned int index)
{
	struct sample sorted = *sample;

	if (!sorted.count)
		return NAN;
	qsort(sorted.values, sorted.count, sizeof(*sorted.values), compare);
	return sorted.values[index];
}

double sample_median(const struct sample *sample)
{
	return (sample_at(sample, sample->count / 2) +
		sample_at(sample,
			  sample->count ? (sample->count - 1) / 2 : 0)) /
	       2;
}

double sample_min(const struct sample *sample)
{
	return sample_at(sample, 0);
}

double sample_max(const struct sample *sample)
{
	return sample_at(sample, sample->count ? sample->count - 1 : 0);
}
