// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel modules publish: from process and softirq context at once, with
 * programs subscribing, and the module coming and going
 */
#include "guest_test.h"

#include <fcntl.h>
#include <sys/syscall.h>

#define TOPIC "kernel/test"
#define MODULE "/lib/kbus/kbus_test.ko"
#define CONTEXTS 2

static void load(const char *parameters)
{
	int fd = open(MODULE, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(syscall(SYS_finit_module, fd, parameters, 0), 0);
	close(fd);
}

static void unload(void)
{
	assert_int_equal(syscall(SYS_delete_module, "kbus_test", 0), 0);
}

struct account {
	uint64_t next;
	uint64_t received;
	uint64_t lost;
	uint32_t last[CONTEXTS];
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
	/* The topic was made again. */
	if (message->seq == 1 && account->next != 1)
		*account = (struct account){ .next = 1 };
	assert_int_equal(message->seq, account->next);
	assert_true(message->kernel);
	assert_int_equal(message->pid, 0);
	assert_int_equal(message->size, 2 * sizeof(*payload));
	assert_in_range(payload[0], 0, CONTEXTS - 1);
	assert_true(payload[1] > account->last[payload[0]]);
	account->last[payload[0]] = payload[1];
	account->next++;
	account->received++;
}

static void drain(struct bus *bus, struct account *account)
{
	const struct bus_message *message;

	while (!bus_receive(bus, &message, 0))
		take(account, message);
}

static void both_contexts_are_accounted_for_exactly(void **state)
{
	const struct bus_backlog backlog = { .messages = 100 };
	struct account fast = { .next = 1 }, slow = { .next = 1 };
	struct bus *fast_bus = open_bus();
	struct bus *slow_bus = open_bus();
	struct bus_topic topic;
	uint64_t seq;
	int i;

	assert_bus_ok(slow_bus, bus_set_backlog(slow_bus, &backlog));
	assert_bus_ok(fast_bus, bus_subscribe(fast_bus, TOPIC));
	assert_bus_ok(slow_bus, bus_subscribe(slow_bus, TOPIC));
	load("burst=20");
	for (i = 0; i < 1500; i++) {
		drain(fast_bus, &fast);
		if (i % 300 == 299)
			drain(slow_bus, &slow);
		usleep(1000);
	}
	seq = look_up(fast_bus, TOPIC).seq;
	/* It is not for programs to create, though it is there. */
	assert_int_equal(bus_topic_create(fast_bus, TOPIC, NULL), -EPERM);
	unload();
	/* The topic is gone; what was published on it is not. */
	assert_int_equal(bus_topic_get(fast_bus, TOPIC, keep_topic, &topic),
			 -ENOENT);
	drain(fast_bus, &fast);
	drain(slow_bus, &slow);
	printf("# fast received %lu, lost %lu; slow received %lu, lost %lu\n",
	       fast.received, fast.lost, slow.received, slow.lost);
	assert_int_equal(fast.next, slow.next);
	assert_true(fast.next > seq);
	assert_int_equal(fast.received + fast.lost, fast.next - 1);
	assert_int_equal(slow.received + slow.lost, slow.next - 1);
	assert_true(slow.lost > 0);
	assert_true(fast.last[0] > 100 && fast.last[1] > 100);
	bus_close(fast_bus);
	bus_close(slow_bus);
}

static void a_publisher_comes_and_goes_under_load(void **state)
{
	unsigned long rounds = env_number("RELOADS", 30);
	struct account account = { .next = 1 };
	struct bus *bus = open_bus();
	struct bus *stopped = open_bus();
	unsigned long i;

	assert_bus_ok(bus, bus_subscribe(bus, TOPIC));
	assert_bus_ok(stopped, bus_subscribe(stopped, TOPIC));
	for (i = 0; i < rounds; i++) {
		load("burst=20");
		drain(bus, &account);
		usleep(30000);
		drain(bus, &account);
		unload();
		drain(bus, &account);
		assert_true(account.received > 0);
	}
	bus_close(stopped);
	bus_close(bus);
}

static unsigned long refused(void)
{
	unsigned long count = 0;
	FILE *file = fopen("/sys/module/kbus_test/parameters/refused", "re");

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lu", &count), 1);
	fclose(file);
	return count;
}

static void a_subscriber_that_blocks_does_not_hold_up_the_kernel(void **state)
{
	const struct bus_backlog backlog = {
		.messages = 100,
		.overflow = BUS_BLOCK,
	};
	struct account account = { .next = 1 };
	struct bus *bus = open_bus();
	const struct bus_message *message;
	uint32_t last[CONTEXTS] = { 0 };
	const uint32_t *payload;
	unsigned long before;
	uint64_t seq;
	int i;

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_bus_ok(bus, bus_subscribe(bus, TOPIC));
	load("burst=20 allow_block=1");
	while (refused() < 1000)
		usleep(1000);
	/* It goes on trying, and what it could not say takes no number. */
	seq = look_up(bus, TOPIC).seq;
	before = refused();
	usleep(50000);
	assert_true(refused() > before);
	assert_int_equal(look_up(bus, TOPIC).seq, seq);
	for (i = 0; i < 2000; i++) {
		message = receive(bus);
		take(&account, message);
		payload = message->payload;
		assert_int_equal(payload[1], ++last[payload[0]]);
	}
	unload();
	drain(bus, &account);
	assert_int_equal(account.lost, 0);
	printf("# received %lu, lost none; refused %lu\n", account.received,
	       before);
	bus_close(bus);
}

static void a_kernel_topic_keeps_a_history(void **state)
{
	struct account account = { .next = 1 };
	struct bus *bus = open_bus();
	const struct bus_message *message;
	int replayed = 0;

	load("burst=20 history=50");
	usleep(100000);
	assert_bus_ok(bus, bus_subscribe_replay(bus, TOPIC, 30));
	do {
		message = receive(bus);
		replayed += message->replayed;
		if (account.received == 0)
			account.next = message->seq;
		take(&account, message);
	} while (message->replayed);
	assert_int_equal(replayed, 30);
	unload();
	bus_close(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_contexts_are_accounted_for_exactly),
		cmocka_unit_test(
			a_subscriber_that_blocks_does_not_hold_up_the_kernel),
		cmocka_unit_test(a_kernel_topic_keeps_a_history),
		cmocka_unit_test(a_publisher_comes_and_goes_under_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
