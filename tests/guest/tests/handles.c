// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handles with failing calls, with messages that wait for others, that are
 * inherited, and whose threads change their network namespace
 */
#include "heartbeat.pb-c.h"
#include "people.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define TOPIC "handles"

/* The messages of a full batch. */
#define MANY 125

static const struct bus_publish_options more = { .size = sizeof(more),
						 .flags = BUS_MORE };

static struct bus *subscriber(void)
{
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_subscribe(bus, TOPIC));
	return bus;
}

static void add(struct bus *bus, const struct bus_publish_options *options)
{
	assert_bus_ok(bus, bus_publish(bus, TOPIC, "x", 1, options));
}

static int nothing(const struct bus_topic *topic, void *data)
{
	return 0;
}

static void delete_topic(struct bus *bus)
{
	assert_bus_ok(bus, bus_topic_delete(bus, TOPIC));
}

/* Each is answered, with more answers than one socket holds. */
static void many_are_refused(void **state)
{
	const struct bus_topic_options private = {
		.size = sizeof(private),
		.access = { .set = BUS_SET_MODE, .mode = 0600 },
	};
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);
	int round, i, err;

	assert_bus_ok(root, bus_topic_create(root, TOPIC, &private));
	for (round = 0; round < 10; round++) {
		for (i = 0, err = 0; i < MANY && !err; i++)
			err = AS(ALICE,
				 bus_publish(alice, TOPIC, "x", 1, &more));
		if (!err)
			err = AS(ALICE, bus_flush(alice));
		assert_int_equal(err, -EACCES);
		assert_non_null(strstr(bus_strerror(alice, err), "mode"));
	}
	assert_int_equal(look_up(root, TOPIC).seq, 0);
	delete_topic(root);
	bus_close(alice);
	bus_close(root);
}

/* A text is not shown for an error that it does not explain. */
static void a_text_belongs_to_its_error(void **state)
{
	struct bus *bus = open_bus();
	int err = bus_topic_create(bus, "a//b", NULL);

	assert_int_equal(err, -EINVAL);
	assert_non_null(strstr(bus_strerror(bus, err), "level"));
	assert_string_equal(bus_strerror(bus, -ENOMEM),
			    bus_strerror(NULL, -ENOMEM));
	bus_close(bus);
}

static void many_that_are_blocked_wait(void **state)
{
	const struct bus_topic_options options = { .size = sizeof(options),
						   .allow_block = true };
	const struct bus_backlog block = {
		.size = sizeof(block),
		.messages = 2,
		.overflow = BUS_BLOCK,
	};
	struct bus *bus = open_bus();
	struct bus *sub = open_bus();
	uint64_t seq = 0, last;
	int i, err = 0;

	assert_bus_ok(bus, bus_topic_create(bus, TOPIC, &options));
	assert_bus_ok(sub, bus_set_backlog(sub, &block));
	assert_bus_ok(sub, bus_subscribe(sub, TOPIC));
	shrink_socket(sub);
	while (!err)
		err = bus_publish(bus, TOPIC, "x", 1, NULL);
	assert_int_equal(err, -EAGAIN);
	last = look_up(bus, TOPIC).seq + 50;
	for (i = 0; i < 50; i++)
		add(bus, &more);
	for (i = 0; i < 20; i++)
		assert_int_equal(bus_flush(bus), -EAGAIN);
	while (seq < last) {
		assert_int_equal(receive(sub)->seq, ++seq);
		err = bus_flush(bus);
		assert_true(!err || err == -EAGAIN);
	}
	assert_nothing_comes(sub);
	bus_close(sub);
	delete_topic(bus);
	bus_close(bus);
}

/* Answers the 50th message. */
static void answer(void)
{
	const struct bus_backlog block = {
		.size = sizeof(block),
		.messages = 2,
		.overflow = BUS_BLOCK,
	};
	const struct bus_message *message;
	struct bus_stats stats = { .size = sizeof(stats) };
	struct bus *bus;
	uint64_t seq = 0;

	if (bus_open(&bus) || bus_set_backlog(bus, &block) ||
	    bus_subscribe(bus, TOPIC))
		_exit(1);
	shrink_socket(bus);
	/* Until there is no more room. */
	while (!stats.backlog_messages) {
		usleep(1000);
		if (bus_get_stats(bus, &stats))
			_exit(2);
	}
	while (seq < 50 && !bus_receive(bus, &message, PATIENCE_MS))
		seq = message->seq;
	_exit(seq < 50 || bus_publish(bus, "answer", "y", 1, NULL));
}

/* Waiting for an answer sends the question as soon as there is room. */
static void questions_are_sent_when_there_is_room(void **state)
{
	const struct bus_topic_options options = { .size = sizeof(options),
						   .allow_block = true };
	struct bus *bus = open_bus();
	int status, i;
	pid_t pid;

	assert_bus_ok(bus, bus_topic_create(bus, TOPIC, &options));
	assert_bus_ok(bus, bus_subscribe(bus, "answer"));
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		answer();
	while (!look_up(bus, TOPIC).subscribers)
		usleep(1000);
	for (i = 0; i < 50; i++)
		add(bus, &more);
	expect(bus, "answer", 1, "y");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	delete_topic(bus);
	assert_bus_ok(bus, bus_topic_delete(bus, "answer"));
	bus_close(bus);
}

/* Its own messages need room that its reading makes. */
static void who_receives_does_not_wait_for_itself(void **state)
{
	const struct bus_topic_options options = { .size = sizeof(options),
						   .allow_block = true };
	const struct bus_publish_options forever = {
		.size = sizeof(forever),
		.flags = BUS_MORE,
		.wait_ms = -1,
	};
	const struct bus_backlog block = {
		.size = sizeof(block),
		.messages = 2,
		.overflow = BUS_BLOCK,
	};
	struct bus *bus = open_bus();
	int i;

	assert_bus_ok(bus, bus_topic_create(bus, TOPIC, &options));
	assert_bus_ok(bus, bus_set_backlog(bus, &block));
	assert_bus_ok(bus, bus_subscribe(bus, TOPIC));
	shrink_socket(bus);
	for (i = 0; i < 50; i++)
		add(bus, &forever);
	for (i = 0; i < 50; i++)
		expect(bus, TOPIC, i + 1, "x");
	assert_nothing_comes(bus);
	delete_topic(bus);
	bus_close(bus);
}

static void must_end_well(pid_t pid)
{
	int status;

	assert_true(pid >= 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void a_child_sends_nothing_of_its_parents(void **state)
{
	struct bus *bus = open_bus();
	struct bus *sub = subscriber();
	pid_t pid;

	add(bus, &more);
	pid = fork();
	if (!pid)
		_exit(bus_close(bus) != -ECHILD);
	must_end_well(pid);
	pid = fork();
	if (!pid)
		_exit(bus_flush(bus) != -ECHILD || bus_flush(bus) ||
		      bus_close(bus));
	must_end_well(pid);
	assert_nothing_comes(sub);
	assert_bus_ok(bus, bus_flush(bus));
	expect(sub, TOPIC, 1, "x");
	/* No message waits now. */
	pid = fork();
	if (!pid)
		_exit(bus_close(bus) != 0);
	must_end_well(pid);
	assert_nothing_comes(sub);
	delete_topic(bus);
	bus_close(sub);
	assert_int_equal(bus_close(bus), 0);
}

/* Like daemon(): the parent ends. */
static void become_daemon(void)
{
	pid_t pid = fork();

	if (pid < 0)
		_exit(1);
	if (pid)
		_exit(0);
}

/* Reports that the parent's message is lost, and sends its own messages. */
static void publish_as_daemon(struct bus *bus)
{
	if (bus_publish(bus, TOPIC, "lost", 4, &more))
		_exit(1);
	become_daemon();
	if (bus_publish(bus, TOPIC, "told", 4, &more) != -ECHILD ||
	    !strstr(bus_strerror(bus, -ECHILD), "fork()") ||
	    bus_publish(bus, TOPIC, "first", 5, &more) ||
	    bus_publish(bus, TOPIC, "second", 6, &more) || bus_close(bus))
		_exit(1);
	_exit(0);
}

static void a_daemon_sends_its_own(void **state)
{
	struct bus *sub = subscriber();
	struct bus *bus = open_bus();
	pid_t pid;

	pid = fork();
	if (!pid)
		publish_as_daemon(bus);
	must_end_well(pid);
	expect(sub, TOPIC, 1, "first");
	expect(sub, TOPIC, 2, "second");
	assert_nothing_comes(sub);
	delete_topic(bus);
	bus_close(sub);
	bus_close(bus);
}

static int fork_as_first(void)
{
	if (unshare(CLONE_NEWPID))
		_exit(1);
	return fork();
}

/* All of these processes have pid 1. */
static void processes_are_not_told_by_their_number(void **state)
{
	struct bus *sub = subscriber();
	int status = 1;
	struct bus *bus;
	pid_t pid;

	pid = fork();
	if (!pid) {
		pid = fork_as_first();
		if (pid)
			_exit(pid < 0 || waitpid(pid, &status, 0) != pid ||
			      status);
		if (bus_open(&bus) || bus_publish(bus, TOPIC, "once", 4, &more))
			_exit(1);
		pid = fork_as_first();
		if (!pid)
			_exit(getpid() != 1 || bus_close(bus) != -ECHILD);
		if (waitpid(pid, &status, 0) != pid || status)
			_exit(1);
		_exit(getpid() != 1 || bus_close(bus));
	}
	must_end_well(pid);
	expect(sub, TOPIC, 1, "once");
	assert_nothing_comes(sub);
	delete_topic(sub);
	bus_close(sub);
}

/* Only bus_close() can report these losses. */
static void closing_tells_what_is_lost(void **state)
{
	const struct bus_topic_access read_only = {
		.size = sizeof(read_only),
		.set = BUS_SET_MODE,
		.mode = 0444,
	};
	const struct bus_topic_access writable = {
		.size = sizeof(writable),
		.set = BUS_SET_MODE,
		.mode = 0666,
	};
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);

	assert_bus_ok(root, bus_topic_create(root, TOPIC, NULL));
	assert_bus_ok(root, bus_topic_change(root, TOPIC, &writable));
	assert_bus_ok(alice,
		      AS(ALICE, bus_publish(alice, TOPIC, "x", 1, &more)));
	assert_bus_ok(root, bus_topic_change(root, TOPIC, &read_only));
	assert_int_equal(AS(ALICE, bus_close(alice)), -EACCES);
	assert_int_equal(look_up(root, TOPIC).seq, 0);
	delete_topic(root);
	bus_close(root);
}

static void what_was_published_before_comes_first(void **state)
{
	const struct bus_topic_access read_only = {
		.size = sizeof(read_only),
		.set = BUS_SET_MODE,
		.mode = 0444,
	};
	struct bus *bus = open_bus();
	struct bus *sub = subscriber();

	add(bus, &more);
	assert_bus_ok(bus, bus_topic_change(bus, TOPIC, &read_only));
	expect(sub, TOPIC, 1, "x");
	add(bus, &more);
	delete_topic(bus);
	expect(sub, TOPIC, 2, "x");
	/* The messages that waited do not create it again. */
	assert_bus_ok(bus, bus_flush(bus));
	assert_int_equal(bus_topic_get(bus, TOPIC, nothing, NULL), -ENOENT);
	bus_close(sub);
	bus_close(bus);
}

static void what_waits_stays_what_it_is(void **state)
{
	const struct bus_publish_options never_create = {
		.size = sizeof(never_create),
		.flags = BUS_MORE | BUS_NO_CREATE,
	};
	const struct bus_topic_options other = { .size = sizeof(other),
						 .type = "some.Other" };
	Kbus__V1__Heartbeat beat = KBUS__V1__HEARTBEAT__INIT;
	struct bus *bus = open_bus();
	struct bus *root = open_bus();

	/* Messages that create their topic, and messages that do not. */
	assert_bus_ok(root, bus_topic_create(root, TOPIC, NULL));
	add(bus, &never_create);
	delete_topic(root);
	assert_int_equal(bus_publish(bus, TOPIC, "x", 1, &more), -ENOENT);
	assert_int_equal(bus_topic_get(bus, TOPIC, nothing, NULL), -ENOENT);
	add(bus, &more);
	assert_bus_ok(bus, bus_flush(bus));
	assert_int_equal(look_up(bus, TOPIC).seq, 1);
	delete_topic(root);

	/* Messages of a type. */
	assert_bus_ok(bus, bus_publish_message(bus, TOPIC, &beat.base, NULL));
	assert_bus_ok(bus, bus_publish_message(bus, TOPIC, &beat.base, &more));
	delete_topic(root);
	assert_bus_ok(root, bus_topic_create(root, TOPIC, &other));
	assert_int_equal(bus_flush(bus), -EPROTOTYPE);
	assert_int_equal(look_up(bus, TOPIC).seq, 0);
	delete_topic(root);
	bus_close(root);
	bus_close(bus);
}

static void a_failed_first_subscription_changes_nothing(void **state)
{
	const struct bus_backlog block = { .size = sizeof(block),
					   .overflow = BUS_BLOCK };
	const struct bus_backlog usual = { .size = sizeof(usual) };
	const struct bus_message *message;
	struct bus *root = open_bus();
	struct bus *bus = open_bus();

	assert_bus_ok(root, bus_topic_create(root, TOPIC, NULL));
	assert_bus_ok(bus, bus_set_backlog(bus, &block));
	assert_int_equal(bus_subscribe(bus, TOPIC), -EPERM);
	assert_int_equal(bus_receive(bus, &message, -1), -ENOTCONN);
	assert_int_equal(bus_fd(bus), -ENOTCONN);
	assert_bus_ok(bus, bus_set_backlog(bus, &usual));
	assert_bus_ok(bus, bus_subscribe(bus, TOPIC));
	publish(root, TOPIC, "one");
	expect(bus, TOPIC, 1, "one");
	/* A failed subscription that is not the first leaves the others. */
	assert_int_equal(bus_subscribe(bus, "no//name"), -EINVAL);
	publish(root, TOPIC, "two");
	expect(bus, TOPIC, 2, "two");
	delete_topic(root);
	bus_close(bus);
	bus_close(root);
}

static void who_has_no_descriptors_is_told_so(void **state)
{
	struct rlimit before, none;
	struct bus *bus;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(bus_open(&bus), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	bus_close(open_bus());
}

static int network_namespace(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void enter_network_namespace(int fd)
{
	assert_int_equal(setns(fd, CLONE_NEWNET), 0);
	close(fd);
}

static void assert_is_elsewhere(struct bus *bus, int err)
{
	assert_int_equal(err, -EXDEV);
	assert_non_null(strstr(bus_strerror(bus, err), "namespace"));
}

/* The thread's namespace has a topic of the same name and id. */
static void a_handle_stays_on_its_bus(void **state)
{
	int home = network_namespace();
	struct bus *bus = open_bus();
	struct bus *sub = subscriber();
	struct bus *other;

	assert_bus_ok(bus, bus_topic_create(bus, TOPIC, NULL));
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	other = subscriber();
	publish(other, TOPIC, "there");
	assert_is_elsewhere(bus, bus_subscribe(bus, TOPIC));
	assert_is_elsewhere(bus, bus_subscribe_replay(bus, "#", 1));
	assert_is_elsewhere(bus, bus_listen(bus, TOPIC));
	assert_int_equal(bus_fd(bus), -ENOTCONN);

	/* Calls that need no new socket still work. */
	publish(bus, TOPIC, "here");
	assert_bus_ok(sub, bus_subscribe(sub, "handles/more"));
	expect(sub, TOPIC, 1, "here");
	publish(bus, "handles/more", "as well");
	expect(sub, "handles/more", 1, "as well");
	assert_nothing_comes(sub);
	expect(other, TOPIC, 1, "there");
	assert_nothing_comes(other);
	bus_close(other);

	enter_network_namespace(home);
	assert_bus_ok(bus, bus_subscribe(bus, TOPIC));
	publish(bus, TOPIC, "again");
	expect(bus, TOPIC, 2, "again");
	delete_topic(bus);
	assert_bus_ok(bus, bus_topic_delete(bus, "handles/more"));
	bus_close(sub);
	bus_close(bus);
}

static void *listen_elsewhere(void *bus)
{
	if (unshare(CLONE_NEWNET))
		return NULL;
	return (void *)(long)bus_listen(bus, TOPIC);
}

/* A network namespace belongs to a thread. */
static void and_so_it_does_in_other_threads(void **state)
{
	struct bus *bus = open_bus();
	pthread_t thread;
	void *err;

	assert_bus_ok(bus, bus_topic_create(bus, TOPIC, NULL));
	assert_int_equal(pthread_create(&thread, NULL, listen_elsewhere, bus),
			 0);
	assert_int_equal(pthread_join(thread, &err), 0);
	assert_is_elsewhere(bus, (int)(long)err);
	assert_bus_ok(bus, bus_listen(bus, TOPIC));
	publish(bus, TOPIC, "here");
	expect(bus, TOPIC, 1, "here");
	delete_topic(bus);
	bus_close(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_are_refused),
		cmocka_unit_test(a_text_belongs_to_its_error),
		cmocka_unit_test(many_that_are_blocked_wait),
		cmocka_unit_test(questions_are_sent_when_there_is_room),
		cmocka_unit_test(who_receives_does_not_wait_for_itself),
		cmocka_unit_test(a_child_sends_nothing_of_its_parents),
		cmocka_unit_test(a_daemon_sends_its_own),
		cmocka_unit_test(processes_are_not_told_by_their_number),
		cmocka_unit_test(closing_tells_what_is_lost),
		cmocka_unit_test(what_was_published_before_comes_first),
		cmocka_unit_test(what_waits_stays_what_it_is),
		cmocka_unit_test(a_failed_first_subscription_changes_nothing),
		cmocka_unit_test(who_has_no_descriptors_is_told_so),
		cmocka_unit_test(a_handle_stays_on_its_bus),
		cmocka_unit_test(and_so_it_does_in_other_threads),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
