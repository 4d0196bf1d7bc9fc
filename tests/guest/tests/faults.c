// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's allocations fail at random: calls fail cleanly, and the accounts
 * still balance. Only for the debug kernel, which has failslab.
 */
#include "guest_test.h"

#define TOPIC "faults"

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail_msg("%s: %s", path, strerror(errno));
	close(fd);
}

/* The write that ends them may fail at first. */
static void set_faults(const char *on)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/proc/self/make-it-fail", O_WRONLY);
	assert_true(fd >= 0);
	while (pwrite(fd, on, 1, 0) != 1)
		;
}

static int set_up(void **state)
{
#define FAILSLAB "/sys/kernel/debug/failslab/"
	write_file(FAILSLAB "task-filter", "Y");
	write_file(FAILSLAB "ignore-gfp-wait", "N");
	write_file(FAILSLAB "verbose", "0");
	write_file(FAILSLAB "interval", "1");
	write_file(FAILSLAB "times", "-1");
	write_file(FAILSLAB "probability", "15");
	return 0;
}

struct account {
	uint64_t next;
	uint64_t received;
	uint64_t lost;
};

static void take(struct account *account, const struct bus_message *message)
{
	account->received += message->kind == BUS_MESSAGE;
	account->lost += follow(message, &account->next);
}

static void accounts_balance_when_memory_fails(void **state)
{
	const struct bus_backlog backlog = { .size = sizeof(backlog),
					     .messages = 300 };
	static char payload[3000]; /* netlink uses vmalloc() for larger ones */
	struct account account = { .next = 1 };
	struct bus *publisher = open_bus();
	struct bus *bus = open_bus();
	const struct bus_message *message;
	unsigned long failed = 0;
	uint64_t published = 0;
	int i, reads;

	srand(5);
	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_bus_ok(bus, bus_subscribe(bus, TOPIC));
	set_faults("1");
	for (i = 0; i < 6000; i++) {
		size_t size =
			rand() % 20 ? (size_t)rand() % 200 : sizeof(payload);

		failed +=
			bus_publish(publisher, TOPIC, payload, size, NULL) != 0;
		/* The subscriber is behind at times. */
		if (rand() % 100)
			continue;
		for (reads = rand() % 300; reads > 0; reads--)
			if (!bus_receive(bus, &message, 0))
				take(&account, message);
	}
	set_faults("0");
	published = look_up(bus, TOPIC).seq;
	while (account.next <= published)
		take(&account, receive(bus));
	printf("# published %lu, %lu calls failed; received %lu, lost %lu\n",
	       published, failed, account.received, account.lost);
	assert_int_equal(account.received + account.lost, published);
	assert_true(failed > 100);
	assert_true(account.lost > 0);
	bus_close(publisher);
	bus_close(bus);
}

static void calls_fail_cleanly(void **state)
{
	const struct bus_topic_options options = {
		.size = sizeof(options),
		.type = "some.Type",
		.history = 10,
	};
	const struct bus_backlog conflate = {
		.size = sizeof(conflate),
		.messages = 2,
		.overflow = BUS_CONFLATE,
	};
	struct bus_result result = { .size = sizeof(result) };
	const struct bus_publish_options about = {
		.size = sizeof(about),
		.key = "key",
		.key_size = 3,
		.result = &result,
	};
	const struct bus_message *message;
	struct bus_stats stats = { .size = sizeof(stats) };
	unsigned long failed = 0, done = 0;
	struct bus *bus;
	char name[32];
	int i;

	for (i = 0; i < 1500; i++) {
		snprintf(name, sizeof(name), "faults/%d", rand() % 20);
		set_faults("1");
		if (bus_open(&bus)) {
			set_faults("0");
			failed++;
			continue;
		}
		bus_set_backlog(bus, &conflate);
		failed += !!bus_topic_create(bus, name, &options);
		failed += !!bus_publish(bus, name, "x", 1, &about);
		failed += !!bus_subscribe(bus, name);
		failed += !!bus_subscribe_replay(bus, "faults/+", 10);
		failed += !!bus_subscribe_replay(bus, "faults/very/deep/#", 1);
		failed += !!bus_publish(bus, name, "x", 1, &about);
		failed += !!bus_publish(bus, name, "x", 1, &about);
		failed += !!bus_receive(bus, &message, 0);
		failed += !!bus_get_stats(bus, &stats);
		if (rand() % 2)
			failed += !!bus_topic_delete(bus, name);
		if (rand() % 2)
			failed += !!bus_unsubscribe(bus, name);
		set_faults("0");
		bus_close(bus);
		done++;
	}
	assert_true(failed > 100);
	assert_true(done > 100);
	/* From here on all must work again. */
	bus = open_bus();
	assert_bus_ok(bus, bus_subscribe(bus, "faults/after"));
	assert_bus_ok(bus, bus_publish(bus, "faults/after", "x", 1, NULL));
	assert_int_equal(receive(bus)->seq, 1);
	bus_close(bus);
}

/* Calls of the in-kernel API, made by this process, so that they fail. */
static void kernel_publishers_fail_cleanly(void **state)
{
	static const char *const calls[] = {
		"publish 20 10",
		"publish_irqs_off 20 10",
		"publish 1 60000",
		"publish_irqs_off 1 60000",
		"draft 100 50",
		"draft 30000 10000",
		"draft_irqs_off 5000 1",
		"discard 10 5000",
		"publish_keyed 10 10000",
		"share",
		"create 5",
		"gap 3",
	};
	const struct bus_backlog backlog = { .size = sizeof(backlog),
					     .messages = 100 };
	struct account account = { .next = 1 };
	struct bus *bus = open_bus();
	const struct bus_message *message;
	unsigned long failed = 0;
	uint64_t said;
	long result;
	int i;

	load_module("kbus_puppet", "history=5");
	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_bus_ok(bus, bus_subscribe(bus, "kernel/puppet"));
	for (i = 0; i < 3000; i++) {
		const char *call =
			calls[rand() % (sizeof(calls) / sizeof(*calls))];
		int fd = open("/sys/module/kbus_puppet/parameters/call",
			      O_WRONLY | O_CLOEXEC);

		set_faults("1");
		if (write(fd, call, strlen(call)) < 0)
			assert_int_equal(errno, ENOMEM);
		set_faults("0");
		close(fd);
		result = module_parameter("kbus_puppet", "result");
		assert_true(result == 0 || result == -ENOMEM ||
			    result == -EINVAL);
		failed += result == -ENOMEM;
		while (rand() % 20 && !bus_receive(bus, &message, 0))
			take(&account, message);
	}
	said = puppet_call("count_messages");
	while (account.next <= said)
		take(&account, receive(bus));
	printf("# said %lu, %lu calls failed; received %lu, lost %lu\n", said,
	       failed, account.received, account.lost);
	assert_int_equal(account.received + account.lost, said);
	assert_true(failed > 100);
	unload_module("kbus_puppet");
	bus_close(bus);
}

/* Messages that the broker cannot publish about itself are reported as lost. */
static void what_the_broker_tells_balances(void **state)
{
	const struct bus_topic_access access = {
		.size = sizeof(access),
		.set = BUS_SET_MODE,
		.mode = 0600,
	};
	static const char *const names[] = { "$sys/topics",
					     "$sys/subscribers" };
	struct account accounts[2] = { 0 };
	const struct bus_message *message;
	struct bus *watcher = open_bus();
	struct bus *bus;
	int i;

	assert_bus_ok(watcher, bus_subscribe(watcher, "$sys/+"));
	accounts[0].next = look_up(watcher, names[0]).seq + 1;
	/* Its own subscription. */
	accounts[1].next = look_up(watcher, names[1]).seq;
	for (i = 0; i < 1000; i++) {
		set_faults("1");
		if (!bus_open(&bus)) {
			bus_subscribe(bus, "faults/told/+");
			bus_topic_create(bus, "faults/told/a", NULL);
			bus_topic_change(bus, "faults/told/a", &access);
			bus_topic_delete(bus, "faults/told/a");
			bus_unsubscribe(bus, "faults/told/+");
			bus_close(bus);
		}
		set_faults("0");
		while (rand() % 20 && !bus_receive(watcher, &message, 0))
			take(&accounts[!strcmp(message->topic, names[1])],
			     message);
	}
	for (i = 0; i < 2; i++)
		while (accounts[i].next <= look_up(watcher, names[i]).seq) {
			message = receive(watcher);
			take(&accounts[!strcmp(message->topic, names[1])],
			     message);
		}
	for (i = 0; i < 2; i++) {
		printf("# %s: received %lu, lost %lu\n", names[i],
		       accounts[i].received, accounts[i].lost);
		assert_int_equal(accounts[i].next,
				 look_up(watcher, names[i]).seq + 1);
		assert_true(accounts[i].received > 100);
		assert_true(look_up(watcher, names[i]).lost > 0);
	}
	bus_close(watcher);
}

#define NONE_OF_THEM 1000000

/*
 * Loads kbus while the kernel's @nth allocation for this process fails. Sets
 * @nth to the number that was left.
 */
static int load_kbus(int *nth)
{
	int fd = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	char text[16] = { 0 };
	int err;

	assert_true(fd >= 0);
	snprintf(text, sizeof(text), "%d", *nth);
	assert_int_equal(pwrite(fd, text, strlen(text), 0), strlen(text));
	err = try_load_module("kbus", "");
	assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
	*nth = atoi(text);
	assert_int_equal(pwrite(fd, "0", 1, 0), 1);
	close(fd);
	return err;
}

/*
 * The last step of loading is to begin a bus in each network namespace. The
 * kernel's own allocations beside it, which may fail, differ each time.
 */
static void a_bus_begins_or_does_not(void **state)
{
	int left = NONE_OF_THEM;
	unsigned int failed = 0;
	struct bus *bus;
	int total, i;

	unload_module("kbus");
	assert_int_equal(load_kbus(&left), 0);
	total = NONE_OF_THEM - left;
	for (i = 0; failed < 12 && i < 150; i++) {
		int nth = total - i;
		int err;

		unload_module("kbus");
		err = load_kbus(&nth);
		failed += !!err;
		if (!err)
			continue;
		/* Netlink's socket fails with the latter. */
		assert_true(err == -ENOMEM || err == -EADDRINUSE);
		load_module("kbus", "");
	}
	printf("# of the last %d of %d allocations, %u are indispensable\n", i,
	       total, failed);
	assert_int_equal(failed, 12);
	bus = open_bus();
	assert_bus_ok(bus, bus_subscribe(bus, "$sys/#"));
	assert_int_equal(receive(bus)->seq, 1);
	bus_close(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accounts_balance_when_memory_fails),
		cmocka_unit_test(calls_fail_cleanly),
		cmocka_unit_test(kernel_publishers_fail_cleanly),
		cmocka_unit_test(what_the_broker_tells_balances),
		cmocka_unit_test(a_bus_begins_or_does_not),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
