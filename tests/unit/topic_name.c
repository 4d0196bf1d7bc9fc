// SPDX-License-Identifier: GPL-2.0-only
#include "unit_test.h"

#include "topic_name.h"

static const char *fault(const char *name)
{
	return kbus_topic_name_fault(name, strlen(name));
}

static void well_formed_names_are_accepted(void **state)
{
	static const char *const names[] = {
		"a",
		"a/b",
		"sensors/kitchen/temperature",
		"A b",
		".",
		"$sys/x",
		"kernel/net/link",
		("gr\xc3\xbc\xc3\x9f"
		 "e"),
		"\xe2\x82\xac",
		"\xf0\x9f\x9a\x8c",
		"\xc2\xa0",
		"\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xf4\x8f\xbf\xbf",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_null(fault(names[i]));
}

static void each_fault_is_named(void **state)
{
	static const struct {
		const char *name;
		const char *word;
	} cases[] = {
		{ "", "empty" },
		{ "/a", "begins" },
		{ "a/", "ends" },
		{ "/", "begins" },
		{ "a//b", "empty level" },
		{ "a/+/b", "wildcard" },
		{ "a/#", "wildcard" },
		{ "a+", "wildcard" },
		{ "a\nb", "control" },
		{ "a\x7f", "control" },
		{ "\x1b[2J", "control" },
		{ "a\xc2\x80", "control" },
		{ "a\xc2\x9f", "control" },
		{ "\xff", "UTF-8" },
		{ "\x80", "UTF-8" },
		{ "a\xc3", "UTF-8" },
		{ "\xc0\xaf", "UTF-8" }, /* overlong '/' */
		{ "\xc1\xbf", "UTF-8" },
		{ "\xe0\x9f\xbf", "UTF-8" },	 /* overlong */
		{ "\xed\xa0\x80", "UTF-8" },	 /* surrogate */
		{ "\xf0\x8f\xbf\xbf", "UTF-8" }, /* overlong */
		{ "\xf4\x90\x80\x80", "UTF-8" }, /* past U+10FFFF */
		{ "\xf5\x80\x80\x80", "UTF-8" },
		{ "\xe2\x82", "UTF-8" },
		{ "\xe2\x82z", "UTF-8" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *text = fault(cases[i].name);

		if (!text || !strstr(text, cases[i].word))
			fail_msg("case %zu: %s", i, text ? text : "accepted");
	}
}

/* MQTT 5, section 4.7.1, and the stricter rules of kbus. */
static void patterns_have_wildcards_for_whole_levels(void **state)
{
	static const char *const good[] = {
		"#",	 "+",	"+/+",	  "a/#", "a/+/b",
		"+/a/#", "+/#", "$sys/#", "a/b",
	};
	static const struct {
		const char *pattern;
		const char *word;
	} bad[] = {
		{ "a#", "whole level" },
		{ "sport/tennis#", "whole level" },
		{ "a+", "whole level" },
		{ "sport+", "whole level" },
		{ "+a", "whole level" },
		{ "#a", "whole level" },
		{ "a+/b", "whole level" },
		{ "++", "whole level" },
		{ "+#", "whole level" },
		{ "##", "whole level" },
		{ "#/b", "nothing comes after" },
		{ "sport/tennis/#/ranking", "nothing comes after" },
		{ "", "empty" },
		{ "+//b", "empty level" },
		{ "a//#", "empty level" },
		{ "/+", "begins" },
		{ "/#", "begins" },
		{ "+/", "ends" },
		{ "#/", "ends" },
		{ "a/\n/+", "control" },
		{ "+/\xff", "UTF-8" },
	};
	char name[256];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_null(kbus_pattern_fault(good[i], strlen(good[i])));
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const char *text = kbus_pattern_fault(bad[i].pattern,
						      strlen(bad[i].pattern));

		if (!text || !strstr(text, bad[i].word))
			fail_msg("'%s': %s", bad[i].pattern,
				 text ? text : "accepted");
	}
	memset(name, 'a', sizeof(name));
	memcpy(name, "+/", 2);
	assert_null(kbus_pattern_fault(name, 255));
	assert_non_null(strstr(kbus_pattern_fault(name, 256), "255"));
}

static void a_nul_within_is_refused(void **state)
{
	assert_non_null(strstr(kbus_topic_name_fault("a\0b", 3), "control"));
}

static void length_limit_is_255_bytes(void **state)
{
	char name[256];

	memset(name, 'a', sizeof(name));
	assert_null(kbus_topic_name_fault(name, 255));
	assert_non_null(strstr(kbus_topic_name_fault(name, 256), "255"));
}

/* The address sanitizer watches the end of the name. */
static void nothing_is_read_past_the_end(void **state)
{
	static const char text[] = "a/\xe2\x82\xac/";
	size_t len;

	for (len = 1; len < sizeof(text); len++) {
		char *name = malloc(len);

		memcpy(name, text, len);
		assert_true(kbus_topic_name_fault(name, len) || len == 1 ||
			    len == 5);
		free(name);
	}
}

static void type_names_are_identifiers_and_dots(void **state)
{
	static const char *const faulty[] = {
		"a b", "a/b", "a\n", "\x1b[2J", "gr\xc3\xbcn", "a-b",
	};
	char name[256];
	size_t i;

	assert_null(kbus_type_name_fault("", 0));
	assert_null(kbus_type_name_fault("kbus.v1.Event_2", 15));
	memset(name, 'a', sizeof(name));
	assert_null(kbus_type_name_fault(name, 255));
	assert_non_null(kbus_type_name_fault(name, 256));
	assert_non_null(kbus_type_name_fault("a\0b", 3));
	for (i = 0; i < sizeof(faulty) / sizeof(*faulty); i++)
		assert_non_null(
			kbus_type_name_fault(faulty[i], strlen(faulty[i])));
}

static void first_level_tells_the_owner(void **state)
{
	static const struct {
		const char *name;
		enum kbus_name_owner owner;
	} cases[] = {
		{ "a", KBUS_NAME_OF_USER },
		{ "kernelx", KBUS_NAME_OF_USER },
		{ "a/kernel", KBUS_NAME_OF_USER },
		{ "kerne", KBUS_NAME_OF_USER },
		{ "Kernel/a", KBUS_NAME_OF_USER },
		{ "a$", KBUS_NAME_OF_USER },
		{ "kernel", KBUS_NAME_OF_KERNEL },
		{ "kernel/net/link", KBUS_NAME_OF_KERNEL },
		{ "$", KBUS_NAME_OF_BROKER },
		{ "$sys/topics", KBUS_NAME_OF_BROKER },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(kbus_topic_name_owner(cases[i].name,
						       strlen(cases[i].name)),
				 cases[i].owner);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed_names_are_accepted),
		cmocka_unit_test(each_fault_is_named),
		cmocka_unit_test(patterns_have_wildcards_for_whole_levels),
		cmocka_unit_test(a_nul_within_is_refused),
		cmocka_unit_test(length_limit_is_255_bytes),
		cmocka_unit_test(nothing_is_read_past_the_end),
		cmocka_unit_test(type_names_are_identifiers_and_dots),
		cmocka_unit_test(first_level_tells_the_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
