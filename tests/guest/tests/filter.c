// SPDX-License-Identifier: GPL-2.0-only
/*
 * A subscriber may attach a filter to its own socket. The filter sees each
 * message separately, and runs in the reader's time. A message that it refuses
 * is not a loss, and no message that it accepts is missing.
 */
#include "guest_test.h"

#include <arpa/inet.h>
#include <linux/kbus.h>
#include <linux/netlink.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#define LARGE 20000
#define KEPT 5000
#define COMINGS 5000
#define BEHIND 2000

static void attach(struct bus *bus, const struct sock_filter *code, size_t len)
{
	struct sock_fprog program = {
		.len = len,
		.filter = (struct sock_filter *)code,
	};

	assert_int_equal(setsockopt(bus_fd(bus), SOL_SOCKET, SO_ATTACH_FILTER,
				    &program, sizeof(program)),
			 0);
}

static void set_filter(struct bus *bus, uint32_t kept)
{
	const struct sock_filter code = BPF_STMT(BPF_RET | BPF_K, kept);

	attach(bus, &code, 1);
}

static void remove_filter(struct bus *bus)
{
	int off = 0;

	assert_int_equal(setsockopt(bus_fd(bus), SOL_SOCKET, SO_DETACH_FILTER,
				    &off, sizeof(off)),
			 0);
}

/* Accepts all messages except those of one topic. */
static void refuse_topic(struct bus *bus, uint32_t id)
{
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS,
			 offsetof(struct nlmsghdr, nlmsg_type)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(KBUS_MSG_MESSAGE), 0,
			 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 NLMSG_HDRLEN + offsetof(struct kbus_header, topic)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(id), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};

	attach(bus, code, 6);
}

static struct bus_stats stats_of(struct bus *bus)
{
	struct bus_stats stats = { .size = sizeof(stats) };

	assert_bus_ok(bus, bus_get_stats(bus, &stats));
	return stats;
}

static void what_a_filter_refuses_is_no_loss(void **state)
{
	struct bus *picky = open_bus();
	struct bus *other = open_bus();
	struct bus_stats stats = { .size = sizeof(stats) };

	assert_bus_ok(picky, bus_subscribe(picky, "filter"));
	assert_bus_ok(other, bus_subscribe(other, "filter"));
	publish(other, "filter", "one");
	expect(picky, "filter", 1, "one");
	set_filter(picky, 0);
	publish(other, "filter", "two");
	assert_nothing_comes(picky);
	stats = stats_of(picky);
	assert_int_equal(stats.live, 1);
	assert_int_equal(stats.drained, 1);
	assert_int_equal(stats.overruns, 0);
	assert_int_equal(stats.lost, 0);
	remove_filter(picky);
	publish(other, "filter", "three");
	expect(picky, "filter", 3, "three");
	assert_int_equal(stats_of(picky).live, 2);
	expect(other, "filter", 1, "one");
	expect(other, "filter", 2, "two");
	expect(other, "filter", 3, "three");
	bus_close(picky);
	bus_close(other);
}

static void ask_for_backlog(int fd)
{
	const struct nlmsghdr nlh = {
		.nlmsg_len = sizeof(nlh),
		.nlmsg_type = KBUS_CMD_BACKLOG,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
	};

	assert_int_equal(send(fd, &nlh, sizeof(nlh), 0), sizeof(nlh));
}

/*
 * Reads the next datagram from the socket; asks for the backlog if necessary.
 */
static ssize_t read_raw(struct bus *bus, void *buffer, size_t size)
{
	static bool behind;
	const struct nlmsghdr *nlh = buffer;
	ssize_t n;

	for (;;) {
		n = recv(bus_fd(bus), buffer, size, MSG_DONTWAIT);
		if (n >= (ssize_t)sizeof(*nlh) &&
		    nlh->nlmsg_type == KBUS_MSG_BEHIND)
			behind = true;
		else if (n >= 0 || !behind)
			return n;
		else
			ask_for_backlog(bus_fd(bus));
		if (n < 0)
			behind = false;
	}
}

static void a_filter_may_shorten_a_large_message(void **state)
{
	static char payload[LARGE], received[2 * LARGE];
	struct bus *brief = open_bus();
	struct bus *other = open_bus();

	assert_bus_ok(brief, bus_subscribe(brief, "short"));
	assert_bus_ok(other, bus_subscribe(other, "short"));
	set_filter(brief, KEPT);
	assert_bus_ok(other, bus_publish(other, "short", payload, LARGE, NULL));
	/* The answer with the topic's name comes first. */
	assert_in_range(read_raw(brief, received, sizeof(received)), 1,
			KEPT - 1);
	assert_int_equal(read_raw(brief, received, sizeof(received)), KEPT);
	assert_int_equal(receive(other)->size, LARGE);
	bus_close(brief);
	bus_close(other);
}

/* Messages are on their way to it, and to another subscriber without harm. */
static void a_filter_may_come_and_go(void **state)
{
	static char payload[LARGE], received[2 * LARGE];
	struct bus *brief = open_bus();
	struct bus *other = open_bus();
	int sizes[2] = { 0, 0 };
	struct bus_stats stats = { .size = sizeof(stats) };
	pid_t pid;
	ssize_t n;
	int i;

	assert_bus_ok(other, bus_subscribe(other, "come/and/go"));
	assert_bus_ok(brief, bus_subscribe(brief, "come/and/go"));
	pid = fork();
	assert_true(pid >= 0);
	while (!pid) {
		set_filter(brief, KEPT);
		remove_filter(brief);
	}
	/* Until it has received with and without the filter. */
	for (i = 0; i < COMINGS || !sizes[0] || !sizes[1]; i++) {
		assert_in_range(i, 0, 100 * COMINGS);
		assert_bus_ok(other, bus_publish(other, "come/and/go", payload,
						 LARGE, NULL));
		assert_int_equal(receive(other)->size, LARGE);
		while ((n = read_raw(brief, received, sizeof(received))) > 0)
			if (n >= KEPT)
				sizes[n > LARGE]++;
		assert_int_equal(errno, EAGAIN);
	}
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	printf("# %d shortened, %d not\n", sizes[0], sizes[1]);
	assert_int_equal(sizes[0] + sizes[1], i);
	stats = stats_of(brief);
	assert_int_equal(stats.live + stats.drained, i);
	assert_int_equal(stats.lost, 0);
	bus_close(brief);
	bus_close(other);
}

/* Far more than the socket holds, from the two topics in turn. */
static void behind_each_is_seen_by_itself(void **state)
{
	struct bus *sub = open_bus();
	struct bus *bus = open_bus();
	uint64_t next = 1;
	int round, i;

	assert_bus_ok(bus, bus_topic_create(bus, "mine", NULL));
	assert_bus_ok(bus, bus_topic_create(bus, "his", NULL));
	assert_bus_ok(sub, bus_subscribe(sub, "mine"));
	assert_bus_ok(sub, bus_subscribe(sub, "his"));
	refuse_topic(sub, look_up(bus, "his").id);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < BEHIND; i++) {
			publish(bus, "his", "his");
			publish(bus, "mine", "mine");
		}
		for (i = 0; i < BEHIND; i++)
			expect(sub, "mine", next++, "mine");
		assert_nothing_comes(sub);
	}
	assert_int_equal(stats_of(sub).drained, 6 * BEHIND);
	assert_int_equal(stats_of(sub).lost, 0);
	bus_close(sub);
	bus_close(bus);
}

static void who_accepts_nothing_does_not_hang(void **state)
{
	struct bus *sub = open_bus();
	struct bus *bus = open_bus();
	int i;

	assert_bus_ok(sub, bus_subscribe(sub, "nothing"));
	set_filter(sub, 0);
	for (i = 0; i < 2 * BEHIND; i++)
		publish(bus, "nothing", "nothing");
	assert_nothing_comes(sub);
	remove_filter(sub);
	publish(bus, "nothing", "but this");
	assert_int_equal(receive(sub)->seq, 2 * BEHIND + 1);
	bus_close(sub);
	bus_close(bus);
}

/* Several messages in a datagram, some of which a dump hands over. */
static void a_batch_is_seen_message_by_message(void **state)
{
	const struct bus_publish_options more = { .size = sizeof(more),
						  .flags = BUS_MORE };
	struct bus *sub = open_bus();
	struct bus *bus = open_bus();
	uint64_t next = 1, last, step, step_max = 2;
	int i;

	assert_bus_ok(sub, bus_subscribe(sub, "batch"));
	publish(bus, "batch", "1");
	expect(sub, "batch", next++, "1");
	take_odd_numbers_only(sub);
	for (i = 0; i < 5000; i++)
		assert_bus_ok(bus, bus_publish(bus, "batch", "x", 1, &more));
	assert_bus_ok(bus, bus_flush(bus));
	assert_int_equal(stats_of(sub).backlog_messages, 5000);
	for (next = 3; next < 1000; next += 2)
		assert_int_equal(receive(sub)->seq, next);
	/* The socket's content was filtered; no later message is missing. */
	remove_filter(sub);
	for (last = next - 2; last < 5001; last += step) {
		step = receive(sub)->seq - last;
		assert_in_range(step, 1, step_max);
		step_max = step;
	}
	assert_int_equal(step_max, 1);
	assert_nothing_comes(sub);
	assert_int_equal(stats_of(sub).lost, 0);
	bus_close(sub);
	bus_close(bus);
}

/* Only the reader: a process in its own slow filter can be killed. */
static void a_slow_filter_costs_its_reader(void **state)
{
	struct bus *sub = open_bus();
	struct bus *bus = open_bus();
	struct pollfd pfd;
	pid_t pid;
	int i;

	assert_bus_ok(sub, bus_subscribe(sub, "slow"));
	assert_int_equal(attach_slow_filter(bus_fd(sub), 600, 0), 0);
	for (i = 0; i < BEHIND; i++)
		publish(bus, "slow", "slow");
	pfd = (struct pollfd){ .fd = bus_fd(sub), .events = POLLIN };
	assert_int_equal(poll(&pfd, 1, 0), 1);
	pid = fork();
	while (!pid)
		ask_for_backlog(bus_fd(sub));
	while (stats_of(sub).backlog_messages == BEHIND)
		usleep(1000);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(stats_of(sub).lost, 0);
	bus_close(sub);
	bus_close(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_filter_refuses_is_no_loss),
		cmocka_unit_test(a_filter_may_shorten_a_large_message),
		cmocka_unit_test(a_filter_may_come_and_go),
		cmocka_unit_test(behind_each_is_seen_by_itself),
		cmocka_unit_test(who_accepts_nothing_does_not_hang),
		cmocka_unit_test(a_batch_is_seen_message_by_message),
		cmocka_unit_test(a_slow_filter_costs_its_reader),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
