/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sample: one figure, measured several times
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#define SAMPLE_MAX 32

struct sample {
	unsigned int count;
	double values[SAMPLE_MAX];
};

/* A value is ignored if the sample is full. */
void sample_add(struct sample *sample, double value);

/* Of an empty sample: NaN. */
double sample_median(const struct sample *sample);
double sample_min(const struct sample *sample);
double sample_max(const struct sample *sample);

#endif
