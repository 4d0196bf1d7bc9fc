// SPDX-License-Identifier: GPL-2.0-only
/*
 * The broker's own events on $sys/topics and $sys/subscribers
 */
#include "guest_test.h"
#include "sys.pb-c.h"

#include <linux/netlink.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define TOPICS "$sys/topics"
#define SUBSCRIBERS "$sys/subscribers"

typedef Kbus__V1__TopicEvent topic_event_t;
typedef Kbus__V1__SubscriberEvent subscriber_event_t;

#define CREATED KBUS__V1__TOPIC_EVENT__ACTION__CREATED
#define CHANGED KBUS__V1__TOPIC_EVENT__ACTION__CHANGED
#define DELETED KBUS__V1__TOPIC_EVENT__ACTION__DELETED
#define REGISTERED KBUS__V1__SUBSCRIBER_EVENT__ACTION__REGISTERED
#define SUBSCRIBED KBUS__V1__SUBSCRIBER_EVENT__ACTION__SUBSCRIBED
#define UNSUBSCRIBED KBUS__V1__SUBSCRIBER_EVENT__ACTION__UNSUBSCRIBED
#define ENDED KBUS__V1__SUBSCRIBER_EVENT__ACTION__ENDED

static struct bus *watch(const char *pattern)
{
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_subscribe(bus, pattern));
	return bus;
}

static struct bus *watch_with(const char *pattern,
			      const struct bus_backlog *backlog)
{
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_set_backlog(bus, backlog));
	assert_bus_ok(bus, bus_subscribe(bus, pattern));
	return bus;
}

/* Valid until the next event of its type. */
static void *unpack(const struct bus_message *message,
		    const ProtobufCMessageDescriptor *descriptor,
		    ProtobufCMessage **last)
{
	assert_int_equal(message->kind, BUS_MESSAGE);
	assert_true(message->kernel);
	assert_int_equal(message->pid, 0);
	assert_string_equal(message->type, descriptor->name);
	if (*last)
		protobuf_c_message_free_unpacked(*last, NULL);
	assert_int_equal(bus_unpack(message, descriptor, last), 0);
	return *last;
}

static void assert_key(const struct bus_message *message, const char *key)
{
	assert_int_equal(message->key_size, strlen(key));
	assert_memory_equal(message->key, key, strlen(key));
}

static const topic_event_t *topic_event(const struct bus_message *message)
{
	static ProtobufCMessage *last;
	const topic_event_t *event;

	assert_string_equal(message->topic, TOPICS);
	event = unpack(message, &kbus__v1__topic_event__descriptor, &last);
	assert_key(message, event->name);
	return event;
}

static const subscriber_event_t *
subscriber_event(const struct bus_message *message)
{
	static ProtobufCMessage *last;
	const subscriber_event_t *event;
	char key[12];

	assert_string_equal(message->topic, SUBSCRIBERS);
	event = unpack(message, &kbus__v1__subscriber_event__descriptor, &last);
	snprintf(key, sizeof(key), "%u", event->portid);
	assert_key(message, key);
	return event;
}

static const topic_event_t *expect_topic(struct bus *bus, int action,
					 const char *name)
{
	const topic_event_t *event = topic_event(receive(bus));

	assert_int_equal(event->action, action);
	assert_string_equal(event->name, name);
	return event;
}

static const subscriber_event_t *expect_subscriber(struct bus *bus, int action,
						   uint32_t portid)
{
	const subscriber_event_t *event = subscriber_event(receive(bus));

	assert_int_equal(event->action, action);
	if (portid)
		assert_int_equal(event->portid, portid);
	return event;
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

static void create(struct bus *bus, const char *topic)
{
	assert_bus_ok(bus, bus_topic_create(bus, topic, NULL));
}

static void delete (struct bus *bus, const char *topic)
{
	assert_bus_ok(bus, bus_topic_delete(bus, topic));
}

static void assert_by_me(const topic_event_t *event)
{
	assert_non_null(event->by);
	assert_int_equal(event->by->pid, getpid());
	assert_int_equal(event->by->uid, getuid());
	assert_string_equal(event->by->name, "guest-sys");
}

static void a_topic_is_told_from_its_creation_to_its_end(void **state)
{
	const struct bus_topic_options options = {
		.size = sizeof(options),
		.type = "some.Type",
		.history = 7,
		.history_bytes = 50000,
		.allow_block = true,
		.access = { .set = BUS_SET_UID | BUS_SET_MODE,
			    .uid = 1000,
			    .mode = 0640 },
	};
	struct bus *watcher = watch(TOPICS);
	struct bus *bus = open_bus();
	const topic_event_t *event;
	struct bus_topic topic;

	assert_bus_ok(bus, bus_topic_create(bus, "life/a", &options));
	topic = look_up(bus, "life/a");
	event = expect_topic(watcher, CREATED, "life/a");
	assert_int_equal(event->id, topic.id);
	assert_string_equal(event->type, "some.Type");
	assert_int_equal(event->group, topic.group);
	assert_int_equal(event->uid, 1000);
	assert_int_equal(event->gid, 0);
	assert_int_equal(event->mode, 0640);
	assert_int_equal(event->history, 7);
	assert_int_equal(event->history_bytes, 50000);
	assert_true(event->allow_block);
	assert_false(event->kernel);
	assert_int_equal(event->seq, 0);
	assert_by_me(event);

	publish(bus, "life/a", "1");
	publish(bus, "life/a", "2");
	assert_nothing_comes(watcher);
	change_mode(bus, "life/a", 0600);
	event = expect_topic(watcher, CHANGED, "life/a");
	assert_int_equal(event->id, topic.id);
	assert_int_equal(event->group, topic.group);
	assert_int_equal(event->uid, 1000);
	assert_int_equal(event->mode, 0600);
	assert_int_equal(event->seq, 2);
	assert_by_me(event);

	delete (bus, "life/a");
	event = expect_topic(watcher, DELETED, "life/a");
	assert_int_equal(event->id, topic.id);
	assert_int_equal(event->group, topic.group);
	assert_int_equal(event->mode, 0600);
	assert_int_equal(event->history, 7);
	assert_int_equal(event->seq, 2);
	assert_by_me(event);

	/* Created by its first message, with default options. */
	publish(bus, "life/a", "1");
	event = expect_topic(watcher, CREATED, "life/a");
	assert_int_equal(event->id, topic.id + 1);
	assert_string_equal(event->type, "");
	assert_int_equal(event->history, 0);
	assert_int_equal(event->history_bytes, 0);
	assert_false(event->allow_block);
	assert_nothing_comes(watcher);
	bus_close(bus);
	bus_close(watcher);
}

/* Listeners lose the topic by a change, and learn of it from this event. */
static void another_group_is_told(void **state)
{
	struct bus *watcher = watch(TOPICS);
	struct bus *listener = open_bus();
	uint32_t group;

	create(listener, "group");
	group = expect_topic(watcher, CREATED, "group")->group;
	assert_bus_ok(listener, bus_listen(listener, "group"));
	change_mode(listener, "group", 0600);
	assert_int_not_equal(expect_topic(watcher, CHANGED, "group")->group,
			     group);
	delete (listener, "group");
	bus_close(listener);
	bus_close(watcher);
}

static void what_is_refused_is_not_told(void **state)
{
	const struct bus_topic_access bad = { .size = sizeof(bad),
					      .set = BUS_SET_MODE,
					      .mode = 0777 };
	struct bus *watcher = watch("$sys/#");
	struct bus *bus = watch("here");

	expect_subscriber(watcher, SUBSCRIBED, 0);
	expect_subscriber(watcher, REGISTERED, 0);
	expect_subscriber(watcher, SUBSCRIBED, 0);
	create(bus, "here");
	expect_topic(watcher, CREATED, "here");
	assert_int_equal(bus_topic_create(bus, "here", NULL), -EEXIST);
	assert_int_equal(bus_topic_create(bus, "a//b", NULL), -EINVAL);
	assert_int_equal(bus_topic_change(bus, "here", &bad), -EINVAL);
	assert_int_equal(bus_topic_delete(bus, "nowhere"), -ENOENT);
	assert_int_equal(bus_subscribe(bus, "here"), -EEXIST);
	assert_int_equal(bus_subscribe(bus, "a#"), -EINVAL);
	assert_int_equal(bus_subscribe_replay(bus, "here", 1), -EEXIST);
	assert_int_equal(bus_unsubscribe(bus, "nowhere"), -ENOENT);
	assert_nothing_comes(watcher);
	bus_close(bus);
	expect_subscriber(watcher, ENDED, 0);
	bus_close(watcher);
}

static uint32_t portid_of(struct bus *bus)
{
	struct sockaddr_nl address;
	socklen_t size = sizeof(address);

	assert_int_equal(getsockname(bus_fd(bus), (struct sockaddr *)&address,
				     &size),
			 0);
	return address.nl_pid;
}

static void a_subscriber_is_told_from_its_registration_to_its_end(void **state)
{
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = 5,
		.bytes = 100000,
		.overflow = BUS_DROP_NEWEST,
	};
	struct bus *watcher = watch(SUBSCRIBERS);
	uint32_t portid = portid_of(watcher);
	const subscriber_event_t *event;
	uint64_t count, live;
	struct bus *bus;

	/* The watcher's own subscription, which was active by then. */
	event = expect_subscriber(watcher, SUBSCRIBED, portid);
	assert_string_equal(event->pattern, SUBSCRIBERS);

	bus = watch_with("told/+/#", &backlog);
	portid = portid_of(bus);
	event = expect_subscriber(watcher, REGISTERED, portid);
	assert_int_equal(event->pid, getpid());
	assert_int_equal(event->uid, getuid());
	assert_string_equal(event->program, "guest-sys");
	assert_int_equal(event->subscriptions, 0);
	assert_int_equal(event->detail_case,
			 KBUS__V1__SUBSCRIBER_EVENT__DETAIL_BACKLOG);
	assert_int_equal(event->backlog->messages, 5);
	assert_int_equal(event->backlog->bytes, 100000);
	assert_int_equal(event->backlog->overflow, BUS_DROP_NEWEST);

	event = expect_subscriber(watcher, SUBSCRIBED, portid);
	assert_int_equal(event->detail_case,
			 KBUS__V1__SUBSCRIBER_EVENT__DETAIL_PATTERN);
	assert_string_equal(event->pattern, "told/+/#");
	assert_int_equal(event->subscriptions, 1);
	assert_int_equal(event->pid, getpid());
	assert_bus_ok(bus, bus_subscribe(bus, "told/b"));
	event = expect_subscriber(watcher, SUBSCRIBED, portid);
	assert_string_equal(event->pattern, "told/b");
	assert_int_equal(event->subscriptions, 2);
	assert_bus_ok(bus, bus_unsubscribe(bus, "told/+/#"));
	event = expect_subscriber(watcher, UNSUBSCRIBED, portid);
	assert_string_equal(event->pattern, "told/+/#");
	assert_int_equal(event->subscriptions, 1);

	/*
	 * The socket is full, five messages are in the backlog, three are lost.
	 */
	count = overfill(bus, "told/b", 7);
	live = count - 8;
	bus_close(bus);
	event = expect_subscriber(watcher, ENDED, portid);
	assert_int_equal(event->detail_case,
			 KBUS__V1__SUBSCRIBER_EVENT__DETAIL_ACCOUNT);
	assert_int_equal(event->account->delivered, live);
	assert_int_equal(event->account->lost, 3);
	assert_int_equal(event->account->waiting, 5);
	assert_int_equal(event->subscriptions, 0);
	assert_nothing_comes(watcher);
	bus_close(watcher);
}

static pid_t start_victim(void)
{
	pid_t pid = fork();
	struct bus *bus;

	assert_true(pid >= 0);
	if (pid)
		return pid;
	/* A name with invalid UTF-8 and a backslash. */
	if (prctl(PR_SET_NAME, "v\xff\\x") || bus_open(&bus) ||
	    bus_subscribe(bus, "victim/#"))
		_exit(1);
	for (;;)
		pause();
}

static void a_killed_subscriber_has_ended(void **state)
{
	struct bus *watcher = watch(SUBSCRIBERS);
	const subscriber_event_t *event;
	uint32_t portid;
	pid_t pid;
	int i;

	expect_subscriber(watcher, SUBSCRIBED, 0);
	pid = start_victim();
	event = expect_subscriber(watcher, REGISTERED, 0);
	portid = event->portid;
	assert_int_equal(event->pid, pid);
	assert_string_equal(event->program, "v\\xff\\\\x");
	expect_subscriber(watcher, SUBSCRIBED, portid);
	for (i = 0; i < 3; i++)
		publish(watcher, "victim/a", "x");
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	event = expect_subscriber(watcher, ENDED, portid);
	assert_int_equal(event->pid, pid);
	assert_string_equal(event->program, "v\\xff\\\\x");
	assert_int_equal(event->account->delivered, 3);
	assert_int_equal(event->account->lost, 0);
	delete (watcher, "victim/a");
	bus_close(watcher);
}

static void assert_told(struct bus *bus, uint64_t topics, uint64_t subscribers)
{
	assert_int_equal(look_up(bus, TOPICS).seq, topics);
	assert_int_equal(look_up(bus, SUBSCRIBERS).seq, subscribers);
	assert_int_equal(look_up(bus, TOPICS).lost, 0);
	assert_int_equal(look_up(bus, SUBSCRIBERS).lost, 0);
}

/* Makes events of each kind. */
static void be_busy(struct bus *bus)
{
	struct bus *other = watch("busy/#");

	create(bus, "busy/a");
	change_mode(bus, "busy/a", 0600);
	delete (bus, "busy/a");
	assert_bus_ok(other, bus_unsubscribe(other, "busy/#"));
	bus_close(other);
}

static void what_nobody_hears_is_not_said(void **state)
{
	struct bus *bus = open_bus();
	uint64_t topics = look_up(bus, TOPICS).seq;
	uint64_t subscribers = look_up(bus, SUBSCRIBERS).seq;
	struct bus *watcher, *listener;

	be_busy(bus);
	assert_told(bus, topics, subscribers);
	watcher = watch(TOPICS);
	be_busy(bus);
	assert_told(bus, topics + 3, subscribers);
	assert_bus_ok(watcher, bus_unsubscribe(watcher, TOPICS));
	be_busy(bus);
	assert_told(bus, topics + 3, subscribers);
	listener = open_bus();
	assert_bus_ok(listener, bus_listen(listener, SUBSCRIBERS));
	be_busy(bus);
	assert_told(bus, topics + 3, subscribers + 4);
	expect_subscriber(listener, REGISTERED, 0);
	expect_subscriber(listener, SUBSCRIBED, 0);
	expect_subscriber(listener, UNSUBSCRIBED, 0);
	expect_subscriber(listener, ENDED, 0);
	bus_close(listener);
	be_busy(bus);
	assert_told(bus, topics + 3, subscribers + 4);
	bus_close(watcher);
	bus_close(bus);
}

static void only_its_own_patterns_match_it(void **state)
{
	struct bus *all = watch("#");
	struct bus *plus = watch("+/topics");
	struct bus *sys = watch("$sys/+");

	expect_subscriber(sys, SUBSCRIBED, portid_of(sys));
	assert_bus_ok(all, bus_subscribe(all, "+/+"));
	expect_subscriber(sys, SUBSCRIBED, portid_of(all));
	create(all, "match/topics");
	expect_topic(sys, CREATED, "match/topics");
	delete (all, "match/topics");
	expect_topic(sys, DELETED, "match/topics");
	/* It does not receive the event of its own end. */
	assert_bus_ok(sys, bus_unsubscribe(sys, "$sys/+"));
	assert_nothing_comes(sys);
	assert_nothing_comes(all);
	assert_nothing_comes(plus);
	bus_close(sys);
	bus_close(plus);
	bus_close(all);
}

static void programs_can_read_it_and_nothing_else(void **state)
{
	static const char *const names[] = { TOPICS, SUBSCRIBERS };
	struct bus *watcher = watch("$sys/#");
	struct bus *bus = open_bus();
	struct bus_topic topic;
	size_t i;

	expect_subscriber(watcher, SUBSCRIBED, 0);
	for (i = 0; i < 2; i++) {
		topic = look_up(bus, names[i]);
		assert_true(topic.kernel);
		assert_int_equal(topic.uid, 0);
		assert_int_equal(topic.gid, 0);
		assert_int_equal(topic.mode, 0444);
		assert_int_equal(topic.history, 0);
		assert_int_equal(bus_publish(bus, names[i], "x", 1, NULL),
				 -EPERM);
		assert_non_null(
			strstr(bus_strerror(bus, -EPERM), "the broker only"));
		assert_int_equal(bus_topic_create(bus, names[i], NULL), -EPERM);
		assert_int_equal(bus_topic_delete(bus, names[i]), -EPERM);
		assert_non_null(
			strstr(bus_strerror(bus, -EPERM), "the broker's own"));
		/* The administrator may restrict the readers. */
		change_mode(bus, names[i], 0666);
		assert_int_equal(bus_publish(bus, names[i], "x", 1, NULL),
				 -EPERM);
		change_mode(bus, names[i], 0400);
		assert_int_equal(seteuid(1000), 0);
		assert_int_equal(bus_subscribe(bus, names[i]), -EACCES);
		assert_int_equal(seteuid(0), 0);
		change_mode(bus, names[i], 0444);
	}
	assert_int_equal(bus_topic_create(bus, "$sys", NULL), -EPERM);
	assert_int_equal(bus_topic_create(bus, "$sys/other", NULL), -EPERM);
	assert_int_equal(bus_publish(bus, "$other", "x", 1, NULL), -EPERM);
	/* Each refused request had already made it a subscriber. */
	for (i = 0; i < 2; i++) {
		expect_subscriber(watcher, REGISTERED, 0);
		expect_subscriber(watcher, ENDED, 0);
	}
	assert_nothing_comes(watcher);
	bus_close(bus);
	bus_close(watcher);
}

#define CREATORS 4
#define NAMES 3

/* Creates topics by publishing, and deletes them; others do the same. */
static void create_and_delete(unsigned int seed, unsigned long rounds)
{
	struct bus *bus;
	char name[16];
	int count, err;

	if (bus_open(&bus))
		_exit(1);
	srand(seed);
	while (rounds--) {
		snprintf(name, sizeof(name), "order/%d", rand() % NAMES);
		for (count = rand() % 4; count; count--) {
			err = bus_publish(bus, name, "x", 1, NULL);
			/* Another process may delete it first. */
			if (err && err != -ENOENT)
				_exit(2);
		}
		bus_topic_delete(bus, name);
	}
	_exit(0);
}

struct life {
	uint32_t id; /* 0: there is none */
	uint64_t next;
};

struct lives {
	struct life of[NAMES];
	unsigned long events;
	unsigned long messages;
};

static void take(struct lives *lives, const struct bus_message *message)
{
	const topic_event_t *event = NULL;
	const char *name = message->topic;
	struct life *life;

	assert_int_equal(message->kind, BUS_MESSAGE);
	if (!strcmp(name, TOPICS)) {
		event = topic_event(message);
		name = event->name;
	}
	assert_int_equal(strlen(name), strlen("order/0"));
	life = &lives->of[name[6] - '0'];
	if (!event) {
		assert_true(life->id);
		assert_int_equal(message->seq, life->next++);
		lives->messages++;
		return;
	}
	lives->events++;
	if (event->action == CREATED) {
		assert_false(life->id);
		*life = (struct life){ .id = event->id, .next = 1 };
		return;
	}
	assert_int_equal(event->action, DELETED);
	assert_int_equal(event->id, life->id);
	assert_int_equal(event->seq, life->next - 1);
	life->id = 0;
}

static void a_topics_messages_are_within_its_life(void **state)
{
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = 1000000,
		.bytes = 64 << 20,
	};
	unsigned long rounds = env_number("BURST", 100) * 5;
	struct bus *watcher = watch_with(TOPICS, &backlog);
	const struct bus_message *message;
	struct lives lives = { 0 };
	int running = CREATORS;
	int i, reads, status;
	uint64_t before;

	before = look_up(watcher, TOPICS).seq;
	assert_bus_ok(watcher, bus_subscribe(watcher, "order/+"));
	shrink_socket(watcher);
	fflush(NULL);
	for (i = 0; i < CREATORS; i++)
		if (!fork())
			create_and_delete(i, rounds);
	while (running) {
		for (reads = rand() % 200; reads; reads--)
			if (!bus_receive(watcher, &message, 1))
				take(&lives, message);
		while (waitpid(-1, &status, WNOHANG) > 0) {
			assert_int_equal(status, 0);
			running--;
		}
	}
	while (!bus_receive(watcher, &message, 0))
		take(&lives, message);
	printf("# %lu events, %lu messages\n", lives.events, lives.messages);
	assert_int_equal(look_up(watcher, TOPICS).seq, before + lives.events);
	assert_true(lives.messages > rounds);
	for (i = 0; i < NAMES; i++) {
		char name[16];

		snprintf(name, sizeof(name), "order/%d", i);
		assert_int_equal(bus_topic_delete(watcher, name),
				 lives.of[i].id ? 0 : -ENOENT);
	}
	bus_close(watcher);
}

static void a_coalesce_time_is_reported(void **state)
{
	const struct bus_backlog backlog = { .size = sizeof(backlog),
					     .coalesce_us = 700 };
	struct bus *watcher = watch(SUBSCRIBERS);
	struct bus *bus = watch_with("delay", &backlog);
	const subscriber_event_t *event;

	expect_subscriber(watcher, SUBSCRIBED, portid_of(watcher));
	event = expect_subscriber(watcher, REGISTERED, portid_of(bus));
	assert_int_equal(event->backlog->coalesce_us, 700);
	bus_close(bus);
	bus_close(watcher);
}

static void the_last_of_each_topic_is_kept(void **state)
{
	static const char *const names[] = { "last/a", "last/b", "last/c" };
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = 4,
		.overflow = BUS_CONFLATE,
	};
	struct bus *watcher = watch_with("flood", &backlog);
	uint64_t seq, before, flood, received = 0, lost = 0;
	const struct bus_message *message;
	struct bus *bus = open_bus();
	const topic_event_t *event;
	int i, round;

	flood = overfill(watcher, "flood", 0);
	assert_bus_ok(watcher, bus_subscribe(watcher, TOPICS));
	before = look_up(bus, TOPICS).seq;
	for (i = 0; i < 3; i++)
		create(bus, names[i]);
	for (round = 0; round < 50; round++)
		for (i = 0; i < 3; i++)
			change_mode(bus, names[i], round % 2 ? 0600 : 0640);
	delete (bus, names[2]);
	seq = look_up(bus, TOPICS).seq;
	assert_int_equal(seq, before + 154);
	for (; flood; flood--)
		assert_string_equal(receive(watcher)->topic, "flood");
	while (!bus_receive(watcher, &message, 0)) {
		if (message->kind == BUS_GAP) {
			lost += message->count;
			continue;
		}
		event = topic_event(message);
		assert_string_equal(event->name, names[received++]);
		assert_int_equal(event->action,
				 received == 3 ? DELETED : CHANGED);
		assert_int_equal(event->mode, 0600);
	}
	assert_int_equal(received, 3);
	assert_int_equal(received + lost, seq - before);
	delete (bus, names[0]);
	delete (bus, names[1]);
	bus_close(bus);
	bus_close(watcher);
}

#define STORM_TOPICS 1000

static void a_storm_is_told_exactly(void **state)
{
	const struct bus_backlog small = { .size = sizeof(small),
					   .messages = 50 };
	struct bus *complete = watch(TOPICS);
	struct bus *slow = watch_with(TOPICS, &small);
	uint64_t next = look_up(slow, TOPICS).seq + 1;
	uint64_t end = next + 2 * STORM_TOPICS;
	struct bus *bus = open_bus();
	uint64_t lost = 0;
	char name[24];
	int i;

	shrink_socket(complete);
	shrink_socket(slow);
	for (i = 0; i < STORM_TOPICS; i++) {
		snprintf(name, sizeof(name), "storm/%d", i);
		create(bus, name);
		delete (bus, name);
	}
	for (i = 0; i < STORM_TOPICS; i++) {
		snprintf(name, sizeof(name), "storm/%d", i);
		expect_topic(complete, CREATED, name);
		expect_topic(complete, DELETED, name);
	}
	assert_nothing_comes(complete);
	while (next < end) {
		lost += follow(receive(slow), &next);
	}
	assert_int_equal(next, end);
	assert_true(lost > STORM_TOPICS);
	assert_nothing_comes(slow);
	bus_close(bus);
	bus_close(slow);
	bus_close(complete);
}

/*
 * Runs in a namespace of its own, which ends while a topic exists and a socket
 * listens to the broker.
 */
static void live_elsewhere(void)
{
	const struct bus_message *message;
	struct bus *bus, *listener;

	if (unshare(CLONE_NEWNET) || bus_open(&bus) || bus_open(&listener))
		_exit(1);
	if (bus_listen(listener, TOPICS) || bus_listen(listener, SUBSCRIBERS) ||
	    bus_subscribe(bus, "$sys/#") || bus_topic_create(bus, "left", NULL))
		_exit(2);
	/*
	 * The first events of this bus are its registration, which the listener
	 * receives, and the topic.
	 */
	if (bus_receive(bus, &message, 0) || message->seq != 2 ||
	    strcmp(message->topic, SUBSCRIBERS) != 0)
		_exit(3);
	if (bus_receive(bus, &message, 0) || message->seq != 1 ||
	    strcmp(message->topic, TOPICS) != 0)
		_exit(4);
	if (bus_receive(bus, &message, 0) != -EAGAIN)
		_exit(5);
	_exit(0);
}

static void another_namespace_hears_nothing_of_it(void **state)
{
	struct bus *watcher = watch("$sys/#");
	int status, i;
	pid_t pid;

	expect_subscriber(watcher, SUBSCRIBED, 0);
	for (i = 0; i < 20; i++) {
		pid = fork();
		assert_true(pid >= 0);
		if (!pid)
			live_elsewhere();
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
	assert_nothing_comes(watcher);
	bus_close(watcher);
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) > 0;

	close(fd);
	return written;
}

/* In a user namespace where user 0 has the number 5. */
static void live_under_other_numbers(void)
{
	const struct bus_message *message;
	const topic_event_t *event;
	struct bus *bus;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) ||
	    !write_file("/proc/self/uid_map", "5 0 1") || bus_open(&bus))
		_exit(1);
	if (bus_subscribe(bus, "$sys/#") ||
	    bus_topic_create(bus, "mine", NULL) ||
	    bus_receive(bus, &message, 0))
		_exit(2);
	if (subscriber_event(message)->uid != 5)
		_exit(3);
	if (bus_receive(bus, &message, 0))
		_exit(4);
	event = topic_event(message);
	_exit(event->uid == 5 && event->by->uid == 5 ? 0 : 5);
}

static void users_have_the_namespaces_numbers(void **state)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		live_under_other_numbers();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int initial_net = -1;

/* Modules publish in the initial network namespace. */
static void modules_topics_are_told_as_theirs(void **state)
{
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	const topic_event_t *event;
	struct bus *watcher;

	assert_int_equal(setns(initial_net, CLONE_NEWNET), 0);
	watcher = watch(TOPICS);
	load_module("kbus_puppet", "");
	event = expect_topic(watcher, CREATED, "kernel/puppet");
	assert_true(event->kernel);
	assert_null(event->by);
	assert_string_equal(event->type, "kbus.test.Puppet");
	assert_int_equal(event->mode, 0444);
	change_mode(watcher, "kernel/puppet", 0400);
	event = expect_topic(watcher, CHANGED, "kernel/puppet");
	assert_true(event->kernel);
	assert_by_me(event);
	/* It may share other modules' topics, but not the broker's. */
	assert_int_equal(puppet_call("create_brokers 0"), -EPERM);
	assert_int_equal(puppet_call("create_brokers 1"), -EPERM);
	assert_int_equal(puppet_call("publish 3 10"), 0);
	assert_int_equal(puppet_call("publish_irqs_off 4 10"), 0);
	assert_nothing_comes(watcher);
	unload_module("kbus_puppet");
	event = expect_topic(watcher, DELETED, "kernel/puppet");
	assert_int_equal(event->seq, 7);
	assert_null(event->by);
	assert_nothing_comes(watcher);
	bus_close(watcher);
	assert_int_equal(setns(here, CLONE_NEWNET), 0);
	close(here);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_topic_is_told_from_its_creation_to_its_end),
		cmocka_unit_test(another_group_is_told),
		cmocka_unit_test(what_is_refused_is_not_told),
		cmocka_unit_test(
			a_subscriber_is_told_from_its_registration_to_its_end),
		cmocka_unit_test(a_killed_subscriber_has_ended),
		cmocka_unit_test(what_nobody_hears_is_not_said),
		cmocka_unit_test(only_its_own_patterns_match_it),
		cmocka_unit_test(programs_can_read_it_and_nothing_else),
		cmocka_unit_test(a_topics_messages_are_within_its_life),
		cmocka_unit_test(a_coalesce_time_is_reported),
		cmocka_unit_test(the_last_of_each_topic_is_kept),
		cmocka_unit_test(a_storm_is_told_exactly),
		cmocka_unit_test(another_namespace_hears_nothing_of_it),
		cmocka_unit_test(users_have_the_namespaces_numbers),
		cmocka_unit_test(modules_topics_are_told_as_theirs),
	};

	initial_net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
