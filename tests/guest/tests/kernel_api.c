// SPDX-License-Identifier: GPL-2.0-only
/*
 * The in-kernel API call by call, by a module that makes calls on request
 */
#include "guest_test.h"

#include <linux/kbus.h>
#include <linux/netlink.h>

#define TOPIC "kernel/puppet"
#define MODULE "kbus_puppet"

static long call(const char *text)
{
	return puppet_call(text);
}

static struct bus *load(const char *parameters)
{
	struct bus *bus = open_bus();

	load_module(MODULE, parameters);
	return bus;
}

static struct bus *load_and_subscribe(const char *parameters)
{
	struct bus *bus = load(parameters);

	assert_bus_ok(bus, bus_subscribe(bus, TOPIC));
	return bus;
}

static void unload(struct bus *bus)
{
	bus_close(bus);
	unload_module(MODULE);
}

/* The bytes of its payload count up from 0. */
static void expect_bytes(struct bus *bus, uint64_t seq, size_t size)
{
	const struct bus_message *message = receive(bus);
	const uint8_t *payload = message->payload;
	size_t i;

	assert_int_equal(message->kind, BUS_MESSAGE);
	assert_int_equal(message->seq, seq);
	assert_int_equal(message->size, size);
	assert_true(message->kernel);
	for (i = 0; i < size; i++)
		assert_int_equal(payload[i], (uint8_t)i);
}

static void it_knows_whether_anybody_would_hear(void **state)
{
	struct bus *bus = load("");
	struct bus *listener = open_bus();

	assert_int_equal(call("heard"), 0);
	assert_bus_ok(bus, bus_subscribe(bus, "kernel/#"));
	assert_int_equal(call("heard"), 1);
	assert_bus_ok(bus, bus_unsubscribe(bus, "kernel/#"));
	assert_int_equal(call("heard"), 0);
	assert_bus_ok(listener, bus_listen(listener, TOPIC));
	assert_int_equal(call("heard"), 1);
	assert_int_equal(call("publish 1 5"), 0);
	expect_bytes(listener, 1, 5);
	bus_close(listener);
	assert_int_equal(call("heard"), 0);
	/* A message without subscribers takes a number as well. */
	assert_int_equal(call("publish 3 5"), 0);
	assert_int_equal(call("count_messages"), 4);
	unload(bus);
}

static void a_history_hears(void **state)
{
	struct bus *bus = load("history=2");

	assert_int_equal(call("heard"), 1);
	assert_int_equal(call("publish 3 7"), 0);
	assert_bus_ok(bus, bus_subscribe_replay(bus, TOPIC, 10));
	expect_bytes(bus, 2, 7);
	expect_bytes(bus, 3, 7);
	unload(bus);
}

static void messages_of_all_sizes_arrive(void **state)
{
	static const unsigned int sizes[] = {
		0, 1, 3, 4, 100, 3000, 3600, 4096, 5000, 20000, KBUS_PAYLOAD_MAX
	};
	struct bus *bus = load_and_subscribe("");
	uint64_t seq = 0;
	char text[64];
	size_t i, j;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		snprintf(text, sizeof(text), "publish 1 %u", sizes[i]);
		assert_int_equal(call(text), 0);
		expect_bytes(bus, ++seq, sizes[i]);
		snprintf(text, sizeof(text), "publish_irqs_off 1 %u", sizes[i]);
		assert_int_equal(call(text), 0);
		expect_bytes(bus, ++seq, sizes[i]);
		for (j = 0; j <= i; j++) {
			snprintf(text, sizeof(text), "draft%s %u %u",
				 j % 2 ? "_irqs_off" : "", sizes[i], sizes[j]);
			assert_int_equal(call(text), 0);
			expect_bytes(bus, ++seq, sizes[j]);
		}
	}
	unload(bus);
}

/* No byte after the committed ones may be sent, because it could be secret. */
static void what_is_not_committed_is_not_sent(void **state)
{
	static const unsigned int sizes[] = { 200, 3000, 9000, 60000 };
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	const int headers = 16 + sizeof(struct kbus_header) + 8 + 4;
	struct bus *bus = load("");
	int group = look_up(bus, TOPIC).group;
	char buffer[256];
	char text[64];
	size_t i;
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW, KBUS_PROTOCOL);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&any, sizeof(any)),
			 0);
	assert_int_equal(setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
				    &group, sizeof(group)),
			 0);
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		snprintf(text, sizeof(text), "draft %u 101", sizes[i]);
		assert_int_equal(call(text), 0);
		assert_int_equal(recv(fd, buffer, sizeof(buffer), MSG_TRUNC),
				 headers + 104);
		/* The payload's padding is zero. */
		assert_int_equal(buffer[headers + 101], 0);
		assert_int_equal(buffer[headers + 103], 0);
	}
	close(fd);
	unload(bus);
}

/* Room that was reserved but not used is not charged. */
static void a_draft_is_charged_for_what_it_holds(void **state)
{
	struct bus *bus = load("history=3");
	unsigned int one;

	assert_int_equal(call("publish 1 10"), 0);
	one = look_up(bus, TOPIC).kept_bytes;
	assert_in_range(one, 1, 2000);
	assert_int_equal(call("draft 3000 10"), 0);
	assert_int_equal(look_up(bus, TOPIC).kept_bytes, 2 * one);
	assert_int_equal(call("draft_irqs_off 64000 10"), 0);
	assert_int_equal(look_up(bus, TOPIC).kept_bytes, 3 * one);
	unload(bus);
}

static void keys_come_along(void **state)
{
	struct bus *bus = load_and_subscribe("");
	const struct bus_message *message;

	assert_int_equal(call("draft 1000 10"), 0);
	message = receive(bus);
	assert_int_equal(message->key_size, 3);
	assert_memory_equal(message->key, "key", 3);
	assert_int_equal(call("publish_keyed 255 9000"), 0);
	message = receive(bus);
	assert_int_equal(message->key_size, 255);
	assert_int_equal(message->size, 9000);
	assert_int_equal(((const uint8_t *)message->payload)[8999], 8999 % 256);
	unload(bus);
}

static void what_is_refused_takes_no_number(void **state)
{
	struct bus *bus = load_and_subscribe("");

	assert_int_equal(call("publish 1 64513"), -EMSGSIZE);
	assert_int_equal(call("publish_irqs_off 1 64513"), -EMSGSIZE);
	assert_int_equal(call("publish_keyed 256 1"), -EMSGSIZE);
	assert_int_equal(call("draft 64513 1"), -EMSGSIZE);
	assert_int_equal(call("draft 10 11"), -EMSGSIZE);
	assert_int_equal(call("draft 5000 5001"), -EMSGSIZE);
	assert_int_equal(call("publish_in_nmi 1 1"), -EOPNOTSUPP);
	/* A discarded or spent draft cannot be committed. */
	assert_int_equal(call("discard 100 200"), -EINVAL);
	assert_int_equal(call("discard 100 60000"), -EINVAL);
	assert_int_equal(call("commit_error 33 10"), -33);
	assert_int_equal(call("create 4097"), -EINVAL);
	assert_int_equal(call("share"), 0);
	assert_int_equal(call("share_same_type 0 7"), 0);
	assert_int_equal(call("share_same_type 0 4097"), -EINVAL);
	assert_int_equal(call("share_same_type 1 7"), -EEXIST);
	assert_int_equal(call("share_other_type"), -EEXIST);
	assert_int_equal(call("count_messages"), 0);
	assert_int_equal(call("publish 1 1"), 0);
	expect_bytes(bus, 1, 1);
	assert_nothing_comes(bus);
	unload(bus);
}

/* The messages arrive a moment after the call. */
static void expect_bytes_from(struct bus *bus, uint64_t first, uint64_t last,
			      size_t size)
{
	for (; first <= last; first++)
		expect_bytes(bus, first, size);
}

static void what_cannot_wait_is_a_gap(void **state)
{
	struct bus *bus = load_and_subscribe("");

	/* A gap at the end is reported though no message follows. */
	assert_int_equal(call("publish_irqs_off 1500 10"), -ENOBUFS);
	expect_bytes_from(bus, 1, 1024, 10);
	expect_gap(bus, TOPIC, 1025, 1500);
	assert_nothing_comes(bus);
	assert_int_equal(call("count_lost"), 476);
	assert_int_equal(look_up(bus, TOPIC).deferred, 1024);
	assert_int_equal(look_up(bus, TOPIC).lost, 476);
	assert_int_equal(look_up(bus, TOPIC).seq, 1500);
	/* With interrupts on there is always room. */
	assert_int_equal(call("publish 1500 10"), 0);
	expect_bytes_from(bus, 1501, 3000, 10);
	unload(bus);
}

static void bytes_that_wait_are_bounded(void **state)
{
	struct bus *bus = load_and_subscribe("");
	const struct bus_message *message;
	uint64_t lost;

	assert_int_equal(call("publish_irqs_off 100 64000"), -ENOBUFS);
	lost = call("count_lost");
	assert_in_range(lost, 20, 60);
	expect_bytes_from(bus, 1, 100 - lost, 64000);
	expect_gap(bus, TOPIC, 101 - lost, 100);
	assert_int_equal(bus_receive(bus, &message, 0), -EAGAIN);
	unload(bus);
}

static void the_limit_is_the_publishers(void **state)
{
	struct bus *bus = load_and_subscribe("deferred=5");

	assert_int_equal(call("publish_irqs_off 5 10"), 0);
	expect_bytes_from(bus, 1, 5, 10);
	assert_int_equal(call("publish_irqs_off 6 10"), -ENOBUFS);
	expect_bytes_from(bus, 6, 10, 10);
	expect_gap(bus, TOPIC, 11, 11);
	unload(bus);
}

static void a_publisher_may_say_that_it_lost(void **state)
{
	struct bus *bus = load_and_subscribe("");

	assert_int_equal(call("publish 2 3"), 0);
	assert_int_equal(call("gap 10"), 0);
	assert_int_equal(call("publish 1 3"), 0);
	expect_bytes_from(bus, 1, 2, 3);
	expect_gap(bus, TOPIC, 3, 12);
	expect_bytes(bus, 13, 3);
	assert_int_equal(call("gap 4000000000"), 0);
	expect_gap(bus, TOPIC, 14, 4000000013);
	assert_int_equal(call("gap 1"), 0);
	expect_gap(bus, TOPIC, 4000000014, 4000000014);
	unload(bus);
}

static void a_gap_goes_behind_what_is_queued(void **state)
{
	struct bus *bus = load_and_subscribe("");

	shrink_socket(bus);
	assert_int_equal(call("publish 20 3"), 0);
	assert_int_equal(call("gap 5"), 0);
	assert_int_equal(call("publish 20 3"), 0);
	assert_int_equal(call("gap 5"), 0);
	expect_bytes_from(bus, 1, 20, 3);
	expect_gap(bus, TOPIC, 21, 25);
	expect_bytes_from(bus, 26, 45, 3);
	expect_gap(bus, TOPIC, 46, 50);
	assert_nothing_comes(bus);
	unload(bus);
}

static void a_replay_shows_what_is_missing(void **state)
{
	struct bus *bus = load("history=10");
	struct bus_stats stats = { .size = sizeof(stats) };

	assert_int_equal(call("publish 2 3"), 0);
	assert_int_equal(call("gap 7"), 0);
	assert_int_equal(call("publish 1 3"), 0);
	assert_int_equal(call("gap 2"), 0);
	assert_bus_ok(bus, bus_subscribe_replay(bus, TOPIC, 10));
	expect_bytes_from(bus, 1, 2, 3);
	expect_gap(bus, TOPIC, 3, 9);
	expect_bytes(bus, 10, 3);
	expect_gap(bus, TOPIC, 11, 12);
	assert_nothing_comes(bus);
	assert_int_equal(call("publish 1 3"), 0);
	expect_bytes(bus, 13, 3);
	assert_nothing_comes(bus);
	assert_bus_ok(bus, bus_get_stats(bus, &stats));
	assert_int_equal(stats.lost, 9);
	assert_int_equal(stats.reported, 9);
	unload(bus);
}

/* A message that has its number cannot be refused any more. */
static void with_interrupts_off_who_blocks_loses(void **state)
{
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = 10,
		.overflow = BUS_BLOCK,
	};
	struct bus *bus = load("allow_block=1");
	struct bus *other = open_bus();
	uint64_t seq = 0;

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_bus_ok(bus, bus_subscribe(bus, TOPIC));
	assert_bus_ok(other, bus_subscribe(other, TOPIC));
	shrink_socket(bus);
	while (!call("publish 1 3"))
		assert_in_range(++seq, 1, 100);
	assert_int_equal(call("publish_irqs_off 50 3"), 0);
	expect_bytes_from(other, 1, seq + 50, 3);
	expect_bytes_from(bus, 1, seq, 3);
	expect_gap(bus, TOPIC, seq + 1, seq + 50);
	assert_nothing_comes(bus);
	/* There is room again. */
	assert_int_equal(call("publish_irqs_off 5 3"), 0);
	assert_int_equal(call("publish 1 3"), 0);
	expect_bytes_from(bus, seq + 51, seq + 56, 3);
	bus_close(other);
	unload(bus);
}

static void what_waits_has_the_first_claim_to_room(void **state)
{
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = 2,
		.overflow = BUS_BLOCK,
	};
	struct bus *bus = load("allow_block=1");
	struct bus_stats stats = { .size = sizeof(stats) };
	uint64_t seq = 0;

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_bus_ok(bus, bus_subscribe(bus, TOPIC));
	shrink_socket(bus);
	while (!stats.overruns) {
		assert_int_equal(call("publish 1 3"), 0);
		assert_in_range(++seq, 1, 100);
		assert_bus_ok(bus, bus_get_stats(bus, &stats));
	}
	/* One place is left, for the message that waits. */
	assert_int_equal(call("publish_behind 1 3"), -EAGAIN);
	expect_bytes_from(bus, 1, seq + 1, 3);
	assert_nothing_comes(bus);
	unload(bus);
}

#define MANY 200

static int add_live(const struct bus_subscriber *subscriber, void *data)
{
	*(uint64_t *)data += subscriber->stats->live;
	return 0;
}

/*
 * A publisher with bottom halves off sends to some subscribers, and leaves the
 * rest to a softirq, which cannot run yet. Subscribers present at publication
 * still receive the message.
 */
static void many_are_sent_to_bit_by_bit(void **state)
{
	struct bus *late = open_bus();
	struct bus *subs[MANY];
	uint64_t live = 0;
	int i, k;

	subs[0] = load_and_subscribe("");
	for (i = 1; i < MANY; i++) {
		subs[i] = open_bus();
		assert_bus_ok(subs[i], bus_subscribe(subs[i], TOPIC));
	}
	for (k = 1; k <= 3; k++) {
		assert_int_equal(call("hold_softirqs 1"), 0);
		live = 0;
		assert_bus_ok(late, bus_subscriber_list(late, TOPIC, add_live,
							&live));
		/*
		 * This message has reached some, and those before have reached
		 * all.
		 */
		assert_in_range(live, (k - 1) * MANY + 1, k * MANY - MANY / 4);
		/* The last subscriber has not received it yet. */
		assert_bus_ok(subs[MANY - 1],
			      bus_unsubscribe(subs[MANY - 1], TOPIC));
		assert_bus_ok(late, bus_subscribe(late, TOPIC));
		assert_int_equal(call("release"), 0);
		for (i = 0; i < MANY; i++)
			expect_bytes(subs[i], k, 10);
		assert_nothing_comes(late);
		assert_bus_ok(late, bus_unsubscribe(late, TOPIC));
		assert_bus_ok(subs[MANY - 1],
			      bus_subscribe(subs[MANY - 1], TOPIC));
	}
	for (i = 1; i < MANY; i++)
		bus_close(subs[i]);
	bus_close(late);
	unload(subs[0]);
}

/* While another CPU, with interrupts off, holds back its messages. */
static void what_waits_is_of_its_time(void **state)
{
	struct bus *bus = load_and_subscribe("");
	int held = 0, held_times = 0;
	uint64_t seq = 0;
	int i;

	/* A CPU that was released too late does not count. */
	for (i = 0; held_times < 10; i++, held_times += held) {
		assert_in_range(i, 0, 100);
		assert_int_equal(call("hold 50"), 0);
		assert_bus_ok(bus, bus_unsubscribe(bus, TOPIC));
		held = !call("release");
		/* This comes after all messages that waited. */
		assert_int_equal(call("publish 1 10"), 0);
		expect_bytes_from(bus, seq + 1, seq + 50, 10);
		assert_nothing_comes(bus);
		assert_int_equal(call("hold 50"), 0);
		assert_bus_ok(bus, bus_subscribe(bus, TOPIC));
		held += !call("release");
		assert_int_equal(call("publish 1 10"), 0);
		expect_bytes(bus, seq + 102, 10);
		assert_nothing_comes(bus);
		seq += 102;
	}
	unload(bus);
}

static void the_scheduler_may_publish(void **state)
{
	struct bus *bus = load_and_subscribe("deferred=3");
	const struct bus_message *message;
	uint64_t received = 0, lost = 0, said;
	int i;

	/* Repeated, because the number of messages depends on the machine. */
	for (i = 0; received <= 10 || lost <= 10; i++) {
		assert_in_range(i, 0, 100);
		assert_in_range(call("publish_in_scheduler 500"), 0, 1000000);
		said = call("count_messages");
		while (received + lost < said) {
			message = receive(bus);
			if (message->kind == BUS_GAP)
				lost += message->count;
			else
				received++;
		}
	}
	printf("# the scheduler said %lu: received %lu, told of %lu lost\n",
	       said, received, lost);
	unload(bus);
}

static void what_is_refused_takes_no_memory(void **state)
{
	struct bus *bus = load("");

	assert_in_range(call("measure 1000 60000"), 0, 8192);
	assert_in_range(call("measure 10000 500"), 0, 8192);
	unload(bus);
}

static void what_waits_is_sent_before_the_topic_goes(void **state)
{
	const struct bus_message *message;
	struct bus *bus = load_and_subscribe("last_words=1000");

	unload_module(MODULE);
	expect_bytes_from(bus, 1, 1000, 10);
	assert_int_equal(bus_receive(bus, &message, 0), -EAGAIN);
	/* The subscription applies to the next topic of the name. */
	load_module(MODULE, "");
	assert_int_equal(call("publish 1 4"), 0);
	expect_bytes(bus, 1, 4);
	unload(bus);
}

/* Cleans up after a failed test, so that the next one does not fail. */
static int tidy(void **state)
{
	syscall(SYS_delete_module, MODULE, O_NONBLOCK);
	return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, tidy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_knows_whether_anybody_would_hear),
		TEST(a_history_hears),
		TEST(messages_of_all_sizes_arrive),
		TEST(what_is_not_committed_is_not_sent),
		TEST(a_draft_is_charged_for_what_it_holds),
		TEST(keys_come_along),
		TEST(what_is_refused_takes_no_number),
		TEST(what_cannot_wait_is_a_gap),
		TEST(bytes_that_wait_are_bounded),
		TEST(the_limit_is_the_publishers),
		TEST(a_publisher_may_say_that_it_lost),
		TEST(a_gap_goes_behind_what_is_queued),
		TEST(a_replay_shows_what_is_missing),
		TEST(with_interrupts_off_who_blocks_loses),
		TEST(what_waits_has_the_first_claim_to_room),
		TEST(many_are_sent_to_bit_by_bit),
		TEST(what_waits_is_of_its_time),
		TEST(the_scheduler_may_publish),
		TEST(what_is_refused_takes_no_memory),
		TEST(what_waits_is_sent_before_the_topic_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
