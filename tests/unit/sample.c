// SPDX-License-Identifier: GPL-2.0-only
#include "unit_test.h"

#include "sample.h"

#include <math.h>

static struct sample sample_of(unsigned int count, const double *values)
{
	struct sample sample = { 0 };
	unsigned int i;

	for (i = 0; i < count; i++)
		sample_add(&sample, values[i]);
	return sample;
}

static void the_median_is_between_the_others(void **state)
{
	static const double values[] = { 30, 2, 10, 4 };
	struct sample odd = sample_of(3, values);
	struct sample even = sample_of(4, values);

	assert_float_equal(sample_median(&odd), 10, 0);
	assert_float_equal(sample_median(&even), 7, 0);
	assert_float_equal(sample_min(&even), 2, 0);
	assert_float_equal(sample_max(&even), 30, 0);
}

static void nothing_has_no_median(void **state)
{
	struct sample sample = { 0 };

	assert_true(isnan(sample_median(&sample)));
	assert_true(isnan(sample_min(&sample)));
}

static void too_many_are_left_out(void **state)
{
	struct sample sample = { 0 };
	int i;

	for (i = 0; i < 2 * SAMPLE_MAX; i++)
		sample_add(&sample, i);
	assert_int_equal(sample.count, SAMPLE_MAX);
	assert_float_equal(sample_max(&sample), SAMPLE_MAX - 1, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_median_is_between_the_others),
		cmocka_unit_test(nothing_has_no_median),
		cmocka_unit_test(too_many_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
