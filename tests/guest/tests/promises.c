// SPDX-License-Identifier: GPL-2.0-only
/*
 * The promises of README.md, one per test
 */
#include "guest_test.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/kbus.h>
#include <sys/socket.h>

#include "event.pb-c.h"

static void stamps_are_the_brokers(void **state)
{
	struct bus *bus = open_bus();
	const struct bus_message *message;
	struct timespec before, after;
	uint64_t time_ns;

	assert_bus_ok(bus, bus_subscribe(bus, "stamps"));
	clock_gettime(CLOCK_REALTIME, &before);
	publish(bus, "stamps", "x");
	clock_gettime(CLOCK_REALTIME, &after);
	message = receive(bus);
	assert_int_equal(message->seq, 1);
	assert_int_equal(message->pid, getpid());
	assert_int_equal(message->uid, getuid());
	assert_int_equal(message->gid, getgid());
	assert_false(message->kernel);
	time_ns = message->time_ns;
	assert_true(time_ns >= before.tv_sec * 1000000000ULL + before.tv_nsec);
	assert_true(time_ns <= after.tv_sec * 1000000000ULL + after.tv_nsec);
	bus_close(bus);
}

static void another_users_stamp_shows(void **state)
{
	struct bus *bus = open_bus();
	const struct bus_message *message;
	pid_t pid;

	assert_bus_ok(bus, bus_subscribe(bus, "user"));
	pid = fork();
	if (pid == 0) {
		if (setgid(1001) || setuid(1000))
			_exit(1);
		bus_close(bus);
		bus = open_bus();
		publish(bus, "user", "x");
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	message = receive(bus);
	assert_int_equal(message->pid, pid);
	assert_int_equal(message->uid, 1000);
	assert_int_equal(message->gid, 1001);
	bus_close(bus);
}

/* Sends a message like the broker's, from a program that may send to others. */
static void forge(uint32_t portid, uint32_t group)
{
	char buffer[256] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	struct kbus_header *header;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, KBUS_PROTOCOL);

	nlh->nlmsg_type = KBUS_MSG_MESSAGE;
	header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));
	header->topic = 1;
	header->flags = KBUS_F_KERNEL;
	header->seq = 1;
	mnl_attr_put(nlh, KBUS_A_MESSAGE_PAYLOAD, 6, "forged");
	to.nl_pid = portid;
	to.nl_groups = group ? 1U << (group - 1) : 0;
	/*
	 * netlink multicasts to a group although it then returns an error.
	 * libbus's own sockets are connected to the kernel.
	 */
	if (sendto(fd, buffer, nlh->nlmsg_len, 0, (void *)&to, sizeof(to)) < 0)
		assert_int_equal(errno, ECONNREFUSED);
	else
		assert_int_not_equal(group, 0);
	close(fd);
}

static void forged_messages_are_not_heard(void **state)
{
	struct bus *bus = open_bus();
	struct bus *listener = open_bus();
	struct sockaddr_nl address;
	socklen_t size = sizeof(address);
	uint32_t group = 0;

	assert_bus_ok(bus, bus_subscribe(bus, "forged"));
	publish(bus, "forged", "1");
	expect(bus, "forged", 1, "1");
	assert_bus_ok(listener, bus_listen(listener, "forged"));
	assert_int_equal(getsockname(bus_fd(bus), (void *)&address, &size), 0);
	forge(address.nl_pid, 0);
	assert_int_equal(getsockname(bus_fd(listener), (void *)&address, &size),
			 0);
	forge(address.nl_pid, 0);
	group = look_up(bus, "forged").group;
	/* sendto() cannot name higher groups. */
	assert_in_range(group, 1, 32);
	forge(0, group);
	assert_nothing_comes(bus);
	assert_nothing_comes(listener);
	publish(bus, "forged", "2");
	expect(bus, "forged", 2, "2");
	expect(listener, "forged", 2, "2");
	bus_close(bus);
	bus_close(listener);
}

static void subscribing_is_synchronous(void **state)
{
	struct bus *publisher = open_bus();
	int i;

	for (i = 0; i < 200; i++) {
		struct bus *bus = open_bus();

		assert_bus_ok(bus, bus_subscribe(bus, "sync"));
		publish(publisher, "sync", "x");
		expect(bus, "sync", i + 1, "x");
		bus_close(bus);
	}
	bus_close(publisher);
}

static void a_subscription_waits_for_its_topic(void **state)
{
	struct bus *bus = open_bus();
	struct bus *publisher = open_bus();

	assert_bus_ok(bus, bus_subscribe(bus, "later"));
	publish(publisher, "later", "first");
	expect(bus, "later", 1, "first");
	/* The subscription also applies to the next topic of that name. */
	assert_bus_ok(publisher, bus_topic_delete(publisher, "later"));
	publish(publisher, "later", "again");
	expect(bus, "later", 1, "again");
	bus_close(publisher);
	bus_close(bus);
}

static void topics_do_not_mix(void **state)
{
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_subscribe(bus, "mix/a"));
	publish(bus, "mix/b", "no");
	publish(bus, "mix", "no");
	publish(bus, "mix/a/b", "no");
	publish(bus, "mix/a", "yes");
	expect(bus, "mix/a", 1, "yes");
	assert_nothing_comes(bus);
	bus_close(bus);
}

static void unsubscribing_ends_it(void **state)
{
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_subscribe(bus, "end"));
	assert_int_equal(bus_subscribe(bus, "end"), -EEXIST);
	publish(bus, "end", "1");
	assert_bus_ok(bus, bus_unsubscribe(bus, "end"));
	assert_int_equal(bus_unsubscribe(bus, "end"), -ENOENT);
	publish(bus, "end", "2");
	expect(bus, "end", 1, "1");
	assert_nothing_comes(bus);
	assert_bus_ok(bus, bus_subscribe(bus, "end"));
	publish(bus, "end", "3");
	expect(bus, "end", 3, "3");
	bus_close(bus);
}

static void a_full_socket_costs_nothing_while_the_backlog_lasts(void **state)
{
	struct bus *bus = open_bus();
	struct bus_stats stats = { .size = sizeof(stats) };
	uint64_t count, i;

	assert_bus_ok(bus, bus_subscribe(bus, "full"));
	count = overfill(bus, "full", 2000);
	for (i = 1; i <= count; i++)
		expect(bus, "full", i, "flood");
	assert_nothing_comes(bus);
	assert_bus_ok(bus, bus_get_stats(bus, &stats));
	assert_int_equal(stats.live + stats.drained, count);
	assert_int_equal(stats.lost, 0);
	assert_int_equal(stats.backlog_messages, 0);
	/* Later messages go straight into the socket again. */
	publish(bus, "full", "live");
	expect(bus, "full", count + 1, "live");
	assert_bus_ok(bus, bus_get_stats(bus, &stats));
	assert_int_equal(stats.overruns, 1);
	bus_close(bus);
}

static void drop_oldest_loses_the_oldest_and_says_so(void **state)
{
	const struct bus_backlog backlog = { .size = sizeof(backlog),
					     .messages = 10 };
	struct bus *bus = open_bus();
	uint64_t count, i, live;

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_bus_ok(bus, bus_subscribe(bus, "oldest"));
	count = overfill(bus, "oldest", 29);
	live = count - 30;
	for (i = 1; i <= live; i++)
		expect(bus, "oldest", i, "flood");
	expect_gap(bus, "oldest", live + 1, count - 10);
	for (i = count - 9; i <= count; i++)
		expect(bus, "oldest", i, "flood");
	assert_nothing_comes(bus);
	bus_close(bus);
}

static void drop_newest_loses_the_newest_and_says_so(void **state)
{
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = 10,
		.overflow = BUS_DROP_NEWEST,
	};
	struct bus *bus = open_bus();
	uint64_t count, i;

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_bus_ok(bus, bus_subscribe(bus, "newest"));
	count = overfill(bus, "newest", 29);
	for (i = 1; i <= count - 20; i++)
		expect(bus, "newest", i, "flood");
	expect_gap(bus, "newest", count - 19, count);
	assert_nothing_comes(bus);
	publish(bus, "newest", "after");
	expect(bus, "newest", count + 1, "after");
	bus_close(bus);
}

static void a_deleted_topics_backlog_is_handed_over(void **state)
{
	const struct bus_backlog backlog = { .size = sizeof(backlog),
					     .messages = 10 };
	struct bus *bus = open_bus();
	uint64_t count, i;

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_bus_ok(bus, bus_subscribe(bus, "gone"));
	count = overfill(bus, "gone", 14);
	assert_bus_ok(bus, bus_topic_delete(bus, "gone"));
	publish(bus, "gone", "new");
	for (i = 1; i <= count - 15; i++)
		expect(bus, "gone", i, "flood");
	expect_gap(bus, "gone", count - 14, count - 9);
	for (i = count - 8; i <= count; i++)
		expect(bus, "gone", i, "flood");
	expect(bus, "gone", 1, "new");
	bus_close(bus);
}

static void a_loss_keeps_its_place_among_topics_of_a_name(void **state)
{
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = 10,
		.overflow = BUS_DROP_NEWEST,
	};
	struct bus *bus = open_bus();
	uint64_t count, i;

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_bus_ok(bus, bus_subscribe(bus, "place"));
	count = overfill(bus, "place", 9);
	assert_bus_ok(bus, bus_topic_delete(bus, "place"));
	publish(bus, "place", "lost");
	for (i = 1; i <= count; i++)
		expect(bus, "place", i, "flood");
	expect_gap(bus, "place", 1, 1);
	publish(bus, "place", "new");
	expect(bus, "place", 2, "new");

	/* The same topic, after a new subscription. */
	count = overfill(bus, "place", 9);
	assert_bus_ok(bus, bus_unsubscribe(bus, "place"));
	assert_bus_ok(bus, bus_subscribe(bus, "place"));
	publish(bus, "place", "lost");
	for (i = 3; i < 3 + count; i++)
		expect(bus, "place", i, "flood");
	expect_gap(bus, "place", 3 + count, 3 + count);
	publish(bus, "place", "new");
	expect(bus, "place", 4 + count, "new");
	bus_close(bus);
}

static void a_stopped_subscriber_delays_nobody(void **state)
{
	struct bus *stopped = open_bus();
	struct bus *bus = open_bus();
	int i;

	/* This one never reads. */
	assert_bus_ok(stopped, bus_subscribe(stopped, "stopped"));
	assert_bus_ok(bus, bus_subscribe(bus, "stopped"));
	for (i = 1; i <= 3000; i++) {
		publish(bus, "stopped", "x");
		expect(bus, "stopped", i, "x");
	}
	bus_close(stopped);
	bus_close(bus);
}

static void payloads_of_all_sizes_arrive(void **state)
{
	static const size_t sizes[] = {
		0,
		1,
		3,
		4,
		5,
		63,
		64,
		1000,
		3600,
		3700,
		3720,
		3780,
		4096,
		8192,
		16384,
		32768,
		32769,
		64000,
		BUS_PAYLOAD_MAX - 1,
		BUS_PAYLOAD_MAX,
	};
	static unsigned char payload[BUS_PAYLOAD_MAX];
	struct bus *bus = open_bus();
	const struct bus_message *message;
	size_t i, round;

	for (i = 0; i < sizeof(payload); i++)
		payload[i] = i * 7 + i / 251;
	assert_bus_ok(bus, bus_subscribe(bus, "sizes"));
	/*
	 * All at once, so that most wait in the backlog, including the largest.
	 */
	for (round = 0; round < 3; round++)
		for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
			assert_bus_ok(bus, bus_publish(bus, "sizes", payload,
						       sizes[i], NULL));
	for (round = 0; round < 3; round++)
		for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			message = receive(bus);
			assert_int_equal(message->kind, BUS_MESSAGE);
			assert_int_equal(message->size, sizes[i]);
			assert_memory_equal(message->payload, payload,
					    sizes[i]);
		}
	assert_nothing_comes(bus);
	bus_close(bus);
}

static void too_large_a_payload_is_refused(void **state)
{
	static char payload[BUS_PAYLOAD_MAX + 1];
	struct bus *bus = open_bus();
	int err;

	err = bus_publish(bus, "large", payload, sizeof(payload), NULL);
	assert_int_equal(err, -EMSGSIZE);
	assert_non_null(strstr(bus_strerror(bus, err), "64512"));
	bus_close(bus);
}

static int count_topic(const struct bus_topic *topic, void *data)
{
	*(int *)data += !strncmp(topic->name, "many/", 5);
	return 0;
}

static void topics_are_created_listed_and_deleted(void **state)
{
	struct bus *bus = open_bus();
	char name[32];
	int count = 0;
	int i;

	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "many/%d", i);
		assert_bus_ok(bus,
			      bus_topic_create(
				      bus, name,
				      &(struct bus_topic_options){
					      .size = sizeof(
						      struct bus_topic_options),
					      .type = "some.Type" }));
	}
	assert_int_equal(bus_topic_create(bus, name, NULL), -EEXIST);
	assert_bus_ok(bus, bus_topic_list(bus, count_topic, &count));
	assert_int_equal(count, 300);
	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "many/%d", i);
		assert_bus_ok(bus, bus_topic_delete(bus, name));
	}
	assert_int_equal(bus_topic_delete(bus, name), -ENOENT);
	count = 0;
	assert_bus_ok(bus, bus_topic_list(bus, count_topic, &count));
	assert_int_equal(count, 0);
	bus_close(bus);
}

static void a_topic_is_described(void **state)
{
	struct bus *bus = open_bus();
	struct bus *listener = open_bus();
	struct bus_topic topic;

	assert_bus_ok(bus,
		      bus_topic_create(
			      bus, "described",
			      &(struct bus_topic_options){
				      .size = sizeof(struct bus_topic_options),
				      .type = "some.Type" }));
	assert_bus_ok(bus, bus_subscribe(bus, "described"));
	publish(bus, "described", "12345");
	publish(bus, "described", "678");
	topic = look_up(bus, "described");
	assert_int_equal(topic.seq, 2);
	assert_int_equal(topic.bytes, 8);
	assert_int_equal(topic.subscribers, 1);
	assert_int_equal(topic.uid, getuid());
	assert_false(topic.kernel);
	assert_false(topic.listeners);
	assert_bus_ok(listener, bus_listen(listener, "described"));
	topic = look_up(bus, "described");
	assert_true(topic.listeners);
	bus_close(listener);
	bus_close(bus);
}

static void no_create_means_that(void **state)
{
	struct bus *bus = open_bus();

	assert_int_equal(bus_publish(bus, "absent", "x", 1, &no_create),
			 -ENOENT);
	assert_int_equal(bus_topic_delete(bus, "absent"), -ENOENT);
	assert_bus_ok(bus, bus_topic_create(bus, "absent", NULL));
	assert_bus_ok(bus, bus_publish(bus, "absent", "x", 1, &no_create));
	/* The name is known to the handle, but deleted. */
	assert_bus_ok(bus, bus_topic_delete(bus, "absent"));
	assert_int_equal(bus_publish(bus, "absent", "x", 1, &no_create),
			 -ENOENT);
	assert_bus_ok(bus, bus_publish(bus, "absent", "x", 1, NULL));
	bus_close(bus);
}

static void typed_messages_go_round(void **state)
{
	Kbus__V1__Event event = KBUS__V1__EVENT__INIT;
	const struct bus_message *message;
	struct bus *bus = open_bus();
	ProtobufCMessage *unpacked;

	event.text = "hello";
	assert_bus_ok(bus, bus_subscribe(bus, "typed"));
	assert_bus_ok(bus,
		      bus_publish_message(bus, "typed", &event.base, NULL));
	message = receive(bus);
	assert_string_equal(message->type, "kbus.v1.Event");
	assert_int_equal(bus_unpack(message, &kbus__v1__event__descriptor,
				    &unpacked),
			 0);
	assert_string_equal(((Kbus__V1__Event *)unpacked)->text, "hello");
	protobuf_c_message_free_unpacked(unpacked, NULL);

	publish(bus, "typed", "\xff\xff\xff");
	message = receive(bus);
	assert_int_equal(bus_unpack(message, &kbus__v1__event__descriptor,
				    &unpacked),
			 -EBADMSG);
	assert_null(unpacked);

	assert_bus_ok(bus,
		      bus_topic_create(
			      bus, "other",
			      &(struct bus_topic_options){
				      .size = sizeof(struct bus_topic_options),
				      .type = "another.Type" }));
	assert_int_equal(bus_publish_message(bus, "other", &event.base, NULL),
			 -EPROTOTYPE);
	bus_close(bus);
}

/*
 * A listener with room for all that joined first, so it gets each message last.
 */
static struct bus *open_witness(const char *topic)
{
	const int size = 16 << 20;
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_listen(bus, topic));
	assert_int_equal(setsockopt(bus_fd(bus), SOL_SOCKET, SO_RCVBUFFORCE,
				    &size, sizeof(size)),
			 0);
	return bus;
}

static void hear_up_to(struct bus *witness, uint64_t seq)
{
	while (receive(witness)->seq < seq)
		;
}

static void a_listener_hears_and_sees_its_losses(void **state)
{
	struct bus *publisher = open_bus();
	struct bus *bus = open_bus();
	const struct bus_message *message;
	struct bus *witness, *filled;
	uint64_t seen = 0, lost = 0;
	int i;

	assert_int_equal(bus_listen(bus, "heard"), -ENOENT);
	assert_bus_ok(publisher, bus_topic_create(publisher, "heard", NULL));
	assert_bus_ok(publisher, bus_topic_create(publisher, "fill", NULL));
	witness = open_witness("heard");
	filled = open_witness("fill");
	assert_bus_ok(bus, bus_listen(bus, "heard"));
	assert_int_equal(bus_subscribe(bus, "heard"), -EBUSY);
	/* A loss before its first message is also reported. */
	assert_bus_ok(bus, bus_listen(bus, "fill"));
	for (i = 1; i <= 2000; i++)
		publish(publisher, "fill", "x");
	hear_up_to(filled, 2000);
	publish(publisher, "heard", "lost");
	hear_up_to(witness, 1);
	while (bus_receive(bus, &message, 0) == 0)
		assert_string_equal(message->topic, "fill");
	publish(publisher, "heard", "2");
	expect_gap(bus, "heard", 1, 1);
	expect(bus, "heard", 2, "2");
	for (i = 3; i <= 2000; i++)
		publish(publisher, "heard", "x");
	hear_up_to(witness, 2000);
	/* netlink drops everything until the socket has been read empty. */
	while (bus_receive(bus, &message, 0) == 0)
		seen++;
	publish(publisher, "heard", "last");
	expect_gap(bus, "heard", seen + 3, 2000);
	lost = 2000 - seen - 2;
	assert_true(lost > 0);
	expect(bus, "heard", 2001, "last");
	bus_close(filled);
	bus_close(witness);
	bus_close(bus);
	bus_close(publisher);
}

static void timeouts_are_kept(void **state)
{
	const struct bus_message *message;
	struct timespec before, after;
	struct bus *bus = open_bus();
	long ms;

	assert_int_equal(bus_receive(bus, &message, 0), -ENOTCONN);
	assert_int_equal(bus_fd(bus), -ENOTCONN);
	assert_bus_ok(bus, bus_subscribe(bus, "silence"));
	assert_true(bus_fd(bus) >= 0);
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(bus_receive(bus, &message, 200), -EAGAIN);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_null(message);
	ms = (after.tv_sec - before.tv_sec) * 1000 +
	     (after.tv_nsec - before.tv_nsec) / 1000000;
	assert_true(ms >= 199);
	bus_close(bus);
}

static void absurd_backlogs_are_refused(void **state)
{
	static const struct bus_backlog cases[] = {
		{ .size = sizeof(*cases), .messages = 1000001 },
		{ .size = sizeof(*cases), .bytes = (64 << 20) + 1 },
		{ .size = sizeof(*cases),
		  .messages = UINT32_MAX,
		  .bytes = UINT32_MAX },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct bus *bus = open_bus();
		int err;

		assert_bus_ok(bus, bus_set_backlog(bus, &cases[i]));
		err = bus_subscribe(bus, "absurd");
		assert_int_equal(err, -EDQUOT);
		assert_non_null(strstr(bus_strerror(bus, err), "backlog_"));
		bus_close(bus);
	}
}

static void namespaces_do_not_hear_each_other(void **state)
{
	struct bus *bus = open_bus();
	struct bus *other;
	int home;

	assert_bus_ok(bus, bus_subscribe(bus, "here"));
	home = open("/proc/self/ns/net", O_RDONLY);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	other = open_bus();
	assert_int_equal(bus_publish(other, "here", "x", 1, &no_create),
			 -ENOENT);
	assert_int_equal(bus_topic_delete(other, "here"), -ENOENT);
	assert_bus_ok(other, bus_subscribe(other, "here"));
	publish(other, "here", "there");
	expect(other, "here", 1, "there");
	assert_nothing_comes(bus);
	publish(bus, "here", "home");
	expect(bus, "here", 1, "home");
	assert_nothing_comes(other);
	/* The namespace ends with messages queued and the socket open. */
	overfill(other, "here", 100);
	assert_int_equal(setns(home, CLONE_NEWNET), 0);
	close(home);
	bus_close(other);
	bus_close(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stamps_are_the_brokers),
		cmocka_unit_test(another_users_stamp_shows),
		cmocka_unit_test(forged_messages_are_not_heard),
		cmocka_unit_test(subscribing_is_synchronous),
		cmocka_unit_test(a_subscription_waits_for_its_topic),
		cmocka_unit_test(topics_do_not_mix),
		cmocka_unit_test(unsubscribing_ends_it),
		cmocka_unit_test(
			a_full_socket_costs_nothing_while_the_backlog_lasts),
		cmocka_unit_test(drop_oldest_loses_the_oldest_and_says_so),
		cmocka_unit_test(drop_newest_loses_the_newest_and_says_so),
		cmocka_unit_test(a_deleted_topics_backlog_is_handed_over),
		cmocka_unit_test(a_loss_keeps_its_place_among_topics_of_a_name),
		cmocka_unit_test(a_stopped_subscriber_delays_nobody),
		cmocka_unit_test(payloads_of_all_sizes_arrive),
		cmocka_unit_test(too_large_a_payload_is_refused),
		cmocka_unit_test(topics_are_created_listed_and_deleted),
		cmocka_unit_test(a_topic_is_described),
		cmocka_unit_test(no_create_means_that),
		cmocka_unit_test(typed_messages_go_round),
		cmocka_unit_test(a_listener_hears_and_sees_its_losses),
		cmocka_unit_test(timeouts_are_kept),
		cmocka_unit_test(absurd_backlogs_are_refused),
		cmocka_unit_test(namespaces_do_not_hear_each_other),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
