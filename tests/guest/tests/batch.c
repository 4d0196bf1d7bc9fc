// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages that are sent together arrive as if each had been sent alone
 */
#include "people.h"

#include <libmnl/libmnl.h>
#include <linux/kbus.h>
#include <signal.h>
#include <sys/wait.h>

#define COUNT 100

static const struct bus_publish_options more = { .size = sizeof(more),
						 .flags = BUS_MORE };

static void add(struct bus *bus, const char *topic, int number)
{
	char text[32];

	snprintf(text, sizeof(text), "number %d", number);
	assert_bus_ok(bus, bus_publish(bus, topic, text, strlen(text), &more));
}

static void add_many(struct bus *bus, const char *topic, int first, int last)
{
	for (; first <= last; first++)
		add(bus, topic, first);
	assert_bus_ok(bus, bus_flush(bus));
}

static void expect_number(struct bus *bus, const char *topic, int number)
{
	char text[32];

	snprintf(text, sizeof(text), "number %d", number);
	expect(bus, topic, (uint64_t)number, text);
}

static void expect_many(struct bus *bus, const char *topic, int first, int last)
{
	for (; first <= last; first++)
		expect_number(bus, topic, first);
	assert_nothing_comes(bus);
}

static struct bus *subscriber(const char *topic, uint32_t messages,
			      enum bus_overflow overflow)
{
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = messages,
		.overflow = overflow,
	};
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_bus_ok(bus, bus_subscribe(bus, topic));
	return bus;
}

static void they_wait_and_come_in_order(void **state)
{
	struct bus *bus = open_bus();
	struct bus *sub = subscriber("order", 0, 0);
	struct bus *listener = open_bus();

	assert_bus_ok(bus, bus_topic_create(bus, "order", NULL));
	assert_bus_ok(listener, bus_listen(listener, "order"));
	assert_int_equal(bus_flush_due_us(bus), -1);
	add(bus, "order", 1);
	add(bus, "order", 2);
	assert_int_equal(bus_flush_due_us(bus), 0);
	assert_nothing_comes(sub);
	assert_bus_ok(bus, bus_flush(bus));
	assert_int_equal(bus_flush_due_us(bus), -1);
	add_many(bus, "order", 3, COUNT);
	expect_many(sub, "order", 1, COUNT);
	expect_many(listener, "order", 1, COUNT);
	bus_close(sub);
	bus_close(listener);
	bus_close(bus);
}

/*
 * Waiting messages are sent by one that does not wait, that is for another
 * topic or too large, or by bus_close().
 */
static void others_send_what_waits(void **state)
{
	static char large[10000];
	struct bus *bus = open_bus();
	struct bus *sub = subscriber("other/+", 0, 0);
	struct bus_result result = { .size = sizeof(result) };
	const struct bus_publish_options with_result = {
		.size = sizeof(with_result), .result = &result
	};

	add(bus, "other/a", 1);
	publish(bus, "other/a", "number 2");
	expect_number(sub, "other/a", 1);
	expect_number(sub, "other/a", 2);
	add(bus, "other/a", 3);
	add(bus, "other/b", 1);
	expect_number(sub, "other/a", 3);
	assert_nothing_comes(sub);
	assert_bus_ok(bus,
		      bus_publish(bus, "other/b", large, sizeof(large), &more));
	expect_number(sub, "other/b", 1);
	assert_int_equal(receive(sub)->size, sizeof(large));
	add(bus, "other/b", 3);
	assert_bus_ok(bus, bus_publish(bus, "other/b", "x", 1, &with_result));
	assert_int_equal(result.seq, 4);
	expect_number(sub, "other/b", 3);
	expect(sub, "other/b", 4, "x");
	add(bus, "other/b", 5);
	bus_close(bus);
	expect_many(sub, "other/b", 5, 5);
	bus_close(sub);
}

static void a_linger_time_is_kept(void **state)
{
	struct bus *bus = open_bus();
	struct bus *sub = subscriber("linger", 0, 0);
	const unsigned int hour = 3600u * 1000000;
	int i;

	assert_bus_ok(bus, bus_set_linger(bus, hour));
	publish(bus, "linger", "number 1");
	assert_in_range(bus_flush_due_us(bus), 1, hour);
	assert_nothing_comes(sub);
	assert_bus_ok(bus, bus_set_linger(bus, 1000));
	usleep(1000);
	assert_int_equal(bus_flush_due_us(bus), 0);
	publish(bus, "linger", "number 2");
	expect_many(sub, "linger", 1, 2);
	assert_bus_ok(bus, bus_set_linger(bus, hour));
	publish(bus, "linger", "number 3");
	assert_nothing_comes(sub);
	assert_bus_ok(bus, bus_set_linger(bus, 0));
	expect_many(sub, "linger", 3, 3);
	/* Far more than fit into one batch. */
	assert_bus_ok(bus, bus_set_linger(bus, hour));
	for (i = 4; i <= 1000; i++)
		add(bus, "linger", i);
	assert_bus_ok(bus, bus_flush(bus));
	expect_many(sub, "linger", 4, 1000);
	bus_close(bus);
	bus_close(sub);
}

/* Backlogs count the messages of a batch individually. */
static void policies_hold_to_the_message(void **state)
{
	struct bus *bus = open_bus();
	struct bus *oldest = subscriber("policy", 10, BUS_DROP_OLDEST);
	struct bus *newest = subscriber("policy", 10, BUS_DROP_NEWEST);
	struct bus *latest = subscriber("policy", 10, BUS_CONFLATE);
	uint64_t first, straight;

	shrink_socket(oldest);
	shrink_socket(newest);
	shrink_socket(latest);
	add_many(bus, "policy", 1, COUNT);

	for (straight = 0; receive(newest)->kind == BUS_MESSAGE; straight++)
		;
	assert_in_range(straight, 10, COUNT - 1);
	straight -= 10;
	for (first = 1; first <= straight; first++)
		expect_number(oldest, "policy", (int)first);
	expect_gap(oldest, "policy", straight + 1, COUNT - 10);
	expect_many(oldest, "policy", COUNT - 9, COUNT);
	for (first = 1; first <= straight; first++)
		expect_number(latest, "policy", (int)first);
	expect_gap(latest, "policy", straight + 1, COUNT - 10);
	expect_many(latest, "policy", COUNT - 9, COUNT);
	bus_close(oldest);
	bus_close(newest);
	bus_close(latest);
	bus_close(bus);
}

/* Enough for batches to be queued, and dropped. */
static void losses_of_batches_are_reported(void **state)
{
	struct bus *bus = open_bus();
	struct bus *sub = subscriber("batches", 500, BUS_DROP_OLDEST);
	const struct bus_message *message;
	struct bus_stats stats = { .size = sizeof(stats) };
	uint64_t next = 1, received = 0, lost = 0;
	const int count = 5000;

	shrink_socket(sub);
	add_many(bus, "batches", 1, count);
	assert_bus_ok(sub, bus_get_stats(sub, &stats));
	assert_in_range(stats.backlog_messages, 400, 500);
	while (next <= (uint64_t)count) {
		message = receive(sub);
		received += message->kind == BUS_MESSAGE;
		lost += follow(message, &next);
	}
	assert_nothing_comes(sub);
	assert_bus_ok(sub, bus_get_stats(sub, &stats));
	assert_int_equal(received + lost, count);
	assert_int_equal(stats.live + stats.drained, received);
	assert_int_equal(stats.reported, lost);
	assert_int_equal(stats.lost, lost);
	assert_in_range(lost, 1, count - 400);
	bus_close(sub);
	bus_close(bus);
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

/* In a backlog, each message of a batch is marked as part of an answer. */
static void batches_are_parts_of_a_dump(void **state)
{
	static char chunk[65536] __attribute__((aligned(8)));
	struct bus *bus = open_bus();
	struct bus *sub = subscriber("dump", 10000, BUS_DROP_OLDEST);
	int messages = 0, straight = 0;
	bool done = false;
	ssize_t n;

	shrink_socket(sub);
	add_many(bus, "dump", 1, 500);
	while (!done) {
		struct nlmsghdr *nlh = (void *)chunk;
		int left;

		n = recv(bus_fd(sub), chunk, sizeof(chunk), MSG_DONTWAIT);
		if (n < 0) {
			assert_int_equal(errno, EAGAIN);
			assert_int_equal(messages, straight);
			ask_for_backlog(bus_fd(sub));
			continue;
		}
		left = (int)n;
		for (; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			done = nlh->nlmsg_type == NLMSG_DONE;
			if (nlh->nlmsg_type != KBUS_MSG_MESSAGE)
				continue;
			messages++;
			straight += !nlh->nlmsg_seq;
			assert_true(!nlh->nlmsg_seq ||
				    (nlh->nlmsg_seq == 4711 &&
				     nlh->nlmsg_flags & NLM_F_MULTI));
		}
	}
	assert_int_equal(messages, 500);
	assert_in_range(straight, 1, 499);
	bus_close(sub);
	bus_close(bus);
}

static void history_keeps_single_messages(void **state)
{
	const struct bus_topic_options options = { .size = sizeof(options),
						   .history = 7 };
	struct bus *bus = open_bus();
	struct bus *late = open_bus();
	int i;

	assert_bus_ok(bus, bus_topic_create(bus, "kept", &options));
	add_many(bus, "kept", 1, COUNT);
	assert_int_equal(look_up(bus, "kept").kept, 7);
	assert_bus_ok(late, bus_subscribe_replay(late, "kept", 5));
	for (i = COUNT - 4; i <= COUNT; i++)
		expect_number(late, "kept", i);
	assert_nothing_comes(late);
	bus_close(late);
	bus_close(bus);
}

static void a_filter_sees_each(void **state)
{
	struct bus *bus = open_bus();
	struct bus *sub = subscriber("filter", 0, 0);
	int i;

	add_many(bus, "filter", 1, 1);
	expect_number(sub, "filter", 1);
	take_odd_numbers_only(sub);
	add_many(bus, "filter", 2, 51);
	for (i = 3; i <= 51; i += 2)
		expect_number(sub, "filter", i);
	assert_nothing_comes(sub);
	bus_close(sub);
	bus_close(bus);
}

static struct bus *blocking(const char *topic)
{
	const struct bus_topic_options options = { .size = sizeof(options),
						   .allow_block = true };
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_topic_create(bus, topic, &options));
	bus_close(bus);
	bus = subscriber(topic, 10, BUS_BLOCK);
	shrink_socket(bus);
	return bus;
}

static void what_is_blocked_waits_in_order(void **state)
{
	struct bus *bus = open_bus();
	struct bus *sub = blocking("blocked");
	int received = 0;
	int err, i;

	for (i = 1; i <= 40; i++)
		add(bus, "blocked", i);
	while ((err = bus_flush(bus)) != 0) {
		assert_int_equal(err, -EAGAIN);
		assert_non_null(strstr(bus_strerror(bus, err), "no room"));
		/*
		 * Another message fails too: it would overtake the waiting
		 * ones.
		 */
		assert_int_equal(bus_publish(bus, "blocked", "x", 1, NULL),
				 -EAGAIN);
		expect_number(sub, "blocked", ++received);
	}
	assert_in_range(received, 5, 35);
	expect_many(sub, "blocked", received + 1, 40);
	bus_close(sub);
	bus_close(bus);
}

static void publishers_wait_with_many(void **state)
{
	const struct bus_publish_options options = {
		.size = sizeof(options),
		.flags = BUS_MORE,
		.wait_ms = PATIENCE_MS,
	};
	struct bus *sub = blocking("patient");
	char text[32];
	int status, i;
	pid_t pid = fork();

	if (!pid) {
		struct bus *bus;
		int err = bus_open(&bus);

		for (i = 1; i <= 300 && !err; i++) {
			snprintf(text, sizeof(text), "number %d", i);
			err = bus_publish(bus, "patient", text, strlen(text),
					  &options);
		}
		_exit(err ? -err : -bus_flush(bus));
	}
	for (i = 1; i <= 300; i++)
		expect_number(sub, "patient", i);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_nothing_comes(sub);
	bus_close(sub);
}

static void a_new_topic_of_the_name_gets_them(void **state)
{
	struct bus *bus = open_bus();
	struct bus *sub = subscriber("again", 0, 0);

	add_many(bus, "again", 1, 1);
	expect_number(sub, "again", 1);
	add(bus, "again", 1);
	add(bus, "again", 2);
	assert_bus_ok(sub, bus_topic_delete(sub, "again"));
	assert_bus_ok(bus, bus_flush(bus));
	expect_many(sub, "again", 1, 2);
	/*
	 * The same, detected by a message for which there is no more room, and
	 * by one that does not wait.
	 */
	add(bus, "again", 1);
	assert_bus_ok(sub, bus_topic_delete(sub, "again"));
	add_many(bus, "again", 2, COUNT);
	expect_many(sub, "again", 1, COUNT);
	add(bus, "again", 1);
	assert_bus_ok(sub, bus_topic_delete(sub, "again"));
	publish(bus, "again", "number 2");
	expect_many(sub, "again", 1, 2);
	/*
	 * There already is another topic of the name, which this handle knows.
	 */
	add(bus, "again", 1);
	assert_bus_ok(sub, bus_topic_delete(sub, "again"));
	publish(sub, "again", "number 1");
	assert_bus_ok(bus, bus_flush(bus));
	expect_number(sub, "again", 1);
	expect(sub, "again", 2, "number 1");
	bus_close(sub);
	bus_close(bus);
}

/* Without an acknowledgement. */
static void a_refusal_is_noticed(void **state)
{
	const struct bus_topic_access access = {
		.size = sizeof(access),
		.set = BUS_SET_MODE,
		.mode = 0600,
	};
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);
	int i;

	assert_bus_ok(root, bus_topic_create(root, "private", NULL));
	for (i = 0; i < 3; i++)
		assert_int_equal(AS(ALICE, bus_publish(alice, "private", "x", 1,
						       &no_create)),
				 -EACCES);
	assert_non_null(strstr(bus_strerror(alice, -EACCES), "mode"));
	AS(ALICE, bus_publish(alice, "private", "x", 1, &more));
	assert_int_equal(AS(ALICE, bus_flush(alice)), -EACCES);
	/* The refused messages are dropped. */
	assert_int_equal(AS(ALICE, bus_flush(alice)), 0);
	assert_int_equal(look_up(root, "private").seq, 0);
	assert_bus_ok(root, bus_topic_change(root, "private", &access));
	bus_close(alice);
	bus_close(root);
}

static void each_has_its_sender_everywhere(void **state)
{
	const struct bus_message *message;
	struct bus *bus = open_bus();
	int go[2], status, i;
	pid_t pid;
	char c;

	assert_int_equal(pipe(go), 0);
	pid = fork();
	if (!pid) {
		struct bus *reader;

		enter_user_namespace(CLONE_NEWPID);
		/* Only the new process is in the namespace. */
		pid = fork();
		if (pid) {
			waitpid(pid, &status, 0);
			_exit(WEXITSTATUS(status));
		}
		if (bus_open(&reader) || bus_subscribe(reader, "sender") ||
		    write(go[1], "x", 1) != 1)
			_exit(1);
		for (i = 1; i <= 20; i++)
			if (bus_receive(reader, &message, PATIENCE_MS) ||
			    message->seq != (uint64_t)i || message->pid ||
			    message->uid)
				_exit(1 + i);
		_exit(0);
	}
	assert_int_equal(read(go[0], &c, 1), 1);
	add_many(bus, "sender", 1, 20);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	bus_close(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_wait_and_come_in_order),
		cmocka_unit_test(others_send_what_waits),
		cmocka_unit_test(a_linger_time_is_kept),
		cmocka_unit_test(policies_hold_to_the_message),
		cmocka_unit_test(losses_of_batches_are_reported),
		cmocka_unit_test(batches_are_parts_of_a_dump),
		cmocka_unit_test(history_keeps_single_messages),
		cmocka_unit_test(a_filter_sees_each),
		cmocka_unit_test(what_is_blocked_waits_in_order),
		cmocka_unit_test(publishers_wait_with_many),
		cmocka_unit_test(a_new_topic_of_the_name_gets_them),
		cmocka_unit_test(a_refusal_is_noticed),
		cmocka_unit_test(each_has_its_sender_everywhere),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
