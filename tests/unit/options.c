// SPDX-License-Identifier: GPL-2.0-only
#include "unit_test.h"

#include "tool_options.h"

#define ARGS_MAX 16

static struct pub_options pub;
static struct sub_options sub;
static struct topic_options topic;

/* Splits at blanks. The words are valid until the next call. */
static int split(const char *line, char **argv)
{
	static char words[512];
	char *word;
	int argc = 0;

	snprintf(words, sizeof(words), "%s", line);
	for (word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return argc;
}

static enum parsed parse_words(int argc, char **argv)
{
	if (!strcmp(argv[0], "bus-pub"))
		return pub_options_parse(&pub, argc, argv);
	if (!strcmp(argv[0], "bus-sub"))
		return sub_options_parse(&sub, argc, argv);
	return topic_options_parse(&topic, argc, argv);
}

/* The output is not tested here. */
static enum parsed parse(const char *line)
{
	static char *argv[ARGS_MAX];
	int argc = split(line, argv);
	FILE *out = stdout, *err = stderr;
	enum parsed parsed;

	stdout = fopen("/dev/null", "w");
	stderr = stdout;
	parsed = parse_words(argc, argv);
	fclose(stdout);
	stdout = out;
	stderr = err;
	return parsed;
}

static void wrong_command_lines_are_refused(void **state)
{
	static const char *const lines[] = {
		"bus-pub",
		"bus-pub a",
		"bus-pub --nonsense a x=1",
		"bus-pub -n 0 a x=1",
		"bus-pub -n -1 a x=1",
		"bus-pub -n 1x a x=1",
		"bus-pub -n 99999999999999999999 a x=1",
		"bus-pub -i -1 a x=1",
		"bus-pub -i nan a x=1",
		"bus-pub -i inf a x=1",
		"bus-pub -i 1e99 a x=1",
		"bus-pub -l -j a",
		"bus-pub -l -f x a",
		"bus-pub -l a x=1",
		"bus-pub -f x a x=1",
		"bus-pub -l -m text a",
		"bus-pub -l -n 2 a",
		"bus-pub -j -n 2 a",
		"bus-pub -j a {} more",
		"bus-pub --keep-going a x=1",
		"bus-pub --keep-going -f x a",
		"bus-pub --keep-going -j a {}",
		"bus-sub",
		"bus-sub -n 0 a",
		"bus-sub --count-lost a",
		"bus-sub -t -1 a",
		"bus-sub -t soon a",
		"bus-sub -d 0 a",
		"bus-sub -d 4294967296 a",
		"bus-sub -b 0 a",
		"bus-sub -o drop-all a",
		"bus-sub -F %q a",
		"bus-sub -F % a",
		"bus-sub -j -F %m a",
		"bus-topic",
		"bus-topic make a",
		"bus-topic create",
		"bus-topic create a b",
		"bus-topic list a",
		"bus-topic delete a -j",
		"bus-topic show a --type x",
		"bus-topic show a --allow-block",
		"bus-topic list --history 3",
		"bus-topic create a --history 0",
		"bus-topic create a --history 4294967296",
		"bus-topic create a --history -1",
		"bus-topic create a --history-bytes 1",
		"bus-topic create a --history 1 --history-bytes 0",
		"bus-topic change a",
		"bus-topic change --mode 0644",
		"bus-topic change a --mode 0644 --type x",
		"bus-topic list --mode 0644",
		"bus-topic delete a --owner root",
		"bus-topic create a --mode 0777",
		"bus-topic create a --mode 8",
		"bus-topic create a --mode rw",
		"bus-topic create a --mode -1",
		"bus-topic create a --mode 01000",
		"bus-topic create a --mode ''",
		"bus-topic create a --owner nobody-of-that-name",
		"bus-topic create a --owner :",
		"bus-topic create a --owner root:",
		"bus-topic create a --owner 4294967295",
		"bus-topic create a --owner -1",
		"bus-topic create a --owner 1:4294967295",
		"bus-topic stats a b",
		"bus-topic stats -i 0",
		"bus-topic stats -i -1",
		"bus-topic stats -i 0.0001",
		"bus-topic stats -i often",
		"bus-topic stats -n -1",
		"bus-topic stats -n many",
		"bus-topic stats --mode 0644",
		"bus-topic stats --history 1",
		"bus-topic list -n 1",
		"bus-topic show a -i 1",
		"bus-topic create a --count 1",
		"bus-pub -w -1 a x=1",
		"bus-pub -w soon a x=1",
		"bus-sub -R 0 a",
		"bus-sub -R all a",
		"bus-sub -R 1 -L a",
		"bus-sub -o sometimes a",
	};
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (parse(lines[i]) != PARSED_WRONG)
			fail_msg("accepted: %s", lines[i]);
}

static void pub_reads_fields(void **state)
{
	assert_int_equal(parse("bus-pub -n 3 -i 0.5 a/b x=1 y=2"), PARSED_RUN);
	assert_string_equal(pub.topic, "a/b");
	assert_int_equal(pub.source, PUB_FIELDS);
	assert_int_equal(pub.repeat, 3);
	assert_true(pub.interval == 0.5);
	assert_int_equal(pub.field_count, 2);
	assert_string_equal(pub.fields[1], "y=2");
	assert_null(pub.key);
	assert_int_equal(pub.wait_ms, 0);
	assert_false(pub.verbose);
}

static void pub_reads_how(void **state)
{
	char line[300] = "bus-pub a x=1 -k ";
	size_t len = strlen(line);

	assert_int_equal(parse("bus-pub -k door -w 1.5 -v a x=1"), PARSED_RUN);
	assert_string_equal(pub.key, "door");
	assert_int_equal(pub.wait_ms, 1500);
	assert_true(pub.verbose);
	assert_int_equal(parse("bus-pub --key k --wait 0.0001 a x=1"),
			 PARSED_RUN);
	assert_int_equal(pub.wait_ms, 1);
	assert_int_equal(parse("bus-pub --wait 999999999 a x=1"), PARSED_RUN);
	assert_int_equal(pub.wait_ms, -1);
	memset(line + len, 'k', 255);
	assert_int_equal(parse(line), PARSED_RUN);
	line[len + 255] = 'k';
	assert_int_equal(parse(line), PARSED_WRONG);
}

static void pub_reads_its_sources(void **state)
{
	assert_int_equal(parse("bus-pub -m hi a"), PARSED_RUN);
	assert_string_equal(pub.message, "hi");
	assert_int_equal(parse("bus-pub --lines a"), PARSED_RUN);
	assert_int_equal(pub.source, PUB_LINES);
	assert_int_equal(parse("bus-pub --json a"), PARSED_RUN);
	assert_int_equal(pub.source, PUB_JSON);
	assert_null(pub.json);
	assert_false(pub.keep_going);
	assert_int_equal(parse("bus-pub --keep-going -j a"), PARSED_RUN);
	assert_true(pub.keep_going);
	assert_int_equal(parse("bus-pub --lines --keep-going a"), PARSED_RUN);
	assert_true(pub.keep_going);
	assert_int_equal(parse("bus-pub -n 2 -j a {}"), PARSED_RUN);
	assert_string_equal(pub.json, "{}");
	assert_int_equal(parse("bus-pub -f - a"), PARSED_RUN);
	assert_int_equal(pub.source, PUB_FILE);
	assert_string_equal(pub.file, "-");
}

static void sub_reads_everything(void **state)
{
	assert_int_equal(parse("bus-sub -n 5 -t 1.5 -j -d 10 -b 4096 "
			       "-o drop-newest -L a b"),
			 PARSED_RUN);
	assert_int_equal(sub.count, 5);
	assert_true(sub.timeout == 1.5);
	assert_true(sub.json);
	assert_true(sub.listen);
	assert_int_equal(sub.backlog.messages, 10);
	assert_int_equal(sub.backlog.bytes, 4096);
	assert_int_equal(sub.backlog.overflow, BUS_DROP_NEWEST);
	assert_int_equal(sub.topic_count, 2);
	assert_string_equal(sub.topics[0], "a");
	assert_int_equal(parse("bus-sub -R 7 -o conflate -F %k%r a"),
			 PARSED_RUN);
	assert_int_equal(sub.replay, 7);
	assert_int_equal(sub.backlog.overflow, BUS_CONFLATE);
	assert_int_equal(parse("bus-sub -n 3 --count-lost a"), PARSED_RUN);
	assert_int_equal(sub.count, 3);
	assert_true(sub.count_lost);
	assert_int_equal(parse("bus-sub -C 500 a"), PARSED_RUN);
	assert_int_equal(sub.backlog.coalesce_us, 500);
	assert_int_equal(parse("bus-sub --coalesce=2000 a"), PARSED_RUN);
	assert_int_equal(sub.backlog.coalesce_us, 2000);
	assert_int_equal(parse("bus-sub --ready a"), PARSED_RUN);
	assert_true(sub.ready);
	assert_int_equal(sub.ready_fd, 2);
	assert_int_equal(parse("bus-sub --ready=1 a"), PARSED_RUN);
	assert_int_equal(sub.ready_fd, 1);
	assert_int_equal(parse("bus-sub --ready=1000 a"), PARSED_WRONG);
	assert_int_equal(parse("bus-sub --overflow=block a"), PARSED_RUN);
	assert_int_equal(sub.backlog.overflow, BUS_BLOCK);
}

static void sub_has_defaults(void **state)
{
	assert_int_equal(parse("bus-sub a"), PARSED_RUN);
	assert_false(sub.count_lost);
	assert_false(sub.ready);
	assert_int_equal(sub.count, 0);
	assert_true(sub.timeout < 0);
	assert_false(sub.json);
	assert_string_equal(sub.format, "%t %m");
	assert_int_equal(sub.backlog.messages, 0);
	assert_int_equal(sub.backlog.coalesce_us, 0);
	assert_int_equal(sub.replay, 0);
	assert_int_equal(sub.backlog.overflow, BUS_DROP_OLDEST);
}

static void topic_reads_its_commands(void **state)
{
	assert_int_equal(parse("bus-topic create a --type x.Y"), PARSED_RUN);
	assert_int_equal(topic.command, TOPIC_CREATE);
	assert_string_equal(topic.topic, "a");
	assert_string_equal(topic.create.type, "x.Y");
	assert_int_equal(topic.create.history, 0);
	assert_int_equal(parse("bus-topic create a --history 3 "
			       "--history-bytes 4096 --allow-block"),
			 PARSED_RUN);
	assert_int_equal(topic.create.history, 3);
	assert_int_equal(topic.create.history_bytes, 4096);
	assert_true(topic.create.allow_block);
	assert_int_equal(parse("bus-topic delete a"), PARSED_RUN);
	assert_int_equal(topic.command, TOPIC_DELETE);
	assert_int_equal(parse("bus-topic list -j"), PARSED_RUN);
	assert_int_equal(topic.command, TOPIC_LIST);
	assert_true(topic.json);
	assert_int_equal(parse("bus-topic -j show a"), PARSED_RUN);
	assert_int_equal(topic.command, TOPIC_SHOW);
}

static void topic_reads_what_to_report(void **state)
{
	assert_int_equal(parse("bus-topic stats"), PARSED_RUN);
	assert_int_equal(topic.command, TOPIC_STATS);
	assert_null(topic.topic);
	assert_true(topic.interval == 1);
	assert_int_equal(topic.count, 1);
	assert_int_equal(parse("bus-topic stats a -i 0.5 -n 0 -j"), PARSED_RUN);
	assert_string_equal(topic.topic, "a");
	assert_true(topic.interval == 0.5);
	assert_int_equal(topic.count, 0);
	assert_true(topic.json);
	assert_int_equal(parse("bus-topic stats --interval=2 --count=7"),
			 PARSED_RUN);
	assert_true(topic.interval == 2);
	assert_int_equal(topic.count, 7);
}

static void topic_reads_access(void **state)
{
	const struct bus_topic_access *access = &topic.create.access;

	assert_int_equal(parse("bus-topic create a"), PARSED_RUN);
	assert_int_equal(access->set, 0);
	assert_int_equal(parse("bus-topic create a --mode 0640"), PARSED_RUN);
	assert_int_equal(access->set, BUS_SET_MODE);
	assert_int_equal(access->mode, 0640);
	assert_int_equal(parse("bus-topic change a --mode 0 --owner root"),
			 PARSED_RUN);
	assert_int_equal(topic.command, TOPIC_CHANGE);
	assert_int_equal(access->set, BUS_SET_MODE | BUS_SET_UID);
	assert_int_equal(access->mode, 0);
	assert_int_equal(access->uid, 0);
	assert_int_equal(parse("bus-topic change a --owner 1234:root"),
			 PARSED_RUN);
	assert_int_equal(access->set, BUS_SET_UID | BUS_SET_GID);
	assert_int_equal(access->uid, 1234);
	assert_int_equal(access->gid, 0);
	assert_int_equal(parse("bus-topic change a --owner :4294967294"),
			 PARSED_RUN);
	assert_int_equal(access->set, BUS_SET_GID);
	assert_int_equal(access->gid, UINT32_MAX - 1);
}

static void help_and_version_end_well(void **state)
{
	assert_int_equal(parse("bus-pub --help"), PARSED_DONE);
	assert_int_equal(parse("bus-sub --help"), PARSED_DONE);
	assert_int_equal(parse("bus-topic --help"), PARSED_DONE);
	assert_int_equal(parse("bus-pub --version"), PARSED_DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_command_lines_are_refused),
		cmocka_unit_test(pub_reads_fields),
		cmocka_unit_test(pub_reads_how),
		cmocka_unit_test(pub_reads_its_sources),
		cmocka_unit_test(sub_reads_everything),
		cmocka_unit_test(sub_has_defaults),
		cmocka_unit_test(topic_reads_its_commands),
		cmocka_unit_test(topic_reads_what_to_report),
		cmocka_unit_test(topic_reads_access),
		cmocka_unit_test(help_and_version_end_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
