// SPDX-License-Identifier: GPL-2.0-only
#include "unit_test.h"

#include "line.h"

static FILE *file_of(const void *data, size_t size)
{
	FILE *file = tmpfile();

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	rewind(file);
	return file;
}

static void assert_line(struct line *line, FILE *file, const char *text,
			size_t len)
{
	uint64_t number = line->number;

	assert_int_equal(line_read(line, file), 1);
	assert_int_equal(line->len, len);
	assert_memory_equal(line->text, text, len + 1);
	assert_int_equal(line->number, number + 1);
	assert_false(line->too_long);
}

static void lines_are_of_any_bytes(void **state)
{
	static const char data[] = "one\n\na\0b\xff\nlast";
	FILE *file = file_of(data, sizeof(data) - 1);
	struct line line = { 0 };

	assert_line(&line, file, "one", 3);
	assert_line(&line, file, "", 0);
	assert_line(&line, file, "a\0b\xff", 4);
	assert_line(&line, file, "last", 4);
	assert_int_equal(line_read(&line, file), 0);
	line_free(&line);
	fclose(file);
}

static void a_line_that_is_too_long_is_passed_over(void **state)
{
	static char data[2 * LINE_MAX_SIZE + 32];
	struct line line = { 0 };
	FILE *file;

	memset(data, 'x', sizeof(data));
	/* The longest, one byte more, a short one. */
	data[LINE_MAX_SIZE] = '\n';
	data[2 * LINE_MAX_SIZE + 2] = '\n';
	memcpy(data + 2 * LINE_MAX_SIZE + 3, "next\n", 5);
	file = file_of(data, 2 * LINE_MAX_SIZE + 8);
	assert_int_equal(line_read(&line, file), 1);
	assert_int_equal(line.len, LINE_MAX_SIZE);
	assert_false(line.too_long);
	assert_int_equal(line_read(&line, file), 1);
	assert_true(line.too_long);
	assert_true(line.len <= LINE_MAX_SIZE);
	assert_line(&line, file, "next", 4);
	assert_int_equal(line.number, 3);
	assert_int_equal(line_read(&line, file), 0);
	line_free(&line);
	fclose(file);
}

static void an_error_is_told(void **state)
{
	struct line line = { 0 };
	FILE *file = fopen("/proc/self/mem", "r");

	assert_non_null(file);
	assert_true(line_read(&line, file) < 0);
	line_free(&line);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_of_any_bytes),
		cmocka_unit_test(a_line_that_is_too_long_is_passed_over),
		cmocka_unit_test(an_error_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
