// SPDX-License-Identifier: GPL-2.0-only
/*
 * The messages that topics keep, and subscribers that begin with them
 */
#include "guest_test.h"

#include <signal.h>
#include <sys/wait.h>

static void create(struct bus *bus, const char *topic, uint32_t history,
		   uint32_t bytes)
{
	const struct bus_topic_options options = {
		.size = sizeof(options),
		.history = history,
		.history_bytes = bytes,
	};

	assert_bus_ok(bus, bus_topic_create(bus, topic, &options));
}

static void publish_numbers(struct bus *bus, const char *topic, int first,
			    int last)
{
	char text[16];

	for (; first <= last; first++) {
		snprintf(text, sizeof(text), "%d", first);
		publish(bus, topic, text);
	}
}

static void expect_numbers(struct bus *bus, const char *topic, int first,
			   int last, bool replayed)
{
	const struct bus_message *message;
	char text[16];

	for (; first <= last; first++) {
		snprintf(text, sizeof(text), "%d", first);
		message = receive(bus);
		assert_message(message, topic, first, text);
		assert_int_equal(message->replayed, replayed);
	}
}

static void replay_comes_first_and_is_marked(void **state)
{
	struct bus *bus = open_bus();
	struct bus *late = open_bus();

	create(bus, "kept", 10, 0);
	publish_numbers(bus, "kept", 1, 15);
	assert_bus_ok(late, bus_subscribe_replay(late, "kept", 4));
	publish_numbers(bus, "kept", 16, 17);
	expect_numbers(late, "kept", 12, 15, true);
	expect_numbers(late, "kept", 16, 17, false);
	assert_nothing_comes(late);
	/* LIVE again, and nothing was lost on the way. */
	publish_numbers(bus, "kept", 18, 18);
	expect_numbers(late, "kept", 18, 18, false);
	bus_close(late);
	bus_close(bus);
}

static void replay_is_of_what_is_kept_at_most(void **state)
{
	struct bus *bus = open_bus();
	struct bus *late = open_bus();

	create(bus, "few", 3, 0);
	assert_bus_ok(late, bus_subscribe_replay(late, "few", 100));
	assert_nothing_comes(late);
	publish_numbers(bus, "few", 1, 1);
	expect_numbers(late, "few", 1, 1, false);
	bus_close(late);
	late = open_bus();
	assert_bus_ok(late, bus_subscribe_replay(late, "few", UINT32_MAX));
	expect_numbers(late, "few", 1, 1, true);
	publish_numbers(bus, "few", 2, 9);
	expect_numbers(late, "few", 2, 9, false);
	bus_close(late);
	late = open_bus();
	assert_bus_ok(late, bus_subscribe_replay(late, "few", UINT32_MAX));
	expect_numbers(late, "few", 7, 9, true);
	assert_nothing_comes(late);
	bus_close(late);
	bus_close(bus);
}

static void a_subscriber_that_does_not_ask_gets_none(void **state)
{
	struct bus *bus = open_bus();

	create(bus, "unasked", 10, 0);
	publish_numbers(bus, "unasked", 1, 5);
	assert_bus_ok(bus, bus_subscribe(bus, "unasked"));
	publish_numbers(bus, "unasked", 6, 6);
	expect_numbers(bus, "unasked", 6, 6, false);
	assert_nothing_comes(bus);
	bus_close(bus);
}

static void patterns_replay_each_topic(void **state)
{
	struct bus *bus = open_bus();
	struct bus *late = open_bus();
	const struct bus_message *message;
	int seen[3] = { 0 };
	int i;

	create(bus, "each/0", 10, 0);
	create(bus, "each/1", 2, 0);
	create(bus, "each/2", 10, 0);
	publish_numbers(bus, "each/0", 1, 5);
	publish_numbers(bus, "each/1", 1, 5);
	publish_numbers(bus, "each/none", 1, 5);
	assert_bus_ok(late, bus_subscribe_replay(late, "each/#", 3));
	for (i = 0; i < 5; i++) {
		message = receive(late);
		assert_true(message->replayed);
		seen[message->topic[5] - '0']++;
	}
	assert_int_equal(seen[0], 3);
	assert_int_equal(seen[1], 2);
	assert_nothing_comes(late);
	publish_numbers(bus, "each/none", 6, 6);
	expect_numbers(late, "each/none", 6, 6, false);
	/* A later topic of the pattern has nothing to replay. */
	publish_numbers(bus, "each/later", 1, 1);
	expect_numbers(late, "each/later", 1, 1, false);
	bus_close(late);
	bus_close(bus);
}

static void what_is_received_already_is_not_replayed(void **state)
{
	struct bus *bus = open_bus();

	create(bus, "twice/a", 10, 0);
	create(bus, "twice/b", 10, 0);
	publish_numbers(bus, "twice/a", 1, 2);
	publish_numbers(bus, "twice/b", 1, 2);
	assert_bus_ok(bus, bus_subscribe(bus, "twice/a"));
	publish_numbers(bus, "twice/a", 3, 3);
	assert_bus_ok(bus, bus_subscribe_replay(bus, "twice/+", 10));
	assert_bus_ok(bus, bus_subscribe_replay(bus, "twice/#", 10));
	expect_numbers(bus, "twice/a", 3, 3, false);
	expect_numbers(bus, "twice/b", 1, 2, true);
	assert_nothing_comes(bus);
	/* After the last subscription has ended, it is replayed. */
	assert_bus_ok(bus, bus_unsubscribe(bus, "twice/a"));
	assert_bus_ok(bus, bus_unsubscribe(bus, "twice/+"));
	assert_bus_ok(bus, bus_unsubscribe(bus, "twice/#"));
	assert_bus_ok(bus, bus_subscribe_replay(bus, "twice/a", 1));
	expect_numbers(bus, "twice/a", 3, 3, true);
	assert_nothing_comes(bus);
	bus_close(bus);
}

static void keys_are_kept(void **state)
{
	const struct bus_publish_options about = {
		.size = sizeof(about),
		.key = "door",
		.key_size = 4,
	};
	struct bus *bus = open_bus();
	const struct bus_message *message;

	create(bus, "keyed", 1, 0);
	assert_bus_ok(bus, bus_publish(bus, "keyed", "x", 1, &about));
	assert_bus_ok(bus, bus_subscribe_replay(bus, "keyed", 1));
	message = receive(bus);
	assert_true(message->replayed);
	assert_int_equal(message->key_size, 4);
	assert_memory_equal(message->key, "door", 4);
	bus_close(bus);
}

static void memory_is_bounded_in_messages_and_bytes(void **state)
{
	static char large[60000];
	struct bus *bus = open_bus();
	struct bus_topic topic;
	uint32_t one;

	create(bus, "bounded", 100, 20000);
	publish_numbers(bus, "bounded", 1, 1);
	topic = look_up(bus, "bounded");
	assert_int_equal(topic.history, 100);
	assert_int_equal(topic.history_bytes, 20000);
	assert_int_equal(topic.kept, 1);
	one = topic.kept_bytes;
	assert_in_range(one, 1, 2000);
	publish_numbers(bus, "bounded", 2, 500);
	topic = look_up(bus, "bounded");
	assert_int_equal(topic.kept, 20000 / one);
	assert_int_equal(topic.kept_bytes, 20000 / one * one);
	/* A message larger than the history also removes those before it. */
	assert_bus_ok(bus,
		      bus_publish(bus, "bounded", large, sizeof(large), NULL));
	topic = look_up(bus, "bounded");
	assert_int_equal(topic.kept, 0);
	assert_int_equal(topic.kept_bytes, 0);
	publish_numbers(bus, "bounded", 502, 503);
	assert_bus_ok(bus, bus_subscribe_replay(bus, "bounded", 10));
	expect_numbers(bus, "bounded", 502, 503, true);
	assert_nothing_comes(bus);
	bus_close(bus);
}

static void a_deleted_topic_forgets(void **state)
{
	struct bus *bus = open_bus();

	create(bus, "forget", 10, 0);
	publish_numbers(bus, "forget", 1, 10);
	assert_bus_ok(bus, bus_topic_delete(bus, "forget"));
	create(bus, "forget", 10, 0);
	assert_int_equal(look_up(bus, "forget").kept, 0);
	assert_bus_ok(bus, bus_subscribe_replay(bus, "forget", 10));
	assert_nothing_comes(bus);
	bus_close(bus);
}

/* Replayed messages that do not fit are reported as well. */
static void a_replay_that_does_not_fit_is_a_loss(void **state)
{
	const struct bus_backlog backlog = { .size = sizeof(backlog),
					     .messages = 4 };
	struct bus *bus = open_bus();
	struct bus *late = open_bus();

	create(bus, "fit", 10, 0);
	publish_numbers(bus, "fit", 1, 10);
	assert_bus_ok(late, bus_set_backlog(late, &backlog));
	assert_bus_ok(late, bus_subscribe_replay(late, "fit", 9));
	expect_gap(late, "fit", 2, 6);
	expect_numbers(late, "fit", 7, 10, true);
	publish_numbers(bus, "fit", 11, 11);
	expect_numbers(late, "fit", 11, 11, false);
	bus_close(late);
	bus_close(bus);
}

/* While publishers work, the replay ends exactly where the rest begins. */
static void replay_and_publishing_meet_without_a_seam(void **state)
{
	/* Nothing is lost, however late it is read. */
	const struct bus_backlog large = {
		.size = sizeof(large),
		.messages = 1000000,
		.bytes = 64 << 20,
	};
	struct bus *bus = open_bus();
	pid_t pid = -1;
	int i, n;

	create(bus, "seam", 20, 0);
	pid = fork();
	if (pid == 0) {
		bus_close(bus);
		bus = open_bus();
		for (;;)
			publish(bus, "seam", "x");
	}
	for (i = 0; i < 100; i++) {
		struct bus *late = open_bus();
		uint64_t next = 0;
		bool new = false;

		assert_bus_ok(late, bus_set_backlog(late, &large));
		assert_bus_ok(late, bus_subscribe_replay(late, "seam", 20));
		for (n = 0; n < 40; n++) {
			const struct bus_message *message = receive(late);

			assert_int_equal(message->kind, BUS_MESSAGE);
			if (next)
				assert_int_equal(message->seq, next);
			next = message->seq + 1;
			/* All replays come before everything else. */
			assert_false(new && message->replayed);
			new = !message->replayed;
		}
		assert_true(new);
		bus_close(late);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	bus_close(bus);
}

static void bad_histories_are_refused(void **state)
{
	static const struct {
		uint32_t messages;
		uint32_t bytes;
		int err;
		const char *text;
	} cases[] = {
		{ 0, 4096, -EINVAL, "how many messages" },
		{ 1000000, 0, -EDQUOT, "history_messages_max" },
		{ UINT32_MAX, 0, -EDQUOT, "history_messages_max" },
		{ 1, UINT32_MAX, -EDQUOT, "history_bytes_max" },
	};
	struct bus *bus = open_bus();
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct bus_topic_options options = {
			.size = sizeof(options),
			.history = cases[i].messages,
			.history_bytes = cases[i].bytes,
		};
		int err = bus_topic_create(bus, "badhistory", &options);

		if (err != cases[i].err ||
		    !strstr(bus_strerror(bus, err), cases[i].text))
			fail_msg("case %zu: %d, %s", i, err,
				 bus_strerror(bus, err));
	}
	assert_int_equal(bus_publish(bus, "badhistory", "x", 1, &no_create),
			 -ENOENT);
	bus_close(bus);
}

static void replay_without_a_history_is_refused(void **state)
{
	struct bus *bus = open_bus();

	publish(bus, "nohistory/a", "x");
	assert_int_equal(bus_subscribe_replay(bus, "nohistory/a", 1), -ENODATA);
	assert_non_null(strstr(bus_strerror(bus, -ENODATA), "no history"));
	assert_int_equal(bus_subscribe_replay(bus, "nohistory/a", 0), -EINVAL);
	assert_int_equal(bus_unsubscribe(bus, "nohistory/a"), -ENOENT);
	/* Topics without history in a pattern have nothing to replay. */
	assert_bus_ok(bus, bus_subscribe_replay(bus, "nohistory/+", 1));
	assert_nothing_comes(bus);
	bus_close(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replay_comes_first_and_is_marked),
		cmocka_unit_test(replay_is_of_what_is_kept_at_most),
		cmocka_unit_test(a_subscriber_that_does_not_ask_gets_none),
		cmocka_unit_test(patterns_replay_each_topic),
		cmocka_unit_test(what_is_received_already_is_not_replayed),
		cmocka_unit_test(keys_are_kept),
		cmocka_unit_test(memory_is_bounded_in_messages_and_bytes),
		cmocka_unit_test(a_deleted_topic_forgets),
		cmocka_unit_test(a_replay_that_does_not_fit_is_a_loss),
		cmocka_unit_test(replay_and_publishing_meet_without_a_seam),
		cmocka_unit_test(bad_histories_are_refused),
		cmocka_unit_test(replay_without_a_history_is_refused),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
