// SPDX-License-Identifier: GPL-2.0-only
/*
 * Publishers stand for the name of a topic, whatever becomes of the topic
 */
#include "people.h"

#include "heartbeat.pb-c.h"

#include <linux/kbus.h>
#include <sys/wait.h>

#define TOPIC "publisher/one"
#define OTHER "publisher/other"

static const struct bus_publish_options more = { .size = sizeof(more),
						 .flags = BUS_MORE };

static struct bus_publisher *publisher_of(struct bus *bus, const char *topic)
{
	struct bus_publisher *publisher;

	assert_bus_ok(bus, bus_publisher_open(bus, topic, &publisher));
	return publisher;
}

static struct bus *subscriber(void)
{
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_subscribe(bus, "publisher/+"));
	return bus;
}

static int say(struct bus_publisher *publisher, const char *text,
	       const struct bus_publish_options *options)
{
	return bus_publish_with(publisher, text, strlen(text), options);
}

static void delete_topic(struct bus *bus, const char *topic)
{
	assert_bus_ok(bus, bus_topic_delete(bus, topic));
}

/* Several publishers and the name stand for one topic. */
static void it_is_the_same_topic_by_name(void **state)
{
	struct bus *bus = open_bus();
	struct bus *sub = subscriber();
	struct bus_publisher *one = publisher_of(bus, TOPIC);
	struct bus_publisher *two = publisher_of(bus, TOPIC);

	assert_bus_ok(bus, say(one, "one", NULL));
	publish(bus, TOPIC, "name");
	assert_bus_ok(bus, say(two, "two", &no_create));
	bus_publisher_close(one);
	assert_bus_ok(bus, say(two, "again", NULL));
	expect(sub, TOPIC, 1, "one");
	expect(sub, TOPIC, 2, "name");
	expect(sub, TOPIC, 3, "two");
	expect(sub, TOPIC, 4, "again");
	bus_publisher_close(two);
	bus_publisher_close(NULL);
	delete_topic(bus, TOPIC);
	bus_close(sub);
	bus_close(bus);
}

static void the_topic_may_come_and_go(void **state)
{
	struct bus *bus = open_bus();
	struct bus *root = open_bus();
	struct bus *sub = subscriber();
	struct bus_publisher *publisher = publisher_of(bus, TOPIC);
	int i;

	assert_int_equal(say(publisher, "none", &no_create), -ENOENT);
	for (i = 0; i < 3; i++) {
		assert_bus_ok(bus, say(publisher, "creates", NULL));
		assert_bus_ok(bus, say(publisher, "finds", &no_create));
		expect(sub, TOPIC, 1, "creates");
		expect(sub, TOPIC, 2, "finds");
		delete_topic(root, TOPIC);
		assert_int_equal(say(publisher, "none", &no_create), -ENOENT);
		assert_bus_ok(root, bus_topic_create(root, TOPIC, NULL));
		assert_bus_ok(bus, say(publisher, "new", &no_create));
		expect(sub, TOPIC, 1, "new");
		/* It is created again. */
		delete_topic(root, TOPIC);
	}
	bus_publisher_close(publisher);
	bus_close(sub);
	bus_close(root);
	bus_close(bus);
}

static void its_type_is_checked(void **state)
{
	const struct bus_topic_options other = { .size = sizeof(other),
						 .type = "some.Other" };
	Kbus__V1__Heartbeat beat = KBUS__V1__HEARTBEAT__INIT;
	struct bus *bus = open_bus();
	struct bus *root = open_bus();
	struct bus_publisher *publisher = publisher_of(bus, TOPIC);

	assert_bus_ok(bus,
		      bus_publish_message_with(publisher, &beat.base, NULL));
	assert_string_equal(look_up(bus, TOPIC).type,
			    beat.base.descriptor->name);
	delete_topic(root, TOPIC);
	assert_bus_ok(root, bus_topic_create(root, TOPIC, &other));
	assert_int_equal(bus_publish_message_with(publisher, &beat.base, NULL),
			 -EPROTOTYPE);
	assert_non_null(strstr(bus_strerror(bus, -EPROTOTYPE), "type"));
	assert_bus_ok(bus, say(publisher, "bytes", NULL));
	assert_int_equal(look_up(bus, TOPIC).seq, 1);
	bus_publisher_close(publisher);
	delete_topic(root, TOPIC);
	bus_close(root);
	bus_close(bus);
}

static void its_mode_is_checked(void **state)
{
	struct bus_topic_access access = {
		.size = sizeof(access),
		.set = BUS_SET_MODE,
		.mode = 0666,
	};
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);
	struct bus_publisher *publisher = publisher_of(alice, TOPIC);

	assert_bus_ok(root, bus_topic_create(root, TOPIC, NULL));
	assert_int_equal(AS(ALICE, say(publisher, "x", NULL)), -EACCES);
	assert_bus_ok(root, bus_topic_change(root, TOPIC, &access));
	assert_bus_ok(alice, AS(ALICE, say(publisher, "x", NULL)));
	access.mode = 0444;
	assert_bus_ok(root, bus_topic_change(root, TOPIC, &access));
	assert_int_equal(AS(ALICE, say(publisher, "x", NULL)), -EACCES);
	assert_int_equal(look_up(root, TOPIC).seq, 1);
	bus_publisher_close(publisher);
	delete_topic(root, TOPIC);
	bus_close(alice);
	bus_close(root);
}

/* The publisher may be gone by the time that its messages are sent. */
static void its_messages_may_wait(void **state)
{
	struct bus *bus = open_bus();
	struct bus *root = open_bus();
	struct bus *sub = subscriber();
	struct bus_publisher *one = publisher_of(bus, TOPIC);
	struct bus_publisher *other = publisher_of(bus, OTHER);
	int i;

	assert_bus_ok(bus, say(one, "one", &more));
	assert_bus_ok(bus, say(one, "two", &more));
	assert_bus_ok(bus, bus_publish(bus, TOPIC, "three", 5, &more));
	assert_nothing_comes(sub);
	assert_bus_ok(bus, say(other, "other", &more));
	expect(sub, TOPIC, 1, "one");
	expect(sub, TOPIC, 2, "two");
	expect(sub, TOPIC, 3, "three");
	bus_publisher_close(other);
	assert_bus_ok(bus, bus_flush(bus));
	expect(sub, OTHER, 1, "other");

	for (i = 0; i < 3; i++) {
		assert_bus_ok(bus, say(one, "waits", &more));
		delete_topic(root, TOPIC);
		assert_bus_ok(bus, say(one, "last", NULL));
		expect(sub, TOPIC, 1, "waits");
		expect(sub, TOPIC, 2, "last");
		assert_bus_ok(bus, say(one, "at once", NULL));
		expect(sub, TOPIC, 3, "at once");
	}

	assert_bus_ok(bus, say(one, "waits", &more));
	bus_publisher_close(one);
	delete_topic(root, TOPIC);
	assert_int_equal(bus_close(bus), 0);
	expect(sub, TOPIC, 1, "waits");
	delete_topic(root, TOPIC);
	delete_topic(root, OTHER);
	bus_close(sub);
	bus_close(root);
}

/* One of the two processes goes on. */
static void a_child_may_go_on_with_it(void **state)
{
	struct bus *bus = open_bus();
	struct bus *sub = subscriber();
	struct bus_publisher *publisher = publisher_of(bus, TOPIC);
	int status;
	pid_t pid;

	assert_bus_ok(bus, say(publisher, "parent", NULL));
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (say(publisher, "child", NULL))
			_exit(1);
		bus_publisher_close(publisher);
		_exit(bus_close(bus) != 0);
	}
	bus_publisher_close(publisher);
	bus_close(bus);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	expect(sub, TOPIC, 1, "parent");
	expect(sub, TOPIC, 2, "child");
	delete_topic(sub, TOPIC);
	bus_close(sub);
}

static void a_name_that_no_topic_has_is_refused(void **state)
{
	struct bus_publisher *publisher;
	struct bus *bus = open_bus();
	char name[1000];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(bus_publisher_open(bus, name, &publisher), -EINVAL);
	assert_null(publisher);
	assert_non_null(strstr(bus_strerror(bus, -EINVAL), "name"));
	publisher = publisher_of(bus, "a//b");
	assert_int_equal(say(publisher, "x", NULL), -EINVAL);
	assert_non_null(strstr(bus_strerror(bus, -EINVAL), "level"));
	bus_publisher_close(publisher);
	bus_close(bus);
}

/* As far as the publisher knows, which is what it has asked the broker for. */
static void it_knows_whether_the_topic_has_receivers(void **state)
{
	const struct bus_topic_options history = { .size = sizeof(history),
						   .history = 1 };
	struct bus *bus = open_bus();
	struct bus_publisher *one = publisher_of(bus, "received/one");
	struct bus_publisher *kept = publisher_of(bus, "received/kept");
	struct bus *sub = open_bus();

	assert_true(bus_publisher_has_receivers(one));
	assert_bus_ok(bus, say(one, "to nobody", NULL));
	assert_false(bus_publisher_has_receivers(one));
	/* Others subscribe, by name and by pattern. */
	assert_bus_ok(sub, bus_subscribe(sub, "received/one"));
	assert_true(bus_publisher_has_receivers(one));
	assert_bus_ok(sub, bus_subscribe(sub, "received/+"));
	assert_bus_ok(sub, bus_unsubscribe(sub, "received/one"));
	assert_true(bus_publisher_has_receivers(one));
	bus_close(sub);
	assert_false(bus_publisher_has_receivers(one));
	/* A topic that is created again is another topic. */
	delete_topic(bus, "received/one");
	assert_true(bus_publisher_has_receivers(one));
	assert_bus_ok(bus, say(one, "to nobody", NULL));
	assert_false(bus_publisher_has_receivers(one));
	/* A listener cannot be seen to leave. */
	sub = open_bus();
	assert_bus_ok(sub, bus_listen(sub, "received/one"));
	assert_true(bus_publisher_has_receivers(one));
	bus_close(sub);
	assert_true(bus_publisher_has_receivers(one));
	assert_bus_ok(bus, bus_topic_create(bus, "received/kept", &history));
	assert_bus_ok(bus, say(kept, "for later", NULL));
	assert_true(bus_publisher_has_receivers(kept));
	bus_publisher_close(kept);
	bus_publisher_close(one);
	bus_close(bus);
}

/* More topics than the table has places: none seems to have no receivers. */
static void many_topics_share_places(void **state)
{
	enum { TOPICS = KBUS_RECEIVERS_PLACES + 100 };
	static struct bus_publisher *publishers[TOPICS];
	struct kbus_limit limit = set_kbus_limit("user_topics_max", 2 * TOPICS);
	struct bus *bus = open_bus();
	struct bus *sub = open_bus();
	int without = 0;
	char name[32];
	int i;

	for (i = 0; i < TOPICS; i++) {
		snprintf(name, sizeof(name), "many/%d", i);
		publishers[i] = publisher_of(bus, name);
		assert_bus_ok(bus, say(publishers[i], "x", NULL));
	}
	for (i = 0; i < TOPICS; i++)
		without += !bus_publisher_has_receivers(publishers[i]);
	assert_in_range(without, KBUS_RECEIVERS_PLACES - 10,
			KBUS_RECEIVERS_PLACES);
	assert_bus_ok(sub, bus_subscribe(sub, "many/+"));
	for (i = 0; i < TOPICS; i++)
		assert_true(bus_publisher_has_receivers(publishers[i]));
	bus_close(sub);
	for (i = 0; i < TOPICS; i++)
		bus_publisher_close(publishers[i]);
	put_limit_back(limit);
	bus_close(bus);
}

/* The table belongs to the network namespace of the handle. */
static void namespaces_have_their_own_receivers(void **state)
{
	struct bus *sub = open_bus();
	struct bus *bus;
	struct bus_publisher *publisher;
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	assert_true(home >= 0);
	assert_bus_ok(sub, bus_subscribe(sub, "#"));
	enter_fresh_bus();
	bus = open_bus();
	assert_int_equal(setns(home, CLONE_NEWNET), 0);
	publisher = publisher_of(bus, "elsewhere");
	assert_bus_ok(bus, say(publisher, "to nobody", NULL));
	assert_false(bus_publisher_has_receivers(publisher));
	bus_publisher_close(publisher);
	bus_close(bus);
	bus_close(sub);
	close(home);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_the_same_topic_by_name),
		cmocka_unit_test(the_topic_may_come_and_go),
		cmocka_unit_test(its_type_is_checked),
		cmocka_unit_test(its_mode_is_checked),
		cmocka_unit_test(its_messages_may_wait),
		cmocka_unit_test(a_child_may_go_on_with_it),
		cmocka_unit_test(a_name_that_no_topic_has_is_refused),
		cmocka_unit_test(it_knows_whether_the_topic_has_receivers),
		cmocka_unit_test(many_topics_share_places),
		cmocka_unit_test(namespaces_have_their_own_receivers),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
