// SPDX-License-Identifier: GPL-2.0-only
/*
 * The quotas of each user, and that a user over quota does not affect others
 */
#include "people.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define FLOOD 3000

static const char *numbered(const char *prefix, int i)
{
	static char name[64];

	snprintf(name, sizeof(name), "%s/%d", prefix, i);
	return name;
}

static int create_as(uid_t uid, struct bus *bus, const char *prefix, int i)
{
	return AS(uid, bus_topic_create(bus, numbered(prefix, i), NULL));
}

static void delete_all(struct bus *root, const char *prefix, int count)
{
	int i;

	for (i = 0; i < count; i++)
		assert_bus_ok(root,
			      bus_topic_delete(root, numbered(prefix, i)));
}

static void assert_over(struct bus *bus, int err, const char *parameter)
{
	assert_int_equal(err, -EDQUOT);
	if (!strstr(bus_strerror(bus, err), parameter))
		fail_msg("text: %s", bus_strerror(bus, err));
}

static void topics_are_counted(void **state)
{
	struct kbus_limit limit = set_kbus_limit("user_topics_max", 10);
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);
	struct bus *bob = open_as(BOB);
	int round, i;

	/* The full quota each time: deleted topics are given back. */
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 10; i++)
			assert_int_equal(create_as(ALICE, alice, "a", i), 0);
		assert_over(alice, create_as(ALICE, alice, "a", 10),
			    "user_topics_max");
		assert_int_equal(create_as(BOB, bob, "b", 0), 0);
		for (i = 0; i < 20; i++)
			assert_int_equal(create_as(0, root, "r", i), 0);
		delete_all(root, "a", 10);
		delete_all(root, "b", 1);
		delete_all(root, "r", 20);
	}
	put_limit_back(limit);
	bus_close(bob);
	bus_close(alice);
	bus_close(root);
}

static void all_users_together_are_counted(void **state)
{
	struct kbus_limit limit = set_kbus_limit("total_topics_max", 1);
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);
	long used = 0;
	int i;

	/* Other buses may have topics. */
	while (create_as(0, root, "r", 0))
		set_kbus_limit("total_topics_max", ++used + 1);
	assert_bus_ok(root, bus_topic_delete(root, numbered("r", 0)));
	set_kbus_limit("total_topics_max", used + 10);
	for (i = 0; i < 10; i++)
		assert_int_equal(create_as(ALICE, alice, "a", i), 0);
	assert_over(alice, create_as(ALICE, alice, "a", 10),
		    "total_topics_max");
	assert_over(root, create_as(0, root, "r", 0), "total_topics_max");
	delete_all(root, "a", 10);
	put_limit_back(limit);
	bus_close(alice);
	bus_close(root);
}

static void subscribers_are_counted(void **state)
{
	struct kbus_limit limit = set_kbus_limit("user_subscribers_max", 3);
	struct bus *alice[4];
	struct bus *bob = open_as(BOB);
	int round, i;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < 4; i++)
			alice[i] = open_as(ALICE);
		for (i = 0; i < 3; i++)
			assert_int_equal(
				AS(ALICE, bus_subscribe(alice[i], "x")), 0);
		assert_over(alice[3], AS(ALICE, bus_subscribe(alice[3], "x")),
			    "user_subscribers_max");
		for (i = 0; i < 4; i++)
			bus_close(alice[i]);
	}
	assert_int_equal(AS(BOB, bus_subscribe(bob, "x")), 0);
	put_limit_back(limit);
	bus_close(bob);
}

static void subscriptions_are_counted(void **state)
{
	struct kbus_limit limit = set_kbus_limit("user_subscriptions_max", 5);
	struct bus *alice = open_as(ALICE);
	int round, i;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < 5; i++)
			assert_int_equal(
				AS(ALICE,
				   bus_subscribe(alice, numbered("s/+", i))),
				0);
		assert_over(alice, AS(ALICE, bus_subscribe(alice, "more/#")),
			    "user_subscriptions_max");
		for (i = 0; i < 5; i++)
			assert_bus_ok(alice,
				      bus_unsubscribe(alice,
						      numbered("s/+", i)));
	}
	put_limit_back(limit);
	bus_close(alice);
}

static void a_subscription_that_is_too_wide_changes_nothing(void **state)
{
	struct kbus_limit limit = set_kbus_limit("user_bindings_max", 20);
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);
	int i;

	for (i = 0; i < 30; i++)
		assert_int_equal(create_as(0, root, "w", i), 0);
	assert_over(alice, AS(ALICE, bus_subscribe(alice, "w/#")),
		    "user_bindings_max");
	publish(root, "w/1", "unheard");
	assert_int_equal(look_up(root, "w/1").subscribers, 0);
	assert_int_equal(AS(ALICE, bus_subscribe(alice, "w/1")), 0);
	publish(root, "w/1", "heard");
	expect(alice, "w/1", 2, "heard");
	assert_nothing_comes(alice);
	put_limit_back(limit);
	assert_int_equal(AS(ALICE, bus_subscribe(alice, "w/#")), 0);
	delete_all(root, "w", 30);
	bus_close(alice);
	bus_close(root);
}

/*
 * A binding of a new topic counts against neither its creator nor its reader.
 */
static void a_topic_that_comes_is_not_on_its_readers_account(void **state)
{
	struct kbus_limit limit = set_kbus_limit("user_bindings_max", 20);
	struct bus *root = open_bus();
	struct bus *bob = open_as(BOB);
	struct bus *alice[3];
	int i;

	for (i = 0; i < 3; i++) {
		alice[i] = open_as(ALICE);
		assert_int_equal(AS(ALICE, bus_subscribe(alice[i], "f/#")), 0);
	}
	for (i = 0; i < 50; i++)
		assert_int_equal(create_as(BOB, bob, "f", i), 0);
	publish(root, "f/0", "first");
	publish(root, "f/49", "last");
	for (i = 0; i < 3; i++) {
		expect(alice[i], "f/0", 1, "first");
		expect(alice[i], "f/49", 1, "last");
	}
	put_limit_back(limit);
	delete_all(root, "f", 50);
	for (i = 0; i < 3; i++)
		bus_close(alice[i]);
	bus_close(bob);
	bus_close(root);
}

/* The limit applies to all users together, and leaves a part to each. */
static void topics_that_come_are_counted_for_all_together(void **state)
{
	const struct bus_topic_options hidden = {
		.size = sizeof(hidden),
		.access = { .set = BUS_SET_MODE, .mode = 0600 },
	};
	const struct bus_topic_access opened = { .size = sizeof(opened),
						 .set = BUS_SET_MODE,
						 .mode = 0644 };
	struct kbus_limit limit = set_kbus_limit("total_receivers_max", 100);
	struct bus *root = open_bus();
	struct bus *bob = open_as(BOB);
	struct bus *alice[2];
	int i;

	for (i = 0; i < 2; i++) {
		alice[i] = open_as(ALICE);
		assert_int_equal(AS(ALICE, bus_subscribe(alice[i], "#")), 0);
	}
	for (i = 0; i < 25; i++)
		assert_int_equal(create_as(0, root, "c", i), 0);
	assert_over(root, create_as(0, root, "c", 25), "total_receivers_max");
	assert_bus_ok(root, bus_topic_create(root, "hidden", &hidden));
	assert_over(root, bus_topic_change(root, "hidden", &opened),
		    "total_receivers_max");
	assert_int_equal(look_up(root, "hidden").subscribers, 0);
	assert_int_equal(look_up(root, "hidden").mode, 0600);
	assert_int_equal(create_as(BOB, bob, "b", 0), 0);
	publish(root, "c/24", "x");
	for (i = 0; i < 2; i++)
		expect(alice[i], "c/24", 1, "x");
	/* All bindings are given back. */
	delete_all(root, "b", 1);
	delete_all(root, "c", 25);
	for (i = 0; i < 25; i++)
		assert_int_equal(create_as(0, root, "c", i), 0);
	put_limit_back(limit);
	delete_all(root, "c", 25);
	assert_bus_ok(root, bus_topic_delete(root, "hidden"));
	bus_close(alice[0]);
	bus_close(alice[1]);
	bus_close(bob);
	bus_close(root);
}

#define BRIEF 1000

static void delete_brief(struct bus *root)
{
	publish(root, "brief", "x");
	assert_bus_ok(root, bus_topic_delete(root, "brief"));
}

static void close_and_open(struct bus *root)
{
	struct bus_topic_access change = { .size = sizeof(change),
					   .set = BUS_SET_MODE,
					   .mode = 0600 };

	publish(root, "flips", "x");
	assert_bus_ok(root, bus_topic_change(root, "flips", &change));
	change.mode = 0644;
	assert_bus_ok(root, bus_topic_change(root, "flips", &change));
}

/*
 * Reads all messages owed to alice by topics that she no longer receives. Each
 * message arrives or is reported lost. Returns the number of topics that are
 * reported only as a number.
 */
static uint64_t settle(struct bus *alice, uint64_t owed)
{
	const struct bus_message *message;
	struct bus_stats stats = { .size = sizeof(stats) };
	uint64_t got = 0, lost = 0, topics = 0;

	while (!bus_receive(alice, &message, 0)) {
		if (message->kind == BUS_MESSAGE) {
			got++;
			continue;
		}
		lost += message->count;
		if (message->topics) {
			assert_string_equal(message->topic, "");
			/*
			 * Before all other waiting messages, of which there are
			 * some.
			 */
			assert_int_equal(topics, 0);
			topics = message->topics;
		}
	}
	assert_int_equal(got + lost, owed);
	assert_bus_ok(alice, bus_get_stats(alice, &stats));
	assert_int_equal(stats.lost, lost);
	assert_int_equal(stats.reported, lost);
	assert_int_equal(stats.live + stats.drained, got);
	assert_int_equal(stats.backlog_messages, 0);
	return topics;
}

/*
 * The gaps owed by topics that are no longer received are limited. Beyond the
 * limit, only the number of topics is reported.
 */
static uint64_t stop_reading(void (*round)(struct bus *root),
			     const struct bus_backlog *backlog)
{
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);
	uint64_t topics;
	int i;

	assert_bus_ok(root, bus_topic_create(root, "flips", NULL));
	assert_bus_ok(alice, bus_set_backlog(alice, backlog));
	assert_int_equal(AS(ALICE, bus_subscribe(alice, "+")), 0);
	shrink_socket(alice);
	for (i = 0; i < BRIEF; i++)
		round(root);
	topics = settle(alice, BRIEF);
	/* It then works as before. */
	publish(root, "after", "x");
	expect(alice, "after", 1, "x");
	assert_bus_ok(root, bus_topic_delete(root, "after"));
	assert_bus_ok(root, bus_topic_delete(root, "flips"));
	bus_close(alice);
	bus_close(root);
	return topics;
}

static void what_a_stopped_reader_is_owed_has_an_end(void **state)
{
	const struct bus_backlog small = { .size = sizeof(small),
					   .messages = 1,
					   .bytes = 4096 };
	const struct bus_backlog usual = { .size = sizeof(usual),
					   .messages = 1 };

	assert_in_range(stop_reading(delete_brief, &small), 700, BRIEF - 1);
	assert_in_range(stop_reading(close_and_open, &small), 700, BRIEF - 1);
	assert_int_equal(stop_reading(delete_brief, &usual), 0);
	assert_int_equal(stop_reading(close_and_open, &usual), 0);
}

/* The same where the account is the limit: messages are then lost. */
static void what_a_stopped_reader_is_owed_is_on_its_account(void **state)
{
	struct kbus_limit limit =
		set_kbus_limit("user_backlog_bytes_max", 200000);
	struct bus_backlog backlog = { .size = sizeof(backlog), .messages = 0 };
	int policy;

	for (policy = BUS_DROP_OLDEST; policy <= BUS_BLOCK; policy++) {
		backlog.overflow = policy;
		assert_in_range(stop_reading(delete_brief, &backlog), 100,
				BRIEF - 1);
		assert_in_range(stop_reading(close_and_open, &backlog), 100,
				BRIEF - 1);
	}
	put_limit_back(limit);
}

/* It ends with messages still owed, and frees everything. */
static void who_is_owed_something_may_end(void **state)
{
	struct kbus_limit limit =
		set_kbus_limit("user_backlog_bytes_max", 200000);
	struct bus *root = open_bus();
	struct bus *alice;
	int i, k;

	for (k = 0; k < 4; k++) {
		alice = open_as(ALICE);
		assert_int_equal(AS(ALICE, bus_subscribe(alice, "#")), 0);
		shrink_socket(alice);
		for (i = 0; i < 300; i++)
			delete_brief(root);
		bus_close(alice);
	}
	put_limit_back(limit);
	bus_close(root);
}

/* Reads all messages from number @next on; returns how many came. */
static uint64_t read_all(struct bus *bus, uint64_t next, uint64_t *lost)
{
	const struct bus_message *message;
	uint64_t count = 0;

	*lost = 0;
	while (!bus_receive(bus, &message, 0)) {
		count += message->kind == BUS_MESSAGE;
		*lost += follow(message, &next);
	}
	return count;
}

static void flood(struct bus *bus)
{
	int i;

	for (i = 0; i < FLOOD; i++)
		publish(bus, "flood", "x");
}

static struct bus *stopped_reader(uid_t uid)
{
	struct bus *bus = open_as(uid);

	assert_int_equal(AS(uid, bus_subscribe(bus, "flood")), 0);
	shrink_socket(bus);
	return bus;
}

/* Two subscribers of alice's together have no more than one of bob's. */
static void backlogs_share(const char *parameter, long value)
{
	struct kbus_limit limit = set_kbus_limit(parameter, value);
	struct bus *root = open_bus();
	struct bus *alice[2], *bob;
	uint64_t got[2], bobs, lost;
	int i;

	assert_bus_ok(root, bus_topic_create(root, "flood", NULL));
	alice[0] = stopped_reader(ALICE);
	alice[1] = stopped_reader(ALICE);
	bob = stopped_reader(BOB);
	flood(root);
	for (i = 0; i < 2; i++) {
		got[i] = read_all(alice[i], 1, &lost);
		assert_int_equal(got[i] + lost, FLOOD);
		/* They fill at the same time. */
		assert_in_range(got[i], 128, FLOOD - 1);
	}
	bobs = read_all(bob, 1, &lost);
	assert_int_equal(bobs + lost, FLOOD);
	/* A socket takes some messages more, and alice has two. */
	assert_in_range(bobs, got[0] + got[1] - 40, FLOOD - 1);
	/*
	 * Read messages are given back, except the room that alice[0] keeps as
	 * long as it lives: its first piece, of 128 KiB and for 128 messages,
	 * and its own size.
	 */
	assert_bus_ok(alice[0], bus_unsubscribe(alice[0], "flood"));
	flood(root);
	assert_in_range(read_all(alice[1], FLOOD + 1, &lost), bobs - 250,
			bobs + 20);
	put_limit_back(limit);
	assert_bus_ok(root, bus_topic_delete(root, "flood"));
	bus_close(alice[0]);
	bus_close(alice[1]);
	bus_close(bob);
	bus_close(root);
}

static void backlogs_share_messages(void **state)
{
	backlogs_share("user_backlog_messages_max", 1000);
}

static void backlogs_share_bytes(void **state)
{
	backlogs_share("user_backlog_bytes_max", 1 << 20);
}

static void backlogs_share_memory(void **state)
{
	backlogs_share("user_memory_max", 2 << 20);
}

/* The number of messages that arrive, numbered from 1. */
static uint64_t count_received(struct bus *bus)
{
	uint64_t lost;

	return read_all(bus, 1, &lost);
}

#define HOGS 8

/* One after the other, so that each could take the room that is left. */
static void fill_backlogs(struct bus *root, uid_t uid, struct bus **hogs)
{
	int i, k;

	for (i = 0; i < HOGS; i++) {
		hogs[i] = open_as(uid);
		assert_int_equal(
			AS(uid, bus_subscribe(hogs[i], numbered("hog", i))), 0);
		shrink_socket(hogs[i]);
		for (k = 0; k < FLOOD; k++)
			publish(root, numbered("hog", i), "x");
	}
}

static void close_hogs(struct bus *root, struct bus **hogs)
{
	int i;

	for (i = 0; i < HOGS; i++)
		bus_close(hogs[i]);
	delete_all(root, "hog", HOGS);
}

/*
 * A 16th for each, of the 7/16 of an account that are not first come, first
 * served.
 */
#define PART_OF_2000 54

static void a_part_is_left_by_those_who_have_more(void **state)
{
	struct kbus_limit limit =
		set_kbus_limit("user_backlog_messages_max", 2000);
	struct bus *root = open_bus();
	struct bus *alice, *later;
	struct bus *hogs[HOGS];
	int i;

	alice = open_as(ALICE);
	assert_int_equal(AS(ALICE, bus_subscribe(alice, "small")), 0);
	shrink_socket(alice);
	fill_backlogs(root, ALICE, hogs);
	for (i = 0; i < PART_OF_2000; i++)
		publish(root, "small", "x");
	assert_int_equal(count_received(alice), PART_OF_2000);
	/* They do not obstruct a new subscriber either. */
	later = open_as(ALICE);
	assert_int_equal(AS(ALICE, bus_subscribe(later, "later")), 0);
	for (i = 0; i < 8; i++)
		publish(root, "later", "x");
	assert_int_equal(count_received(later), 8);
	put_limit_back(limit);
	close_hogs(root, hogs);
	assert_bus_ok(root, bus_topic_delete(root, "small"));
	assert_bus_ok(root, bus_topic_delete(root, "later"));
	bus_close(later);
	bus_close(alice);
	bus_close(root);
}

/* Users share the account of all, as subscribers share their user's account. */
static void a_part_is_left_by_users_who_have_more(void **state)
{
	struct kbus_limit limit =
		set_kbus_limit("total_backlog_messages_max", 2000);
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);
	struct bus *hogs[HOGS];
	int i;

	assert_int_equal(AS(ALICE, bus_subscribe(alice, "small")), 0);
	shrink_socket(alice);
	fill_backlogs(root, 0, hogs);
	for (i = 0; i < PART_OF_2000; i++)
		publish(root, "small", "x");
	assert_int_equal(count_received(alice), PART_OF_2000);
	put_limit_back(limit);
	close_hogs(root, hogs);
	assert_bus_ok(root, bus_topic_delete(root, "small"));
	bus_close(alice);
	bus_close(root);
}

static void a_backlogs_first_piece_is_charged_at_once(void **state)
{
	struct kbus_limit limit =
		set_kbus_limit("user_backlog_bytes_max", 10000);
	struct bus *alice[3];
	int i;

	for (i = 0; i < 3; i++)
		alice[i] = open_as(ALICE);
	for (i = 0; i < 2; i++)
		assert_int_equal(AS(ALICE, bus_subscribe(alice[i], "x")), 0);
	assert_over(alice[2], AS(ALICE, bus_subscribe(alice[2], "x")),
		    "user_backlog_bytes_max");
	bus_close(alice[0]);
	assert_int_equal(AS(ALICE, bus_subscribe(alice[2], "x")), 0);
	put_limit_back(limit);
	bus_close(alice[1]);
	bus_close(alice[2]);
}

static struct bus_topic_options with_history = { .size = sizeof(with_history),
						 .history = 1000 };

static void histories_are_as_long_as_their_user_may(void **state)
{
	struct kbus_limit limit =
		set_kbus_limit("user_history_bytes_max", 65536);
	static const char payload[4000];
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);
	struct bus *bob = open_as(BOB);
	struct bus_topic topic;
	int round, i;

	for (round = 0; round < 3; round++) {
		assert_int_equal(AS(ALICE, bus_topic_create(alice, "h/a",
							    &with_history)),
				 0);
		for (i = 0; i < 100; i++)
			assert_bus_ok(root, bus_publish(root, "h/a", payload,
							sizeof(payload), NULL));
		topic = look_up(root, "h/a");
		assert_in_range(topic.kept, 5, 16);
		assert_in_range(topic.kept_bytes, 32768, 65536);
		assert_over(alice,
			    AS(ALICE,
			       bus_topic_create(alice, "h/b", &with_history)),
			    "user_history_bytes_max");
		assert_int_equal(
			AS(BOB, bus_topic_create(bob, "h/b", &with_history)),
			0);
		assert_bus_ok(root, bus_topic_delete(root, "h/a"));
		assert_bus_ok(root, bus_topic_delete(root, "h/b"));
	}
	put_limit_back(limit);
	bus_close(bob);
	bus_close(alice);
	bus_close(root);
}

/*
 * A waiting publisher waits only for its reader, whatever other subscribers of
 * the same user hold.
 */
static void who_blocks_has_room_of_its_own(void **state)
{
	const struct bus_topic_options allow = { .size = sizeof(allow),
						 .allow_block = true };
	const struct bus_backlog block = { .size = sizeof(block),
					   .overflow = BUS_BLOCK };
	const struct bus_publish_options wait = { .size = sizeof(wait),
						  .wait_ms = PATIENCE_MS };
	struct kbus_limit limit =
		set_kbus_limit("user_backlog_messages_max", 300);
	struct bus *root = open_bus();
	struct bus *greedy, *alice = open_as(ALICE);
	int i, status;
	pid_t pid;

	assert_bus_ok(root, bus_topic_create(root, "flood", NULL));
	assert_bus_ok(root, bus_topic_create(root, "exact", &allow));
	assert_bus_ok(alice, bus_set_backlog(alice, &block));
	assert_int_equal(AS(ALICE, bus_subscribe(alice, "exact")), 0);
	shrink_socket(alice);
	greedy = stopped_reader(ALICE);
	flood(root);
	pid = fork();
	if (!pid) {
		struct bus *bus = open_bus();

		for (i = 0; i < 1000; i++)
			if (bus_publish(bus, "exact", "x", 1, &wait))
				_exit(1);
		_exit(0);
	}
	for (i = 1; i <= 1000; i++)
		assert_message(receive(alice), "exact", i, "x");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	put_limit_back(limit);
	assert_bus_ok(root, bus_topic_delete(root, "flood"));
	assert_bus_ok(root, bus_topic_delete(root, "exact"));
	bus_close(greedy);
	bus_close(alice);
	bus_close(root);
}

#define WAITING 10

/* Publishes 60 KB and waits without a limit; exits with the errno. */
static pid_t publish_and_wait(uid_t uid)
{
	const struct bus_publish_options options = {
		.size = sizeof(options),
		.flags = BUS_NO_CREATE,
		.wait_ms = -1,
	};
	static const char payload[60000];
	struct bus *bus;
	pid_t pid = fork();

	if (pid)
		return pid;
	bus = open_as(uid);
	_exit(-AS(uid, bus_publish(bus, "block", payload, sizeof(payload),
				   &options)));
}

/* A waiting publisher's message counts against its user's account. */
static void who_waits_may_hold_no_more_than_others(void **state)
{
	const struct bus_topic_options allow = {
		.size = sizeof(allow),
		.allow_block = true,
		.access = { .set = BUS_SET_MODE, .mode = 0666 },
	};
	const struct bus_backlog block = { .size = sizeof(block),
					   .messages = 1,
					   .overflow = BUS_BLOCK };
	struct kbus_limit limit = set_kbus_limit("user_memory_max", 400000);
	struct bus *root = open_bus();
	struct bus *reader = open_bus();
	int round, i, status, refused;
	pid_t other;

	assert_bus_ok(reader, bus_set_backlog(reader, &block));
	assert_bus_ok(reader, bus_subscribe(reader, "block"));
	shrink_socket(reader);
	for (round = 0; round < 2; round++) {
		assert_bus_ok(root, bus_topic_create(root, "block", &allow));
		while (!bus_publish(root, "block", "x", 1, NULL))
			;
		other = publish_and_wait(ALICE);
		for (i = 0; i < WAITING; i++)
			assert_true(publish_and_wait(BOB) > 0);
		/* At 130 KB each, three may wait if nothing else counts. */
		for (refused = 0; refused < WAITING - 3; refused++) {
			assert_true(wait(&status) != other);
			assert_int_equal(WEXITSTATUS(status), EDQUOT);
		}
		assert_bus_ok(root, bus_topic_delete(root, "block"));
		for (i = 0; i < WAITING - refused + 1; i++) {
			assert_true(wait(&status) > 0);
			assert_int_equal(WEXITSTATUS(status), ENOENT);
		}
	}
	put_limit_back(limit);
	bus_close(reader);
	bus_close(root);
}

#define CROWD 24
#define REQUESTS 20

/* Subscribes to all and unsubscribes, repeatedly; counts the rounds. */
static pid_t keep_busy(uid_t uid, unsigned int *rounds)
{
	struct bus *bus;
	pid_t pid = fork();

	if (pid)
		return pid;
	bus = open_as(uid);
	become(uid, (gid_t)uid, NULL, 0);
	if (bus_subscribe(bus, "mine"))
		_exit(1);
	for (;;) {
		if (bus_subscribe(bus, "#") || bus_unsubscribe(bus, "#"))
			_exit(1);
		__atomic_add_fetch(rounds, 1, __ATOMIC_RELAXED);
	}
}

/* The number of requests of the other user does not matter. */
static void a_request_waits_for_few_of_another_user(void **state)
{
	unsigned int *rounds = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);
	unsigned int before;
	pid_t crowd[CROWD];
	int i;

	assert_ptr_not_equal(rounds, MAP_FAILED);
	for (i = 0; i < 300; i++)
		assert_int_equal(create_as(0, root, "busy", i), 0);
	for (i = 0; i < CROWD; i++)
		crowd[i] = keep_busy(BOB, rounds);
	/* Until all are busy. */
	while (__atomic_load_n(rounds, __ATOMIC_RELAXED) < 4 * CROWD)
		usleep(1000);
	before = __atomic_load_n(rounds, __ATOMIC_RELAXED);
	for (i = 0; i < REQUESTS; i++)
		look_up(alice, "busy/1");
	before = __atomic_load_n(rounds, __ATOMIC_RELAXED) - before;
	for (i = 0; i < CROWD; i++) {
		assert_int_equal(kill(crowd[i], SIGKILL), 0);
		assert_int_equal(waitpid(crowd[i], NULL, 0), crowd[i]);
	}
	print_message("# %u rounds in %d requests\n", before, REQUESTS);
	assert_in_range(before, 0, REQUESTS * 5);
	delete_all(root, "busy", 300);
	munmap(rounds, 4096);
	bus_close(alice);
	bus_close(root);
}

/* As root of a user namespace of her own, on a bus of its own. */
static int alice_elsewhere(int topics)
{
	struct bus *bus;
	int i;

	if (setgid(ALICE) || setuid(ALICE) ||
	    unshare(CLONE_NEWUSER | CLONE_NEWNET) || bus_open(&bus))
		return 1;
	for (i = 0; i < topics; i++)
		if (bus_topic_create(bus, numbered("e", i), NULL))
			return 2;
	return bus_topic_create(bus, "e/more", NULL) == -EDQUOT ? 0 : 3;
}

static void other_namespaces_do_not_give_more(void **state)
{
	struct kbus_limit limit = set_kbus_limit("user_topics_max", 10);
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);
	int i, status;
	pid_t pid;

	for (i = 0; i < 4; i++)
		assert_int_equal(create_as(ALICE, alice, "a", i), 0);
	pid = fork();
	if (!pid)
		_exit(alice_elsewhere(6));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* The namespace ends after a delay, and gives everything back. */
	await_that(!create_as(ALICE, alice, "a", 9));
	delete_all(root, "a", 4);
	assert_bus_ok(root, bus_topic_delete(root, "a/9"));
	put_limit_back(limit);
	bus_close(alice);
	bus_close(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(topics_are_counted),
		cmocka_unit_test(all_users_together_are_counted),
		cmocka_unit_test(subscribers_are_counted),
		cmocka_unit_test(subscriptions_are_counted),
		cmocka_unit_test(
			a_subscription_that_is_too_wide_changes_nothing),
		cmocka_unit_test(
			a_topic_that_comes_is_not_on_its_readers_account),
		cmocka_unit_test(topics_that_come_are_counted_for_all_together),
		cmocka_unit_test(what_a_stopped_reader_is_owed_has_an_end),
		cmocka_unit_test(
			what_a_stopped_reader_is_owed_is_on_its_account),
		cmocka_unit_test(who_is_owed_something_may_end),
		cmocka_unit_test(backlogs_share_messages),
		cmocka_unit_test(backlogs_share_bytes),
		cmocka_unit_test(backlogs_share_memory),
		cmocka_unit_test(a_part_is_left_by_those_who_have_more),
		cmocka_unit_test(a_part_is_left_by_users_who_have_more),
		cmocka_unit_test(a_backlogs_first_piece_is_charged_at_once),
		cmocka_unit_test(histories_are_as_long_as_their_user_may),
		cmocka_unit_test(who_blocks_has_room_of_its_own),
		cmocka_unit_test(who_waits_may_hold_no_more_than_others),
		cmocka_unit_test(a_request_waits_for_few_of_another_user),
		cmocka_unit_test(other_namespaces_do_not_give_more),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
