// SPDX-License-Identifier: GPL-2.0-only
/*
 * Permission to read a topic, publish on it, change it, create it
 */
#include "people.h"

#include <signal.h>
#include <sys/wait.h>

#define FRIENDS 2000

static int publish_as(uid_t uid, struct bus *bus, const char *topic)
{
	return AS(uid, bus_publish(bus, topic, "x", 1, NULL));
}

static void change_mode(struct bus *bus, const char *topic, uint32_t mode)
{
	const struct bus_topic_access access = {
		.size = sizeof(access),
		.set = BUS_SET_MODE,
		.mode = mode,
	};

	assert_bus_ok(bus, bus_topic_change(bus, topic, &access));
}

static void create_with_mode(struct bus *bus, const char *topic, uint32_t mode)
{
	const struct bus_topic_options options = {
		.size = sizeof(options),
		.access = { .set = BUS_SET_MODE, .mode = mode },
		.history = 1,
	};

	assert_bus_ok(bus, bus_topic_create(bus, topic, &options));
}

/* The rights of each person to a topic of alice and her group of friends. */
static const struct person {
	uid_t uid;
	bool friend;
	int digit; /* of the mode; -1: none, all is allowed */
} people[] = {
	{ ALICE, false, 2 }, { ALICE, true, 2 }, { BOB, true, 1 },
	{ BOB, false, 0 },   { 0, false, -1 },
};

enum attempt {
	PUBLISH,
	SUBSCRIBE,
	REPLAY,
	LISTEN,
	ATTEMPTS,
};

static int attempt(struct bus *bus, enum attempt attempt)
{
	switch (attempt) {
	case PUBLISH:
		return bus_publish(bus, "club", "x", 1, NULL);
	case SUBSCRIBE:
		return bus_subscribe(bus, "club");
	case REPLAY:
		return bus_subscribe_replay(bus, "club", 1);
	default:
		return bus_listen(bus, "club");
	}
}

static int person_attempts(const struct person *person, enum attempt what)
{
	const gid_t friends = FRIENDS;
	struct bus *bus = NULL;
	int err;

	become(person->uid, person->uid, &friends, person->friend);
	err = bus_open(&bus);
	if (!err)
		err = attempt(bus, what);
	bus_close(bus);
	become_root();
	return err;
}

static void the_mode_decides(void **state)
{
	const struct bus_topic_access club = {
		.size = sizeof(club),
		.set = BUS_SET_UID | BUS_SET_GID,
		.uid = ALICE,
		.gid = FRIENDS,
	};
	struct bus *bus = open_bus();
	const struct person *person;
	unsigned int mode;
	int what;

	create_with_mode(bus, "club", 0);
	assert_bus_ok(bus, bus_topic_change(bus, "club", &club));
	for (mode = 0; mode <= 0666; mode++) {
		if (mode & ~0666)
			continue;
		change_mode(bus, "club", mode);
		for (person = people; person < people + 5; person++)
			for (what = 0; what < ATTEMPTS; what++) {
				unsigned int bit = what == PUBLISH ? 2 : 4;
				bool may = person->digit < 0 ||
					   mode >> 3 * person->digit & bit;

				assert_int_equal(person_attempts(person, what),
						 may ? 0 : -EACCES);
			}
	}
	assert_bus_ok(bus, bus_topic_delete(bus, "club"));
	bus_close(bus);
}

static void a_topic_is_its_creators(void **state)
{
	struct bus *alice = open_as(ALICE);
	struct bus_topic topic;

	assert_int_equal(publish_as(ALICE, alice, "hers"), 0);
	topic = look_up(alice, "hers");
	assert_int_equal(topic.uid, ALICE);
	assert_int_equal(topic.gid, ALICE);
	assert_int_equal(topic.mode, 0644);
	assert_false(topic.kernel);
	assert_int_equal(AS(ALICE, bus_topic_delete(alice, "hers")), 0);
	bus_close(alice);
}

static int change_as(uid_t uid, struct bus *bus, unsigned int set, uint32_t id,
		     uint32_t mode)
{
	const struct bus_topic_access access = {
		.size = sizeof(access),
		.set = set,
		.uid = id,
		.gid = id,
		.mode = mode,
	};

	return AS(uid, bus_topic_change(bus, "hers", &access));
}

static void only_owner_and_admin_change_and_delete(void **state)
{
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);
	struct bus *bob = open_as(BOB);

	assert_int_equal(publish_as(ALICE, alice, "hers"), 0);
	assert_int_equal(change_as(BOB, bob, BUS_SET_MODE, 0, 0666), -EPERM);
	assert_int_equal(AS(BOB, bus_topic_delete(bob, "hers")), -EPERM);
	assert_int_equal(look_up(root, "hers").mode, 0644);

	assert_int_equal(change_as(ALICE, alice, BUS_SET_MODE, 0, 0600), 0);
	assert_int_equal(look_up(root, "hers").mode, 0600);
	/*
	 * As with chown(2): she may not give it away, and may use only her own
	 * groups.
	 */
	assert_int_equal(change_as(ALICE, alice, BUS_SET_UID, BOB, 0), -EPERM);
	assert_int_equal(change_as(ALICE, alice, BUS_SET_GID, BOB, 0), -EPERM);
	assert_int_equal(change_as(ALICE, alice, BUS_SET_GID, ALICE, 0), 0);
	assert_int_equal(look_up(root, "hers").uid, ALICE);

	assert_int_equal(change_as(0, root, BUS_SET_UID | BUS_SET_GID, BOB, 0),
			 0);
	assert_int_equal(look_up(root, "hers").uid, BOB);
	assert_int_equal(look_up(root, "hers").gid, BOB);
	assert_int_equal(AS(ALICE, bus_topic_delete(alice, "hers")), -EPERM);
	assert_int_equal(AS(BOB, bus_topic_delete(bob, "hers")), 0);
	bus_close(bob);
	bus_close(alice);
	bus_close(root);
}

static void ill_formed_access_changes_nothing(void **state)
{
	static const struct bus_topic_access bad[] = {
		{ .size = sizeof(*bad), .set = 0 },
		{ .size = sizeof(*bad), .set = BUS_SET_MODE, .mode = 0777 },
		{ .size = sizeof(*bad), .set = BUS_SET_MODE, .mode = 01000 },
		{ .size = sizeof(*bad), .set = BUS_SET_UID, .uid = UINT32_MAX },
		{ .size = sizeof(*bad), .set = BUS_SET_GID, .gid = UINT32_MAX },
		{ .size = sizeof(*bad), .set = 8 },
	};
	struct bus_topic_options options = { .size = sizeof(options) };
	struct bus *bus = open_bus();
	size_t i;

	create_with_mode(bus, "fixed", 0640);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(bus_topic_change(bus, "fixed", &bad[i]),
				 -EINVAL);
		options = (struct bus_topic_options){
			.size = sizeof(options),
			.access = bad[i],
		};
		if (bad[i].set)
			assert_int_equal(bus_topic_create(bus, "new", &options),
					 -EINVAL);
	}
	assert_int_equal(look_up(bus, "fixed").mode, 0640);
	assert_int_equal(bus_topic_delete(bus, "new"), -ENOENT);
	assert_bus_ok(bus, bus_topic_delete(bus, "fixed"));
	bus_close(bus);
}

static void a_pattern_covers_what_may_be_read(void **state)
{
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);

	assert_int_equal(AS(ALICE, bus_subscribe(alice, "p/#")), 0);
	assert_int_equal(AS(ALICE, bus_subscribe(alice, "p/+")), 0);
	/*
	 * The subscription is older than the topic: it succeeds, and reveals
	 * nothing.
	 */
	assert_int_equal(AS(ALICE, bus_subscribe(alice, "p/secret")), 0);
	create_with_mode(root, "p/open", 0644);
	create_with_mode(root, "p/secret", 0600);
	publish(root, "p/secret", "1");
	publish(root, "p/open", "1");
	expect(alice, "p/open", 1, "1");

	/*
	 * Alice gains the topic she may read now, from this point on and only
	 * once.
	 */
	change_mode(root, "p/secret", 0644);
	publish(root, "p/secret", "2");
	publish(root, "p/open", "2");
	expect(alice, "p/secret", 2, "2");
	expect(alice, "p/open", 2, "2");

	/*
	 * Alice loses the topic she may not read, except messages published
	 * before.
	 */
	publish(root, "p/open", "3");
	change_mode(root, "p/open", 0640);
	publish(root, "p/open", "4");
	publish(root, "p/secret", "3");
	expect(alice, "p/open", 3, "3");
	expect(alice, "p/secret", 3, "3");
	assert_nothing_comes(alice);

	/* Subscriptions end as if all topics had been readable. */
	assert_int_equal(AS(ALICE, bus_unsubscribe(alice, "p/+")), 0);
	change_mode(root, "p/open", 0644);
	assert_int_equal(AS(ALICE, bus_unsubscribe(alice, "p/#")), 0);
	publish(root, "p/open", "5");
	publish(root, "p/secret", "4");
	expect(alice, "p/secret", 4, "4");
	assert_int_equal(AS(ALICE, bus_unsubscribe(alice, "p/secret")), 0);
	publish(root, "p/secret", "5");
	assert_nothing_comes(alice);
	assert_bus_ok(root, bus_topic_delete(root, "p/open"));
	assert_bus_ok(root, bus_topic_delete(root, "p/secret"));
	bus_close(alice);
	bus_close(root);
}

static void a_backlog_of_before_is_handed_over(void **state)
{
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);
	uint64_t count, i;

	create_with_mode(root, "before", 0644);
	assert_int_equal(AS(ALICE, bus_subscribe(alice, "before")), 0);
	shrink_socket(alice);
	for (count = 0; count < 100; count++)
		publish(root, "before", "x");
	change_mode(root, "before", 0600);
	publish(root, "before", "y");
	for (i = 1; i <= count; i++)
		expect(alice, "before", i, "x");
	assert_nothing_comes(alice);
	assert_bus_ok(root, bus_topic_delete(root, "before"));
	bus_close(alice);
	bus_close(root);
}

static void a_publisher_loses_its_right_at_once(void **state)
{
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);

	create_with_mode(root, "board", 0666);
	assert_int_equal(publish_as(ALICE, alice, "board"), 0);
	change_mode(root, "board", 0644);
	assert_int_equal(publish_as(ALICE, alice, "board"), -EACCES);
	assert_int_equal(look_up(root, "board").seq, 1);
	assert_bus_ok(root, bus_topic_delete(root, "board"));
	bus_close(alice);
	bus_close(root);
}

/* Both the opener and the user of a socket must have the right. */
static void a_passed_socket_lends_nothing(void **state)
{
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);

	create_with_mode(root, "vault", 0600);
	assert_int_equal(publish_as(ALICE, root, "vault"), -EACCES);
	assert_int_equal(publish_as(0, alice, "vault"), -EACCES);
	assert_int_equal(AS(ALICE, bus_topic_delete(root, "vault")), -EPERM);
	assert_int_equal(AS(0, bus_topic_delete(alice, "vault")), -EPERM);
	/* The first subscription opens the socket for messages. */
	assert_int_equal(AS(ALICE, bus_subscribe(alice, "bait")), 0);
	assert_int_equal(AS(0, bus_subscribe(alice, "vault")), -EACCES);
	assert_int_equal(AS(0, bus_subscribe(alice, "#")), 0);
	publish(root, "vault", "gold");
	assert_nothing_comes(alice);
	/* A passed subscriber's socket gives no rights either. */
	assert_bus_ok(root, bus_subscribe(root, "bait"));
	assert_int_equal(AS(ALICE, bus_subscribe(root, "vault")), -EPERM);
	assert_int_equal(AS(ALICE, bus_subscribe(root, "#")), -EPERM);
	assert_int_equal(AS(ALICE, bus_unsubscribe(root, "bait")), 0);
	assert_bus_ok(root, bus_topic_delete(root, "vault"));
	bus_close(alice);
	bus_close(root);
}

static void a_change_takes_the_topic_from_listeners(void **state)
{
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);
	struct bus *bob = open_as(BOB);
	uint32_t group;

	create_with_mode(root, "radio", 0644);
	group = look_up(root, "radio").group;
	change_mode(root, "radio", 0664);
	/* Nobody has joined, so the group need not change. */
	assert_int_equal(look_up(root, "radio").group, group);
	assert_int_equal(AS(ALICE, bus_listen(alice, "radio")), 0);
	publish(root, "radio", "1");
	expect(alice, "radio", 1, "1");
	change_mode(root, "radio", 0600);
	assert_int_not_equal(look_up(root, "radio").group, group);
	publish(root, "radio", "2");
	assert_nothing_comes(alice);
	assert_int_equal(AS(ALICE, bus_listen(alice, "radio")), -EACCES);
	change_mode(root, "radio", 0644);
	assert_int_equal(AS(ALICE, bus_listen(alice, "radio")), 0);
	assert_int_equal(AS(BOB, bus_listen(bob, "radio")), 0);
	publish(root, "radio", "3");
	expect_gap(alice, "radio", 2, 2);
	expect(alice, "radio", 3, "3");
	expect(bob, "radio", 3, "3");
	assert_bus_ok(root, bus_topic_delete(root, "radio"));
	bus_close(bob);
	bus_close(alice);
	bus_close(root);
}

/*
 * Tries to subscribe without pause; the exit status says whether it succeeded.
 */
static pid_t start_spy(bool listens)
{
	const struct bus_message *message;
	struct bus *bus = open_as(ALICE);
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid) {
		bus_close(bus);
		return pid;
	}
	bus_close(bus);
	if (setgid(ALICE) || setuid(ALICE) || bus_open(&bus))
		_exit(2);
	if (!listens && bus_subscribe(bus, "leak/+"))
		_exit(3);
	for (;;) {
		if (listens)
			bus_listen(bus, "leak/tap");
		while (!bus_receive(bus, &message, listens ? 0 : 100)) {
			if (message->kind != BUS_MESSAGE)
				continue;
			if (!memcmp(message->payload, "stop", 4))
				_exit(0);
			if (memcmp(message->payload, "open", 4))
				_exit(4);
		}
	}
}

static void stop(struct bus *root, pid_t spy)
{
	int status;
	pid_t ended;

	/* A listener may lose any of these. */
	do {
		publish(root, "leak/tap", "stop");
		usleep(1000);
		ended = waitpid(spy, &status, WNOHANG);
	} while (!ended);
	assert_int_equal(ended, spy);
	assert_int_equal(status, 0);
}

static void nothing_leaks_while_rights_come_and_go(void **state)
{
	unsigned long rounds = env_number("BURST", 100) * 5;
	struct bus *root = open_bus();
	pid_t listener, subscriber;
	unsigned long i, j;

	create_with_mode(root, "leak/tap", 0600);
	listener = start_spy(true);
	subscriber = start_spy(false);
	for (i = 0; i < rounds; i++) {
		publish(root, "leak/tap", "secret");
		change_mode(root, "leak/tap", 0644);
		for (j = 0; j < 20; j++)
			publish(root, "leak/tap", "open");
		change_mode(root, "leak/tap", 0600);
		for (j = 0; j < 5; j++)
			publish(root, "leak/tap", "secret");
	}
	change_mode(root, "leak/tap", 0644);
	stop(root, listener);
	stop(root, subscriber);
	assert_bus_ok(root, bus_topic_delete(root, "leak/tap"));
	bus_close(root);
}

static void creating_may_be_restricted(void **state)
{
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);

	create_with_mode(root, "there", 0666);
	kbus_sysctl("create_restricted", "1");
	assert_int_equal(publish_as(ALICE, alice, "new"), -EPERM);
	assert_int_equal(publish_as(ALICE, alice, "there"), 0);
	assert_bus_ok(root, bus_topic_create(root, "new", NULL));
	kbus_sysctl("create_restricted", "0");
	assert_int_equal(publish_as(ALICE, alice, "newer"), 0);
	assert_bus_ok(root, bus_topic_delete(root, "there"));
	assert_bus_ok(root, bus_topic_delete(root, "new"));
	assert_bus_ok(root, bus_topic_delete(root, "newer"));
	bus_close(alice);
	bus_close(root);
}

static void the_usual_mode_is_the_administrators_choice(void **state)
{
	struct bus *root = open_bus();

	kbus_sysctl("default_mode", "0660");
	assert_bus_ok(root, bus_topic_create(root, "usual", NULL));
	assert_int_equal(look_up(root, "usual").mode, 0660);
	kbus_sysctl("default_mode", "0644");
	assert_bus_ok(root, bus_topic_delete(root, "usual"));
	bus_close(root);
}

static void kernel_topics_have_modes(void **state)
{
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);
	struct bus_topic topic;

	load_module("kbus_proc", "");
	topic = look_up(root, "kernel/proc");
	assert_true(topic.kernel);
	assert_int_equal(topic.uid, 0);
	assert_int_equal(topic.mode, 0400);
	assert_int_equal(AS(ALICE, bus_subscribe(alice, "kernel/proc")),
			 -EACCES);
	assert_int_equal(AS(ALICE, bus_subscribe(alice, "kernel/#")), 0);
	if (!fork())
		_exit(0);
	wait(NULL);
	assert_nothing_comes(alice);
	change_mode(root, "kernel/proc", 0444);
	if (!fork())
		_exit(0);
	wait(NULL);
	assert_true(receive(alice)->kernel);
	assert_int_equal(bus_topic_delete(root, "kernel/proc"), -EBUSY);
	/* The mode does not matter here. */
	change_mode(root, "kernel/proc", 0666);
	assert_int_equal(publish_as(0, root, "kernel/proc"), -EPERM);
	unload_module("kbus_proc");
	bus_close(alice);
	bus_close(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mode_decides),
		cmocka_unit_test(a_topic_is_its_creators),
		cmocka_unit_test(only_owner_and_admin_change_and_delete),
		cmocka_unit_test(ill_formed_access_changes_nothing),
		cmocka_unit_test(a_pattern_covers_what_may_be_read),
		cmocka_unit_test(a_backlog_of_before_is_handed_over),
		cmocka_unit_test(a_publisher_loses_its_right_at_once),
		cmocka_unit_test(a_passed_socket_lends_nothing),
		cmocka_unit_test(a_change_takes_the_topic_from_listeners),
		cmocka_unit_test(nothing_leaks_while_rights_come_and_go),
		cmocka_unit_test(creating_may_be_restricted),
		cmocka_unit_test(the_usual_mode_is_the_administrators_choice),
		cmocka_unit_test(kernel_topics_have_modes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
