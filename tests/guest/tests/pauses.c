// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that process hundreds of topics or subscribers release the bus's
 * lock from time to time. Several processes make such requests at once. Each
 * request must keep its promise: when it returns, published messages arrive, or
 * no longer arrive.
 *
 * PAUSES is the number of rounds of each process.
 */
#include "people.h"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* A few times the number that is processed without a pause. */
#define TOPICS 200

/* The first are stable, the next change their mode, the others come and go. */
#define STABLE 80
#define CHANGING 140

#define CROWD 100

/* bob's subscribers, which receive the topics that change their mode. */
#define READERS 3

static unsigned long rounds;
static int worker;

static const char *topic_name(int i)
{
	static char name[32];

	snprintf(name, sizeof(name), "pauses/%d/of/many", i);
	return name;
}

struct heard {
	bool token;
	int replayed;
};

/*
 * Publishes a token on a topic, and reads the reader's messages. The topic's
 * messages must come in order, none of them twice.
 */
static struct heard hear(struct bus *publisher, struct bus *reader,
			 const char *topic)
{
	static unsigned int count;
	const struct bus_message *message;
	struct heard heard = { false, 0 };
	uint64_t last = 0;
	char token[32];
	int err;

	snprintf(token, sizeof(token), "%d %u", getpid(), ++count);
	assert_bus_ok(publisher, bus_publish(publisher, topic, token,
					     strlen(token), &no_create));
	while (!(err = bus_receive(reader, &message, 0))) {
		if (message->kind != BUS_MESSAGE ||
		    strcmp(message->topic, topic) != 0)
			continue;
		assert_true(message->seq > last);
		last = message->seq;
		heard.replayed += message->replayed;
		if (message->size == strlen(token) &&
		    !memcmp(message->payload, token, message->size))
			heard.token = true;
	}
	assert_int_equal(err, -EAGAIN);
	return heard;
}

static bool comes(struct bus *publisher, struct bus *reader, const char *topic)
{
	return hear(publisher, reader, topic).token;
}

/* Two patterns that share many topics, in turns. */
static void subscribe_and_unsubscribe(void)
{
	static const char *const patterns[] = { "pauses/#", "pauses/+/of/+" };
	struct bus *bus = open_bus();
	bool subscribed[2] = { false, false };
	unsigned long i;
	int p;

	for (i = 0; i < rounds; i++) {
		p = rand() % 2;
		if (subscribed[p])
			assert_bus_ok(bus, bus_unsubscribe(bus, patterns[p]));
		else
			assert_bus_ok(bus, bus_subscribe(bus, patterns[p]));
		subscribed[p] = !subscribed[p];
		assert_int_equal(comes(bus, bus, topic_name(rand() % STABLE)),
				 subscribed[0] || subscribed[1]);
	}
	bus_close(bus);
}

/*
 * Subscribes to a pattern that a change of mode visits first. It does so as
 * bob, because requests of one user wait for each other. The system call
 * changes the user of this thread only.
 */
static void *subscribe_anew(void *data)
{
	struct bus *bus = data;

	assert_int_equal(syscall(SYS_setresuid, -1, BOB, -1), 0);
	usleep(rand() % 2000);
	assert_bus_ok(bus, bus_subscribe_replay(bus, "#", 1));
	return NULL;
}

/*
 * Checks that the readers receive a topic if it is open. The reader that
 * subscribed again (-1: none) must have its last message replayed if it was
 * open all the time.
 */
static void check_readers(struct bus *root, struct bus *const *bob, int anew,
			  int t, bool was_open, bool is_open)
{
	static unsigned int published[CHANGING];
	struct heard heard;
	int k;

	for (k = 0; k < READERS; k++) {
		heard = hear(root, bob[k], topic_name(t));
		published[t]++;
		assert_int_equal(heard.token, is_open);
		if (k == anew && was_open && is_open && published[t] > READERS)
			assert_int_equal(heard.replayed, 1);
	}
}

/* The number of topics that change their mode while a reader subscribes. */
#define AT_ONCE 6

static int change_some(struct bus *root, bool open[CHANGING])
{
	const int first = STABLE + rand() % (CHANGING - STABLE - AT_ONCE);
	struct bus_topic_access access = { .size = sizeof(access),
					   .set = BUS_SET_MODE };
	int t;

	for (t = first; t < first + AT_ONCE; t++) {
		open[t] = rand() % 2;
		access.mode = open[t] ? 0644 : 0600;
		assert_bus_ok(root,
			      bus_topic_change(root, topic_name(t), &access));
	}
	return first;
}

/* bob's subscribers receive every topic that bob may read. */
static void change_modes(void)
{
	struct bus *root = open_bus();
	struct bus *bob[READERS];
	const struct bus_message *message;
	bool open[CHANGING] = { false }, was_open[CHANGING];
	pthread_t thread;
	unsigned long i;
	int t, k, first;

	for (k = 0; k < READERS; k++) {
		bob[k] = open_as(BOB);
		assert_int_equal(AS(BOB, bus_subscribe(bob[k], "#")), 0);
	}
	for (t = STABLE; t < CHANGING; t++)
		open[t] = true;
	for (i = 0; i < rounds; i++) {
		/* One of them subscribes again at the same time. */
		k = rand() % READERS;
		assert_bus_ok(bob[k], bus_unsubscribe(bob[k], "#"));
		/*
		 * The new subscription may replay messages that came by the
		 * old one.
		 */
		while (!bus_receive(bob[k], &message, 0))
			;
		assert_int_equal(pthread_create(&thread, NULL, subscribe_anew,
						bob[k]),
				 0);
		memcpy(was_open, open, sizeof(open));
		first = change_some(root, open);
		assert_int_equal(pthread_join(thread, NULL), 0);
		for (t = first; t < first + AT_ONCE; t++)
			check_readers(root, bob, t == first ? k : -1, t,
				      was_open[t], open[t]);
	}
	for (k = 0; k < READERS; k++)
		bus_close(bob[k]);
	bus_close(root);
}

/*
 * Topics that come and go: a new topic reaches all subscribers that wait for
 * it.
 */
static void create_and_delete(void)
{
	struct bus *bus = open_bus(), *reader = open_bus();
	const char *name;
	unsigned long i;
	int err;

	assert_bus_ok(reader, bus_subscribe(reader, "pauses/+/of/#"));
	for (i = 0; i < rounds; i++) {
		/* Each of two processes has its own topics. */
		name = topic_name(CHANGING + 2 * (rand() % 30) + worker % 2);
		err = bus_topic_create(bus, name, NULL);
		if (err)
			assert_int_equal(err, -EEXIST);
		assert_true(comes(bus, reader, name));
		assert_bus_ok(bus, bus_topic_delete(bus, name));
		assert_int_equal(bus_publish(bus, name, "x", 1, &no_create),
				 -ENOENT);
	}
	bus_close(bus);
	bus_close(reader);
}

/* Subscribers that are killed during a request of any kind. */
static void be_killed(void)
{
	unsigned long i;
	int status;
	pid_t pid;

	for (i = 0; i < rounds; i++) {
		pid = fork();
		assert_true(pid >= 0);
		if (!pid) {
			struct bus *bus = open_bus();

			for (;;) {
				bus_subscribe(bus, "#");
				bus_subscribe(bus, "+/+/+/+");
				bus_unsubscribe(bus, "#");
				bus_unsubscribe(bus, "+/+/+/+");
			}
		}
		usleep(rand() % 20000);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
	}
}

static void *close_later(void *data)
{
	usleep(rand() % 3000);
	close(*(int *)data);
	return NULL;
}

/* Closes the socket for messages while the control socket subscribes for it. */
static void close_while_it_subscribes(void)
{
	struct bus *bus;
	unsigned long i;
	pthread_t thread;
	int fd, err;

	for (i = 0; i < rounds; i++) {
		bus = open_bus();
		assert_bus_ok(bus, bus_subscribe(bus, "pauses/0/of/many"));
		fd = bus_fd(bus);
		assert_int_equal(
			pthread_create(&thread, NULL, close_later, &fd), 0);
		err = bus_subscribe(bus, "pauses/#");
		assert_true(!err || err == -ENOTCONN);
		assert_int_equal(pthread_join(thread, NULL), 0);
		err = bus_subscribe(bus, "pauses/+/of/+");
		assert_int_equal(err, -ENOTCONN);
		bus_close(bus);
	}
}

static void (*const workers[])(void) = {
	subscribe_and_unsubscribe, subscribe_and_unsubscribe, change_modes,
	create_and_delete,	   create_and_delete,	      be_killed,
	close_while_it_subscribes,
};

#define WORKERS (sizeof(workers) / sizeof(*workers))

static void each_keeps_its_promise(void **state)
{
	const struct bus_topic_options keeping = { .size = sizeof(keeping),
						   .history = 1 };
	struct bus *crowd[CROWD], *bus = open_bus();
	int i, status;
	pid_t pid;

	for (i = 0; i < CHANGING; i++)
		assert_bus_ok(bus,
			      bus_topic_create(bus, topic_name(i), &keeping));
	/*
	 * A new topic reaches more subscribers than are processed without a
	 * pause.
	 */
	for (i = 0; i < CROWD; i++) {
		crowd[i] = open_bus();
		assert_bus_ok(crowd[i], bus_subscribe(crowd[i], "pauses/#"));
	}
	for (i = 0; i < (int)WORKERS; i++) {
		pid = fork();
		assert_true(pid >= 0);
		if (!pid) {
			worker = i;
			srand(i + 1);
			workers[i]();
			exit(0);
		}
	}
	for (i = 0; i < (int)WORKERS; i++) {
		assert_true(waitpid(-1, &status, 0) > 0);
		assert_int_equal(status, 0);
	}
	for (i = 0; i < CROWD; i++)
		bus_close(crowd[i]);
	for (i = 0; i < CHANGING; i++)
		assert_bus_ok(bus, bus_topic_delete(bus, topic_name(i)));
	bus_close(bus);
}

/*
 * A user at the quota of bindings is refused in the middle of a request, and
 * then has no part of it.
 */
static void what_is_refused_leaves_nothing(void **state)
{
	struct kbus_limit limit = set_kbus_limit("user_bindings_max", 100);
	struct bus *root = open_bus(), *bob = open_as(BOB);
	int i;

	for (i = 0; i < TOPICS; i++)
		assert_bus_ok(root,
			      bus_topic_create(root, topic_name(i), NULL));
	assert_int_equal(AS(BOB, bus_subscribe(bob, "pauses/7/of/many")), 0);
	for (i = 0; i < 20; i++) {
		assert_int_equal(AS(BOB, bus_subscribe(bob, "pauses/#")),
				 -EDQUOT);
		assert_false(comes(root, bob, topic_name(i * 2)));
		assert_true(comes(root, bob, topic_name(7)));
	}
	/* bob has one of the hundred bindings. */
	for (i = 8; i < 107; i++)
		assert_int_equal(AS(BOB, bus_subscribe(bob, topic_name(i))), 0);
	put_limit_back(limit);
	assert_int_equal(AS(BOB, bus_subscribe(bob, "pauses/#")), 0);
	assert_true(comes(root, bob, topic_name(TOPICS - 1)));
	for (i = 0; i < TOPICS; i++)
		assert_bus_ok(root, bus_topic_delete(root, topic_name(i)));
	bus_close(bob);
	bus_close(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_keeps_its_promise),
		cmocka_unit_test(what_is_refused_leaves_nothing),
	};

	rounds = env_number("PAUSES", 200);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
