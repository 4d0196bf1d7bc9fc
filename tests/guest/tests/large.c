// SPDX-License-Identifier: GPL-2.0-only
/*
 * Large messages of a backlog go into the socket without a copy, between chunks
 * of small ones, and in order
 */
#include "guest_test.h"

#include <libmnl/libmnl.h>
#include <linux/kbus.h>
#include <linux/sock_diag.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#define TOPIC "large"
#define SIZE_MAX_BYTES 64000

static const struct bus_backlog backlog = {
	.size = sizeof(backlog),
	.messages = 10000,
	.bytes = 64 << 20,
};

/* Small and large messages in no particular order. */
static size_t size_of(uint64_t seq)
{
	static const size_t sizes[] = { 10,    16384, 16384, 20000, 3000, 100,
					15000, 64000, 16000, 8,	    40000 };

	return sizes[seq * 7 % (sizeof(sizes) / sizeof(*sizes))];
}

static void fill(uint8_t *payload, uint64_t seq)
{
	size_t i;

	for (i = 0; i < size_of(seq); i++)
		payload[i] = (uint8_t)(seq + i * 31);
}

static void publish_many(struct bus *bus, uint64_t first, uint64_t last)
{
	static uint8_t payload[SIZE_MAX_BYTES];
	uint64_t seq;

	for (seq = first; seq <= last; seq++) {
		fill(payload, seq);
		assert_bus_ok(bus, bus_publish(bus, TOPIC, payload,
					       size_of(seq), NULL));
	}
}

static void expect_many(struct bus *sub, uint64_t first, uint64_t last,
			bool replayed)
{
	static uint8_t payload[SIZE_MAX_BYTES];
	const struct bus_message *message;
	uint64_t seq;

	for (seq = first; seq <= last; seq++) {
		message = receive(sub);
		assert_int_equal(message->kind, BUS_MESSAGE);
		assert_int_equal(message->seq, seq);
		assert_int_equal(message->replayed, replayed);
		assert_int_equal(message->size, size_of(seq));
		fill(payload, seq);
		assert_memory_equal(message->payload, payload, message->size);
	}
	assert_nothing_comes(sub);
}

static struct bus *new_subscriber(void)
{
	struct bus *sub = open_bus();

	assert_bus_ok(sub, bus_set_backlog(sub, &backlog));
	assert_bus_ok(sub, bus_subscribe(sub, TOPIC));
	return sub;
}

static struct bus_stats stats_of(struct bus *sub)
{
	struct bus_stats stats = { .size = sizeof(stats) };

	assert_bus_ok(sub, bus_get_stats(sub, &stats));
	return stats;
}

static void close_all(struct bus *bus, struct bus *sub)
{
	assert_bus_ok(bus, bus_topic_delete(bus, TOPIC));
	bus_close(sub);
	bus_close(bus);
}

static void they_come_in_order(void **state)
{
	struct bus *bus = open_bus();
	struct bus *sub = new_subscriber();
	struct bus_stats stats = { .size = sizeof(stats) };

	publish_many(bus, 1, 200);
	assert_in_range(stats_of(sub).backlog_messages, 100, 199);
	expect_many(sub, 1, 200, false);
	stats = stats_of(sub);
	assert_int_equal(stats.backlog_messages, 0);
	assert_int_equal(stats.live + stats.drained, 200);
	/* LIVE again, and behind once more. */
	publish_many(bus, 201, 201);
	assert_int_equal(stats_of(sub).live, stats.live + 1);
	publish_many(bus, 202, 300);
	expect_many(sub, 201, 300, false);
	assert_int_equal(stats_of(sub).overruns, 2);
	close_all(bus, sub);
}

/* Several subscribers share the same buffer: each gets a clone. */
static void each_of_several_gets_them(void **state)
{
	struct bus *bus = open_bus();
	struct bus *subs[] = { new_subscriber(), new_subscriber(),
			       new_subscriber() };

	publish_many(bus, 1, 100);
	expect_many(subs[1], 1, 100, false);
	bus_close(subs[0]);
	publish_many(bus, 101, 120);
	expect_many(subs[2], 1, 120, false);
	expect_many(subs[1], 101, 120, false);
	bus_close(subs[2]);
	close_all(bus, subs[1]);
}

/* Messages published while it reads come after the backlog. */
static void publishing_goes_on_meanwhile(void **state)
{
	struct bus *bus = open_bus();
	struct bus *sub = new_subscriber();
	uint64_t next = 1, published = 60;

	publish_many(bus, 1, published);
	while (next <= published) {
		if (next % 3 == 0 && published < 300) {
			publish_many(bus, published + 1, published + 4);
			published += 4;
		}
		assert_int_equal(follow(receive(sub), &next), 0);
	}
	assert_int_equal(published, 300);
	assert_nothing_comes(sub);
	close_all(bus, sub);
}

/* There is no room for a message beside the chunk, so all are copied. */
static void a_small_socket_gets_them_in_chunks(void **state)
{
	struct bus *bus = open_bus();
	struct bus *sub = new_subscriber();

	shrink_socket(sub);
	publish_many(bus, 1, 60);
	expect_many(sub, 1, 60, false);
	close_all(bus, sub);
}

/* Replayed messages are marked; other subscribers' are not. */
static void those_that_are_replayed_are_copied(void **state)
{
	const struct bus_topic_options options = {
		.size = sizeof(options),
		.history = 40,
		.history_bytes = 8 << 20,
	};
	struct bus *bus = open_bus();
	struct bus *late = open_bus();

	assert_bus_ok(bus, bus_topic_create(bus, TOPIC, &options));
	publish_many(bus, 1, 40);
	assert_int_equal(look_up(bus, TOPIC).kept, 40);
	assert_bus_ok(late, bus_set_backlog(late, &backlog));
	assert_bus_ok(late, bus_subscribe_replay(late, TOPIC, 40));
	expect_many(late, 1, 40, true);
	close_all(bus, late);
}

static void publish_16k(struct bus *bus, int count)
{
	static uint8_t payload[16384];

	while (count--)
		assert_bus_ok(bus, bus_publish(bus, TOPIC, payload,
					       sizeof(payload), NULL));
}

static void they_wait_where_a_filter_looks(void **state)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 100000);
	struct sock_fprog program = { .len = 1, .filter = &all };
	struct bus *bus = open_bus();
	struct bus *sub = new_subscriber();

	assert_int_equal(setsockopt(bus_fd(sub), SOL_SOCKET, SO_ATTACH_FILTER,
				    &program, sizeof(program)),
			 0);
	publish_many(bus, 1, 100);
	assert_int_equal(stats_of(sub).backlog_messages, 100);
	expect_many(sub, 1, 100, false);
	close_all(bus, sub);
}

/* The last message it waits for may leave the chunk empty. */
static void who_waits_for_room_is_woken(void **state)
{
	static const struct bus_backlog one = {
		.size = sizeof(one),
		.messages = 1,
		.bytes = 1 << 20,
		.overflow = BUS_BLOCK,
	};
	const struct bus_topic_options options = { .size = sizeof(options),
						   .allow_block = true };
	const struct bus_publish_options wait = { .size = sizeof(wait),
						  .wait_ms = -1 };
	static uint8_t payload[16384];
	struct bus *bus = open_bus();
	struct bus *sub = open_bus();
	int status;
	pid_t pid;
	int i;

	assert_bus_ok(bus, bus_topic_create(bus, TOPIC, &options));
	assert_bus_ok(sub, bus_set_backlog(sub, &one));
	assert_bus_ok(sub, bus_subscribe(sub, TOPIC));
	pid = fork();
	if (!pid) {
		bus = open_bus();
		for (i = 0; i < 100; i++)
			if (bus_publish(bus, TOPIC, payload, sizeof(payload),
					&wait))
				_exit(1);
		_exit(0);
	}
	/* Until it waits. */
	while (!stats_of(sub).backlog_messages)
		usleep(1000);
	for (i = 1; i <= 100; i++) {
		usleep(2000);
		assert_int_equal(receive(sub)->seq, i);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close_all(bus, sub);
}

static void ask_for_backlog(int fd)
{
	const struct nlmsghdr nlh = {
		.nlmsg_len = sizeof(nlh),
		.nlmsg_type = KBUS_CMD_BACKLOG,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		.nlmsg_seq = 4711,
	};

	assert_int_equal(send(fd, &nlh, sizeof(nlh), 0), sizeof(nlh));
}

/* Copied messages are part of the answer and have its number; others do not. */
static void they_are_not_copied(void **state)
{
	static char buffer[65536] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = (void *)buffer;
	struct bus *bus = open_bus();
	struct bus *sub = new_subscriber();
	int straight = 0, copied = 0, before = 0;
	bool asked = false, done = false;
	ssize_t n;

	publish_16k(bus, 100);
	while (!done) {
		n = recv(bus_fd(sub), buffer, sizeof(buffer), MSG_DONTWAIT);
		if (n < 0) {
			assert_int_equal(errno, EAGAIN);
			assert_false(asked);
			asked = true;
			before = straight;
			ask_for_backlog(bus_fd(sub));
			continue;
		}
		done = nlh->nlmsg_type == NLMSG_DONE;
		if (nlh->nlmsg_type != KBUS_MSG_MESSAGE)
			continue;
		assert_int_equal(nlh->nlmsg_len, n);
		if (nlh->nlmsg_seq)
			copied++;
		else
			straight++;
	}
	assert_int_equal(straight + copied, 100);
	assert_in_range(before, 1, 20);
	assert_true(straight - before > 2 * copied);
	close_all(bus, sub);
}

/* Reads the socket of a process that asks; 0 if all came in order. */
static int read_for_another(int fd, uint64_t last)
{
	static char buffer[65536] __attribute__((aligned(8)));
	struct kbus_header *header;
	struct nlmsghdr *nlh;
	uint64_t seq = 0;
	int left;

	while (seq < last) {
		left = (int)recv(fd, buffer, sizeof(buffer), 0);
		for (nlh = (void *)buffer; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			header = mnl_nlmsg_get_payload(nlh);
			if (nlh->nlmsg_type == KBUS_MSG_MESSAGE &&
			    header->seq != ++seq)
				return 1;
		}
	}
	return 0;
}

static bool is_read_empty(int fd)
{
	uint32_t info[SK_MEMINFO_VARS];
	socklen_t size = sizeof(info);

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &size),
			 0);
	return !info[SK_MEMINFO_RMEM_ALLOC];
}

/*
 * On a preemptible kernel, the reader gets the processor as soon as there is a
 * message: between any two steps of the other process.
 */
static void one_may_ask_and_another_read(void **state)
{
	static const struct sched_param at_once = { .sched_priority = 1 };
	struct bus *bus = open_bus();
	struct bus *sub = new_subscriber();
	cpu_set_t one, before;
	pid_t pid, ended = 0;
	int status;
	int i;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (sched_setscheduler(0, SCHED_FIFO, &at_once))
			_exit(2);
		_exit(read_for_another(bus_fd(sub), 60 * 100));
	}
	for (i = 0; i < 100 && !ended; i++) {
		assert_int_equal(kill(pid, SIGSTOP), 0);
		publish_many(bus, i * 60 + 1, (i + 1) * 60);
		assert_true(stats_of(sub).backlog_messages > 10);
		assert_int_equal(kill(pid, SIGCONT), 0);
		while (!ended && stats_of(sub).backlog_messages) {
			if (is_read_empty(bus_fd(sub)))
				ask_for_backlog(bus_fd(sub));
			ended = waitpid(pid, &status, WNOHANG);
		}
	}
	if (!ended)
		ended = waitpid(pid, &status, 0);
	assert_int_equal(ended, pid);
	assert_int_equal(status, 0);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
	close_all(bus, sub);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_come_in_order),
		cmocka_unit_test(each_of_several_gets_them),
		cmocka_unit_test(publishing_goes_on_meanwhile),
		cmocka_unit_test(a_small_socket_gets_them_in_chunks),
		cmocka_unit_test(those_that_are_replayed_are_copied),
		cmocka_unit_test(they_wait_where_a_filter_looks),
		cmocka_unit_test(who_waits_for_room_is_woken),
		cmocka_unit_test(they_are_not_copied),
		cmocka_unit_test(one_may_ask_and_another_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
