// SPDX-License-Identifier: GPL-2.0-only
/*
 * The result that a publisher gets for a message
 */
#include "guest_test.h"

static struct bus_result publish_result(struct bus *bus, const char *topic)
{
	struct bus_result result = { .size = sizeof(result), .seq = 99 };
	const struct bus_publish_options options = { .size = sizeof(options),
						     .result = &result };

	assert_bus_ok(bus, bus_publish(bus, topic, "flood", 5, &options));
	return result;
}

static void assert_result(struct bus_result result, uint64_t seq, uint32_t live,
			  uint32_t queued, uint32_t dropped)
{
	assert_int_equal(result.seq, seq);
	assert_int_equal(result.live, live);
	assert_int_equal(result.queued, queued);
	assert_int_equal(result.dropped, dropped);
}

static void the_result_counts_each_way(void **state)
{
	const struct bus_backlog small = { .size = sizeof(small),
					   .messages = 1 };
	const struct bus_backlog newest = {
		.size = sizeof(newest),
		.messages = 1,
		.overflow = BUS_DROP_NEWEST,
	};
	struct bus *publisher = open_bus();
	struct bus *live = open_bus();
	struct bus *queued = open_bus();
	struct bus *dropping = open_bus();
	uint64_t seq, i;

	assert_result(publish_result(publisher, "ways"), 1, 0, 0, 0);
	assert_bus_ok(queued, bus_set_backlog(queued, &small));
	assert_bus_ok(queued, bus_subscribe(queued, "ways"));
	assert_result(publish_result(publisher, "ways"), 2, 1, 0, 0);
	assert_bus_ok(dropping, bus_set_backlog(dropping, &newest));
	assert_bus_ok(dropping, bus_subscribe(dropping, "ways"));
	assert_result(publish_result(publisher, "ways"), 3, 2, 0, 0);
	/* They have the same limits: 50 more messages are too many for both. */
	seq = 3 + overfill(queued, "ways", 50);

	/* One drops an older message for it, the other drops this one. */
	assert_bus_ok(live, bus_subscribe(live, "ways"));
	assert_result(publish_result(publisher, "ways"), seq + 1, 1, 1, 1);
	expect(live, "ways", seq + 1, "flood");

	/*
	 * The result is true: one received the last message, the other did not.
	 */
	for (i = 0; i < seq + 10; i++) {
		const struct bus_message *message;

		if (bus_receive(dropping, &message, 0))
			break;
		if (message->kind == BUS_GAP)
			assert_int_equal(message->last_seq, seq + 1);
		else
			assert_int_not_equal(message->seq, seq + 1);
	}
	bus_close(dropping);
	bus_close(queued);
	bus_close(live);
	bus_close(publisher);
}

static void a_failed_publish_leaves_the_result_alone(void **state)
{
	struct bus_result result = { .size = sizeof(result), .seq = 99 };
	const struct bus_publish_options options = {
		.size = sizeof(options),
		.flags = BUS_NO_CREATE,
		.result = &result,
	};
	struct bus *bus = open_bus();

	assert_int_equal(bus_publish(bus, "nowhere", "x", 1, &options),
			 -ENOENT);
	assert_int_equal(result.seq, 99);
	bus_close(bus);
}

static void listeners_are_not_counted(void **state)
{
	struct bus *publisher = open_bus();
	struct bus *listener = open_bus();

	publish(publisher, "listened", "x");
	assert_bus_ok(listener, bus_listen(listener, "listened"));
	assert_result(publish_result(publisher, "listened"), 2, 0, 0, 0);
	expect(listener, "listened", 2, "flood");
	bus_close(listener);
	bus_close(publisher);
}

static void keys_come_with_the_message(void **state)
{
	static const char bytes[BUS_KEY_MAX + 1] = { 0, '\xff', '\n' };
	struct bus_publish_options options = { .size = sizeof(options),
					       .key = bytes };
	static char large[BUS_PAYLOAD_MAX];
	struct bus *bus = open_bus();
	struct bus *listener = open_bus();
	const struct bus_message *message;
	size_t size;

	assert_bus_ok(bus, bus_subscribe(bus, "key"));
	publish(bus, "key", "none");
	message = receive(bus);
	assert_int_equal(message->key_size, 0);
	assert_bus_ok(listener, bus_listen(listener, "key"));
	for (size = 1; size <= BUS_KEY_MAX; size += 127) {
		options.key_size = size;
		/* The largest key with the largest payload, too. */
		assert_bus_ok(bus, bus_publish(bus, "key", large, sizeof(large),
					       &options));
		message = receive(bus);
		assert_int_equal(message->key_size, size);
		assert_memory_equal(message->key, bytes, size);
		assert_int_equal(message->size, sizeof(large));
		message = receive(listener);
		assert_int_equal(message->key_size, size);
		assert_memory_equal(message->key, bytes, size);
	}
	options.key_size = BUS_KEY_MAX + 1;
	assert_int_equal(bus_publish(bus, "key", "x", 1, &options), -EMSGSIZE);
	assert_nothing_comes(bus);
	bus_close(listener);
	bus_close(bus);
}

static void keys_come_out_of_the_backlog(void **state)
{
	struct bus_publish_options options = { .size = sizeof(options),
					       .key = "key",
					       .key_size = 3 };
	static char large[BUS_PAYLOAD_MAX];
	struct bus *bus = open_bus();
	const struct bus_message *message;
	uint64_t seq, i;

	assert_bus_ok(bus, bus_subscribe(bus, "queuedkey"));
	seq = overfill(bus, "queuedkey", 1);
	assert_bus_ok(bus, bus_publish(bus, "queuedkey", large, sizeof(large),
				       &options));
	for (i = 1; i <= seq; i++)
		expect(bus, "queuedkey", i, "flood");
	message = receive(bus);
	assert_int_equal(message->size, sizeof(large));
	assert_int_equal(message->key_size, 3);
	assert_memory_equal(message->key, "key", 3);
	bus_close(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_result_counts_each_way),
		cmocka_unit_test(a_failed_publish_leaves_the_result_alone),
		cmocka_unit_test(listeners_are_not_counted),
		cmocka_unit_test(keys_come_with_the_message),
		cmocka_unit_test(keys_come_out_of_the_backlog),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
