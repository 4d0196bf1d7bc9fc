// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel modules publish: from all contexts at once, with programs subscribing,
 * and the module loaded and unloaded
 */
#include "guest_test.h"

#include <time.h>

#define TOPIC "kernel/test"
#define MODULE "kbus_test"
#define CONTEXTS 4
#define READERS 3

/* With as many messages at each tick as the kernel can handle. */
static void load(const char *parameters)
{
	char text[64];

	snprintf(text, sizeof(text), "burst=%lu %s", env_number("BURST", 20),
		 parameters);
	load_module(MODULE, text);
}

struct account {
	uint64_t next;
	uint64_t received;
	uint64_t lost;
	uint32_t last[CONTEXTS];
	uint64_t time_ns;
};

static void take(struct account *account, const struct bus_message *message)
{
	const uint32_t *payload = message->payload;

	assert_string_equal(message->topic, TOPIC);
	if (message->kind == BUS_GAP) {
		assert_int_equal(message->first_seq, account->next);
		account->next = message->last_seq + 1;
		account->lost += message->count;
		return;
	}
	/* The topic was created again. */
	if (message->seq == 1 && account->next != 1)
		*account = (struct account){ .next = 1 };
	assert_int_equal(message->seq, account->next);
	assert_true(message->kernel);
	assert_int_equal(message->pid, 0);
	assert_true(message->time_ns >= account->time_ns);
	assert_int_equal(message->size, 2 * sizeof(*payload));
	assert_in_range(payload[0], 0, CONTEXTS - 1);
	assert_true(payload[1] > account->last[payload[0]]);
	account->last[payload[0]] = payload[1];
	account->time_ns = message->time_ns;
	account->next++;
	account->received++;
}

static void drain(struct bus *bus, struct account *account)
{
	const struct bus_message *message;

	while (!bus_receive(bus, &message, 0))
		take(account, message);
}

/* Limited, because publishers may be faster than a reader. */
static void drain_some(struct bus *bus, struct account *account)
{
	const struct bus_message *message;
	int i;

	for (i = 0; i < 300 && !bus_receive(bus, &message, 0); i++)
		take(account, message);
}

/* One loses nothing, one falls behind, and one has a tiny socket. */
static void open_readers(struct bus *readers[READERS],
			 struct account accounts[READERS])
{
	static const struct bus_backlog backlogs[READERS] = {
		{ .size = sizeof(*backlogs),
		  .messages = 1000000,
		  .bytes = 64 << 20 },
		{ .size = sizeof(*backlogs), .messages = 100 },
		{ .size = sizeof(*backlogs),
		  .messages = 300,
		  .overflow = BUS_DROP_NEWEST },
	};
	int i;

	for (i = 0; i < READERS; i++) {
		accounts[i] = (struct account){ .next = 1 };
		readers[i] = open_bus();
		assert_bus_ok(readers[i],
			      bus_set_backlog(readers[i], &backlogs[i]));
		assert_bus_ok(readers[i], bus_subscribe(readers[i], TOPIC));
	}
	shrink_socket(readers[2]);
}

static void read_for(struct bus *readers[READERS],
		     struct account accounts[READERS], int rounds)
{
	time_t end = time(NULL) + 10;
	int i, r;

	for (i = 0; i < rounds && time(NULL) < end; i++) {
		for (r = 0; r < READERS; r++)
			if (r != 1 || i % 300 == 299)
				drain_some(readers[r], &accounts[r]);
		usleep(1000);
	}
}

/* Each context's messages were received or reported lost. */
static void check_accounts(const struct account accounts[READERS])
{
	int r;

	for (r = 0; r < READERS; r++) {
		printf("# reader %d received %lu, told of %lu lost\n", r,
		       accounts[r].received, accounts[r].lost);
		assert_int_equal(accounts[r].next, accounts[0].next);
		assert_int_equal(accounts[r].received + accounts[r].lost,
				 accounts[r].next - 1);
	}
	assert_true(accounts[1].lost > 0);
}

/* On a busy machine a context may publish little. */
static bool is_enough(struct bus *readers[READERS],
		      const struct account accounts[READERS])
{
	struct bus_stats stats = { .size = sizeof(stats) };
	int i;

	for (i = 0; i < CONTEXTS; i++)
		if (accounts[0].last[i] <= 10)
			return false;
	assert_bus_ok(readers[1], bus_get_stats(readers[1], &stats));
	return stats.lost && look_up(readers[0], TOPIC).deferred > 200;
}

/* The same if very few may wait: some are lost, and some arrive. */
static bool enough_is_lost(struct bus *readers[READERS])
{
	struct bus_stats stats = { .size = sizeof(stats) };

	assert_bus_ok(readers[1], bus_get_stats(readers[1], &stats));
	return stats.lost && look_up(readers[0], TOPIC).lost > 100;
}

static void all_contexts_are_accounted_for_exactly(void **state)
{
	struct account accounts[READERS];
	struct bus *readers[READERS];
	struct bus_topic topic;
	uint64_t seq, lost, said = 0;
	int i;

	open_readers(readers, accounts);
	load("contexts=15");
	for (i = 0; i < 50 && (i == 0 || !is_enough(readers, accounts)); i++)
		read_for(readers, accounts, 1500);
	topic = look_up(readers[0], TOPIC);
	seq = topic.seq;
	assert_true(topic.deferred > 200);
	/* The topic exists, but programs may not create its name. */
	assert_int_equal(bus_topic_create(readers[0], TOPIC, NULL), -EPERM);
	lost = module_parameter(MODULE, "lost");
	unload_module(MODULE);
	/* The topic is gone, but its messages still arrive. */
	assert_int_equal(bus_topic_get(readers[0], TOPIC, keep_topic, &topic),
			 -ENOENT);
	for (i = 0; i < READERS; i++)
		drain(readers[i], &accounts[i]);
	check_accounts(accounts);
	assert_true(accounts[0].next > seq);
	/* Only messages that were published took a number. */
	for (i = 0; i < CONTEXTS; i++) {
		printf("# context %d said %u\n", i, accounts[0].last[i]);
		assert_true(accounts[0].last[i] > 10);
		said += accounts[0].last[i];
	}
	assert_true(accounts[0].lost >= lost);
	if (!accounts[0].lost)
		assert_int_equal(said, accounts[0].received);
	for (i = 0; i < READERS; i++)
		bus_close(readers[i]);
}

/* Only three may wait: most messages published with interrupts off are lost. */
static void what_cannot_wait_is_told_of(void **state)
{
	struct account accounts[READERS];
	struct bus *readers[READERS];
	struct bus_topic topic;
	int i;

	open_readers(readers, accounts);
	load("contexts=15 deferred=3");
	for (i = 0; i < 50 && (i == 0 || !enough_is_lost(readers)); i++)
		read_for(readers, accounts, 600);
	topic = look_up(readers[0], TOPIC);
	assert_true(topic.lost > 100);
	unload_module(MODULE);
	for (i = 0; i < READERS; i++)
		drain(readers[i], &accounts[i]);
	check_accounts(accounts);
	assert_true(accounts[0].lost >= topic.lost);
	for (i = 0; i < READERS; i++)
		bus_close(readers[i]);
}

/* Messages not lost are sent, at the latest before the module is unloaded. */
static bool something_was_said(struct bus *bus)
{
	const struct bus_topic topic = look_up(bus, TOPIC);

	return topic.seq > topic.lost;
}

static void a_publisher_comes_and_goes_under_load(void **state)
{
	unsigned long rounds = env_number("RELOADS", 100);
	struct account account = { .next = 1 };
	struct bus *bus = open_bus();
	struct bus *stopped = open_bus();
	uint64_t received = 0;
	unsigned long i;

	assert_bus_ok(bus, bus_subscribe(bus, TOPIC));
	assert_bus_ok(stopped, bus_subscribe(stopped, TOPIC));
	for (i = 0; i < rounds; i++) {
		load("contexts=15");
		drain_some(bus, &account);
		/* kbus cannot be unloaded before it. */
		assert_int_equal(syscall(SYS_delete_module, "kbus", O_NONBLOCK),
				 -1);
		assert_int_equal(errno, EWOULDBLOCK);
		usleep(30000);
		await_that(something_was_said(bus));
		drain_some(bus, &account);
		unload_module(MODULE);
		drain(bus, &account);
		assert_true(account.received > 0);
		assert_int_equal(account.received + account.lost,
				 account.next - 1);
		received += account.received;
	}
	printf("# unloaded %lu times, received %lu\n", rounds, received);
	bus_close(stopped);
	bus_close(bus);
}

static void a_subscriber_that_blocks_does_not_hold_up_the_kernel(void **state)
{
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = 100,
		.overflow = BUS_BLOCK,
	};
	struct account account = { .next = 1 };
	struct bus *bus = open_bus();
	const struct bus_message *message;
	uint32_t last[CONTEXTS] = { 0 };
	const uint32_t *payload;
	long before;
	uint64_t seq;
	int i;

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_bus_ok(bus, bus_subscribe(bus, TOPIC));
	load("allow_block=1");
	await_that(module_parameter(MODULE, "refused") >= 1000);
	/* It keeps trying, and a refused message takes no number. */
	seq = look_up(bus, TOPIC).seq;
	before = module_parameter(MODULE, "refused");
	await_that(module_parameter(MODULE, "refused") > before + 100);
	assert_int_equal(look_up(bus, TOPIC).seq, seq);
	for (i = 0; i < 2000; i++) {
		message = receive(bus);
		take(&account, message);
		payload = message->payload;
		assert_int_equal(payload[1], ++last[payload[0]]);
	}
	unload_module(MODULE);
	drain(bus, &account);
	assert_int_equal(account.lost, 0);
	printf("# received %lu, lost none; refused %ld\n", account.received,
	       before);
	bus_close(bus);
}

/*
 * A subscriber that subscribes and unsubscribes repeatedly keeps all its room.
 */
static void who_blocks_comes_and_goes_under_load(void **state)
{
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = 50,
		.overflow = BUS_BLOCK,
	};
	struct bus *bus = open_bus();
	const struct bus_message *message;
	const int rounds = 3 * (int)env_number("RELOADS", 100);
	struct bus_stats stats = { .size = sizeof(stats) };
	int i, left;

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	load("contexts=15 allow_block=1");
	for (i = 0; i < rounds; i++) {
		assert_bus_ok(bus, bus_subscribe(bus, TOPIC));
		usleep(i % 7 * 500);
		/*
		 * Limited, because the publishers may be as fast as the reader.
		 */
		for (left = i % 3 ? 100 : 1;
		     left && !bus_receive(bus, &message, 0); left--)
			;
		assert_bus_ok(bus, bus_unsubscribe(bus, TOPIC));
	}
	while (!bus_receive(bus, &message, 0))
		;
	assert_bus_ok(bus, bus_subscribe(bus, TOPIC));
	for (i = 0; stats.backlog_messages < 50; i++) {
		assert_in_range(i, 0, PATIENCE_MS / 10);
		usleep(10000);
		assert_bus_ok(bus, bus_get_stats(bus, &stats));
	}
	unload_module(MODULE);
	bus_close(bus);
}

/* More subscribers than are served at a time. */
#define MANY 150

static void drain_from_the_first(struct bus *bus, struct account *account)
{
	const struct bus_message *message;

	while (!bus_receive(bus, &message, 0)) {
		if (!account->next)
			account->next = message->kind == BUS_GAP ?
						message->first_seq :
						message->seq;
		take(account, message);
	}
}

/*
 * While a message is sent to many subscribers, others come and go. Each
 * subscriber present at publication receives it or a gap, and none receives it
 * twice.
 */
static void many_are_sent_to_bit_by_bit(void **state)
{
	static struct account accounts[MANY];
	struct bus *subs[MANY];
	uint64_t kept = 0;
	int i, k;

	for (i = 0; i < MANY; i++) {
		accounts[i] = (struct account){ .next = 1 };
		subs[i] = open_bus();
		assert_bus_ok(subs[i], bus_subscribe(subs[i], TOPIC));
	}
	/* A rate at which a busy host can deliver to all of them. */
	load_module(MODULE, env_number("BURST", 20) < 20 ?
				    "burst=1 contexts=4 period_us=400000" :
				    "burst=1 contexts=12 period_us=5000");
	for (k = 0; k < 300 || look_up(subs[0], TOPIC).deferred < 10; k++) {
		assert_in_range(k, 0, 30000);
		i = k * 7 % MANY;
		/* The first ones stay subscribed. */
		if (i < 10) {
			drain_some(subs[i], &accounts[i]);
			continue;
		}
		assert_bus_ok(subs[i], bus_unsubscribe(subs[i], TOPIC));
		drain_from_the_first(subs[i], &accounts[i]);
		accounts[i] = (struct account){ 0 };
		assert_bus_ok(subs[i], bus_subscribe(subs[i], TOPIC));
		usleep(1000);
	}
	unload_module(MODULE);
	for (i = 0; i < MANY; i++) {
		drain_from_the_first(subs[i], &accounts[i]);
		/* Nothing may have come since it subscribed again. */
		if (i < 10 || accounts[i].next)
			assert_int_equal(accounts[i].next, accounts[0].next);
		kept += accounts[i].received;
		bus_close(subs[i]);
	}
	assert_int_equal(accounts[0].received + accounts[0].lost,
			 accounts[0].next - 1);
	printf("# %lu messages to %d, received %lu\n", accounts[0].next - 1,
	       MANY, kept);
}

static void a_kernel_topic_keeps_a_history(void **state)
{
	struct account account = { .next = 1 };
	struct bus *bus = open_bus();
	const struct bus_message *message;
	int replayed = 0;

	load("history=50");
	await_that(look_up(bus, TOPIC).kept >= 30);
	assert_bus_ok(bus, bus_subscribe_replay(bus, TOPIC, 30));
	do {
		message = receive(bus);
		replayed += message->replayed;
		if (account.received == 0)
			account.next = message->seq;
		take(&account, message);
	} while (message->replayed);
	assert_int_equal(replayed, 30);
	unload_module(MODULE);
	bus_close(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_contexts_are_accounted_for_exactly),
		cmocka_unit_test(what_cannot_wait_is_told_of),
		cmocka_unit_test(
			a_subscriber_that_blocks_does_not_hold_up_the_kernel),
		cmocka_unit_test(who_blocks_comes_and_goes_under_load),
		cmocka_unit_test(many_are_sent_to_bit_by_bit),
		cmocka_unit_test(a_kernel_topic_keeps_a_history),
		cmocka_unit_test(a_publisher_comes_and_goes_under_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
