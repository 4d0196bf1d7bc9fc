// SPDX-License-Identifier: GPL-2.0-only
#include "unit_test.h"

#include "pattern.h"

static void a_level_is_matched_whole(void **state)
{
	assert_true(pattern_matches("a", "a"));
	assert_true(pattern_matches("a/bc", "a/bc"));
	assert_false(pattern_matches("a", "ab"));
	assert_false(pattern_matches("ab", "a"));
	assert_false(pattern_matches("a/b", "a"));
	assert_false(pattern_matches("a", "a/b"));
	assert_false(pattern_matches("a/b", "a/c"));
}

static void plus_is_any_one_level(void **state)
{
	assert_true(pattern_matches("a/+", "a/b"));
	assert_true(pattern_matches("a/+/c", "a/b/c"));
	assert_false(pattern_matches("a/+", "a"));
	assert_false(pattern_matches("a/+", "a/b/c"));
	assert_false(pattern_matches("a/+/c", "a/b/d"));
}

static void hash_is_any_number_of_levels(void **state)
{
	assert_true(pattern_matches("a/#", "a"));
	assert_true(pattern_matches("a/#", "a/b"));
	assert_true(pattern_matches("a/#", "a/b/c"));
	assert_true(pattern_matches("a/+/#", "a/b"));
	assert_false(pattern_matches("a/+/#", "a"));
	assert_false(pattern_matches("a/#", "b"));
	assert_false(pattern_matches("a/#", "ab"));
}

static void the_brokers_names_begin_with_a_dollar(void **state)
{
	assert_true(pattern_is_reserved("$sys/#"));
	assert_true(pattern_is_reserved("$"));
	assert_false(pattern_is_reserved("a/$"));
	assert_false(pattern_is_reserved("#"));
	assert_false(pattern_is_reserved(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_level_is_matched_whole),
		cmocka_unit_test(plus_is_any_one_level),
		cmocka_unit_test(hash_is_any_number_of_levels),
		cmocka_unit_test(the_brokers_names_begin_with_a_dollar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
