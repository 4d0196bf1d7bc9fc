// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bystander: publishes on a topic of its own, and receives it twice, with a
 * backlog that has room for every message and with one that does not
 */
#include "guest_test.h"
#include "netlink.h"

#define TOPIC "bystander"

/* Ids that random numbers in requests often hit. */
#define COMMON_IDS 300

static struct bus *publisher;
static struct bus *reader;  /* loses nothing */
static struct bus *laggard; /* reads little; its losses are reported */
static uint64_t published;
static uint64_t read_last;
static uint64_t lag_last;
static uint64_t lag_lost;

static struct bus *open_reader(uint32_t messages)
{
	const struct bus_backlog backlog = { .size = sizeof(backlog),
					     .messages = messages };
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_bus_ok(bus, bus_subscribe(bus, TOPIC));
	shrink_socket(bus);
	return bus;
}

/* Returns the topic's id. */
uint32_t bystander_open(void)
{
	int i;

	published = 0;
	read_last = 0;
	lag_last = 0;
	lag_lost = 0;
	publisher = open_bus();
	for (i = 0; i < COMMON_IDS; i++) {
		assert_bus_ok(publisher,
			      bus_topic_create(publisher, "common", NULL));
		assert_bus_ok(publisher, bus_topic_delete(publisher, "common"));
	}
	assert_bus_ok(publisher, bus_topic_create(publisher, TOPIC, NULL));
	reader = open_reader(0);
	laggard = open_reader(4);
	return look_up(publisher, TOPIC).id;
}

static void assert_next(const struct bus_message *message, uint64_t seq)
{
	uint64_t number;

	assert_string_equal(message->topic, TOPIC);
	assert_int_equal(message->seq, seq);
	assert_int_equal(message->size, sizeof(number));
	memcpy(&number, message->payload, sizeof(number));
	assert_int_equal(number, seq);
	assert_int_equal(message->pid, getpid());
}

static void read_lagging(void)
{
	const struct bus_message *message;

	while (!bus_receive(laggard, &message, 0)) {
		if (message->kind == BUS_MESSAGE) {
			assert_next(message, ++lag_last);
			continue;
		}
		assert_int_equal(message->first_seq, lag_last + 1);
		assert_int_equal(message->count, message->last_seq - lag_last);
		lag_last = message->last_seq;
		lag_lost += message->count;
	}
}

void bystander_step(void)
{
	struct bus_result result = { .size = sizeof(result) };
	const struct bus_publish_options options = {
		.size = sizeof(options),
		.flags = BUS_NO_CREATE,
		.result = &result,
	};
	unsigned int count = 1 + any(20);

	while (count--) {
		published++;
		assert_bus_ok(publisher,
			      bus_publish(publisher, TOPIC, &published,
					  sizeof(published), &options));
		assert_int_equal(result.seq, published);
	}
	while (read_last < published) {
		const struct bus_message *message = receive(reader);

		assert_int_equal(message->kind, BUS_MESSAGE);
		assert_next(message, ++read_last);
	}
	assert_nothing_comes(reader);
	if (chance(10))
		read_lagging();
}

static struct bus_stats stats_of(struct bus *bus)
{
	struct bus_stats stats = { .size = sizeof(stats) };

	assert_bus_ok(bus, bus_get_stats(bus, &stats));
	assert_int_equal(stats.live + stats.drained + stats.lost, published);
	assert_int_equal(stats.reported, stats.lost);
	assert_int_equal(stats.backlog_messages, 0);
	return stats;
}

void bystander_finish(void)
{
	read_lagging();
	assert_int_equal(lag_last, published);
	assert_int_equal(stats_of(laggard).lost, lag_lost);
	assert_int_equal(stats_of(reader).lost, 0);
	assert_int_equal(look_up(publisher, TOPIC).seq, published);
	print_message("# bystander: %llu messages; the laggard got gaps of "
		      "%llu lost\n",
		      (unsigned long long)published,
		      (unsigned long long)lag_lost);
	bus_close(publisher);
	bus_close(reader);
	bus_close(laggard);
}
