// SPDX-License-Identifier: GPL-2.0-only
/*
 * Untrusted texts, made safe for payloads and terminals
 */
#include "unit_test.h"

#include "text.h"

#include <stdint.h>

#define TEXT(literal) literal, sizeof(literal) - 1

static void text_that_is_not_utf8_is_mended(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *clean;
		size_t clean_len;
	} cases[] = {
		{ TEXT("gr\xc3\xbc\xc3\x9f"
		       "e"),
		  TEXT("gr\xc3\xbc\xc3\x9f"
		       "e") },
		{ TEXT("\xff"), TEXT("\xef\xbf\xbd") },
		{ TEXT("a\xc3"), TEXT("a\xef\xbf\xbd") },
		{ TEXT("\xed\xa0\x80"),
		  TEXT("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") },
		{ TEXT("\xf0\x9f\x9a\x8c!"), TEXT("\xf0\x9f\x9a\x8c!") },
		{ TEXT("a\0b\xff"), TEXT("a\0b\xef\xbf\xbd") },
		{ TEXT(""), TEXT("") },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t len;
		char *clean =
			text_clean(cases[i].text, cases[i].len, SIZE_MAX, &len);

		assert_int_equal(len, cases[i].clean_len);
		assert_memory_equal(clean, cases[i].clean, len + 1);
		free(clean);
	}
}

static void mending_makes_no_text_too_long(void **state)
{
	size_t len;
	char *clean;

	clean = text_clean("\xe9\xe9", 2, 6, &len);
	assert_string_equal(clean, "\xef\xbf\xbd\xef\xbf\xbd");
	free(clean);
	clean = text_clean("\xe9z\xe9", 3, 6, &len);
	assert_string_equal(clean, "?z?");
	assert_int_equal(len, 3);
	free(clean);
	/* A text that is too long in any case keeps its length. */
	clean = text_clean("\xe9zz", 3, 2, &len);
	assert_string_equal(clean, "?zz");
	free(clean);
}

static void assert_escapes(void (*print)(FILE *, const char *, size_t),
			   const char *text, size_t len, const char *escaped)
{
	char printed[256] = "";
	FILE *file = fmemopen(printed, sizeof(printed), "w");

	print(file, text, len);
	fclose(file);
	assert_string_equal(printed, escaped);
}

static void what_a_terminal_obeys_is_escaped(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *escaped;
	} cases[] = {
		{ TEXT("a\x1b[2Jb"), "a\\x1b[2Jb" },
		{ TEXT("a\nb\tc\\d"), "a\\nb\\tc\\\\d" },
		{ TEXT("a\0b"), "a\\x00b" },
		/* CSI as one character, cut short, and as invalid UTF-8. */
		{ TEXT("\xc2\x9b"), "\\xc2\\x9b" },
		{ TEXT("\xc2"), "\\xc2" },
		{ TEXT("\xe9z"), "\\xe9z" },
		/*
		 * U+202E, U+2066, U+061C: they change the direction to
		 * right-to-left.
		 */
		{ TEXT("a\xe2\x80\xae"
		       "b\xe2\x81\xa6\xd8\x9c"),
		  "a\\xe2\\x80\\xaeb\\xe2\\x81\\xa6\\xd8\\x9c" },
		/* U+2028 ends a line. */
		{ TEXT("\xe2\x80\xa8"), "\\xe2\\x80\\xa8" },
		/* Persian needs U+200C; emoji need U+200D and U+FE0F. */
		{ TEXT("\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae"),
		  "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae" },
		{ TEXT("\xe2\x9d\xa4\xef\xb8\x8f\xe2\x80\x8d\xf0\x9f\x94\xa5"),
		  "\xe2\x9d\xa4\xef\xb8\x8f\xe2\x80\x8d\xf0\x9f\x94\xa5" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_escapes(text_print_escaped, cases[i].text, cases[i].len,
			       cases[i].escaped);
}

static void what_nobody_sees_is_escaped_in_names(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *escaped;
	} cases[] = {
		{ TEXT("gr\xc3\xbc\xc3\x9f"
		       "e 1"),
		  "gr\xc3\xbc\xc3\x9f"
		  "e 1" },
		{ TEXT("a\xe2\x80\xae"), "a\\xe2\\x80\\xae" },
		/* U+200B, U+200D, U+FEFF, U+00AD, U+2060, U+E0041 */
		{ TEXT("a\xe2\x80\x8b"), "a\\xe2\\x80\\x8b" },
		{ TEXT("a\xe2\x80\x8d"), "a\\xe2\\x80\\x8d" },
		{ TEXT("a\xef\xbb\xbf"), "a\\xef\\xbb\\xbf" },
		{ TEXT("a\xc2\xad"), "a\\xc2\\xad" },
		{ TEXT("a\xe2\x81\xa0"), "a\\xe2\\x81\\xa0" },
		{ TEXT("a\xf3\xa0\x81\x81"), "a\\xf3\\xa0\\x81\\x81" },
		/* U+00A0 looks like a blank. */
		{ TEXT("a\xc2\xa0"), "a\\xc2\\xa0" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_escapes(text_print_name, cases[i].text, cases[i].len,
			       cases[i].escaped);
}

static void base64_goes_both_ways(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *text;
	} cases[] = {
		/* RFC 4648, section 10 */
		{ TEXT(""), "" },
		{ TEXT("f"), "Zg==" },
		{ TEXT("fo"), "Zm8=" },
		{ TEXT("foo"), "Zm9v" },
		{ TEXT("foob"), "Zm9vYg==" },
		{ TEXT("fooba"), "Zm9vYmE=" },
		{ TEXT("foobar"), "Zm9vYmFy" },
		{ TEXT("\0\xff\xfe"), "AP/+" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = text_base64(cases[i].bytes, cases[i].len);
		size_t len;
		void *bytes = text_from_base64(text, &len);

		assert_string_equal(text, cases[i].text);
		assert_int_equal(len, cases[i].len);
		assert_memory_equal(bytes, cases[i].bytes, len);
		free(text);
		free(bytes);
	}
}

static void what_is_not_base64_is_refused(void **state)
{
	static const char *const texts[] = {
		"Z", "Zg", "Zg=", "Zg==x", "Zh==", "====", "Zm9*", "\xc3\xbc"
	};
	size_t len;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (text_from_base64(texts[i], &len))
			fail_msg("accepted: %s", texts[i]);
}

static void the_precision_is_the_least_that_reads_back(void **state)
{
	static const struct {
		double number;
		int precision;
	} cases[] = {
		{ 0, 1 },	 { 1000, 4 },	{ -1234.5, 5 },
		{ 1e15, 1 },	 { -0.0, 1 },	{ 21.7, 3 },
		{ 1e300, 1 },	 { 5e-324, 1 }, { 2.2250738585072014e-308, 17 },
		{ 1.0 / 3, 16 }, { 0.1, 1 },	{ 0.30000000000000004, 17 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(text_precision(cases[i].number),
				 cases[i].precision);
	assert_true(text_widen(0.1f) == 0.1);
	assert_true(text_widen(-16777216) == -16777216);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_that_is_not_utf8_is_mended),
		cmocka_unit_test(mending_makes_no_text_too_long),
		cmocka_unit_test(what_a_terminal_obeys_is_escaped),
		cmocka_unit_test(what_nobody_sees_is_escaped_in_names),
		cmocka_unit_test(base64_goes_both_ways),
		cmocka_unit_test(what_is_not_base64_is_refused),
		cmocka_unit_test(the_precision_is_the_least_that_reads_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
