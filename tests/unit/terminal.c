// SPDX-License-Identifier: GPL-2.0-only
/*
 * Output on a terminal, and elsewhere
 */
#include "unit_test.h"

#include "format.h"
#include "topic_print.h"

#include <fcntl.h>
#include <unistd.h>

/* A change of direction and a zero-width space; and the same, escaped. */
#define NAME "sensors/\xe2\x80\xaek\xe2\x80\x8b"
#define ESCAPED "sensors/\\xe2\\x80\\xaek\\xe2\\x80\\x8b"

static const struct bus_message message = {
	.kind = BUS_MESSAGE,
	.topic = NAME,
	.type = "",
	/*
	 * An event with the text U+009B, which begins terminal commands, and
	 * "2J".
	 */
	.payload = "\n\4\xc2\x9b"
		   "2J",
	.size = 6,
};

static const struct bus_message gap = {
	.kind = BUS_GAP,
	.topic = NAME,
	.first_seq = 1,
	.last_seq = 2,
	.count = 2,
};

static void print_plain(FILE *file)
{
	format_print(file, "%t %m", &message);
}

static void print_json(FILE *file)
{
	assert_true(format_json(file, &message));
}

static void print_gap(FILE *file)
{
	format_gap(file, &gap);
}

static void print_row(FILE *file)
{
	struct bus_topic topic = { .name = NAME, .type = "" };
	struct output output = { .file = file };

	assert_int_equal(topic_print_row(&topic, &output), 0);
}

static void print_details(FILE *file)
{
	struct bus_topic topic = { .name = NAME, .type = "" };
	struct output output = { .file = file };

	assert_int_equal(topic_print_details(&topic, &output), 0);
}

static void print_to_file(void (*print)(FILE *file), char *printed, size_t size)
{
	FILE *file = fmemopen(printed, size, "w");

	print(file);
	fclose(file);
}

static void print_to_terminal(void (*print)(FILE *file), char *printed,
			      size_t size)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	size_t len = 0;
	FILE *file;
	ssize_t got;

	assert_true(master >= 0);
	assert_int_equal(grantpt(master) | unlockpt(master), 0);
	file = fopen(ptsname(master), "w");
	assert_non_null(file);
	print(file);
	fclose(file);
	while ((got = read(master, printed + len, size - 1 - len)) > 0)
		len += got;
	printed[len] = '\0';
	close(master);
}

static void assert_has(const char *printed, const char *words)
{
	if (!strstr(printed, words))
		fail_msg("no %s in: %s", words, printed);
}

static void names_are_escaped_on_terminals_alone(void **state)
{
	void (*const prints[])(FILE * file) = {
		print_plain,
		print_gap,
		print_row,
		print_details,
	};
	char printed[4096];
	size_t i;

	for (i = 0; i < sizeof(prints) / sizeof(*prints); i++) {
		memset(printed, 0, sizeof(printed));
		print_to_file(prints[i], printed, sizeof(printed));
		assert_has(printed, NAME);
		print_to_terminal(prints[i], printed, sizeof(printed));
		assert_has(printed, ESCAPED);
	}
}

static void payloads_are_escaped_everywhere(void **state)
{
	char printed[4096] = "";

	print_to_file(print_plain, printed, sizeof(printed));
	assert_has(printed, " \\xc2\\x9b2J\n");
	print_to_terminal(print_plain, printed, sizeof(printed));
	assert_has(printed, " \\xc2\\x9b2J");
}

static void json_is_ascii_on_terminals_alone(void **state)
{
	char printed[4096] = "";

	print_to_file(print_json, printed, sizeof(printed));
	assert_has(printed, "\"topic\":\"" NAME "\"");
	assert_has(printed, "\"text\":\"\xc2\x9b"
			    "2J\"");
	print_to_terminal(print_json, printed, sizeof(printed));
	assert_has(printed, "\"topic\":\"sensors/\\u202Ek\\u200B\"");
	assert_has(printed, "\"text\":\"\\u009B2J\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_escaped_on_terminals_alone),
		cmocka_unit_test(payloads_are_escaped_everywhere),
		cmocka_unit_test(json_is_ascii_on_terminals_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
