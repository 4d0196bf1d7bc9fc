// SPDX-License-Identifier: GPL-2.0-only
/*
 * One user does its worst, in every way at once: topics, sockets, stopped
 * subscribers with full backlogs, groups, deep patterns, bad requests, slow socket
 * filters of subscribers and of listeners, readers that are dear to wake. Another
 * user's accounting stays exact, and its latency within a factor of what as
 * many processes cost that only use the processor; afterwards all memory is
 * back.
 *
 * The machine may be busy with other things, now more, now less. So the two are
 * measured in turns, each factor is one of neighbours, and the median of the
 * rounds' factors counts.
 *
 * HOSTILE is for how many seconds, in all rounds; HOSTILE_KEPT, how many MiB may
 * stay with the kernel's allocators; HOSTILE_TURNS, how often each attack is tried
 * before it is measured; HOSTILE_LOADS, how long its filters are, up to 600;
 * HOSTILE_SOCKETS, how many have one, and how many are dear to wake, up to 50.
 */
#include "people.h"

#include <linux/kbus.h>
#include <linux/netlink.h>
#include <linux/filter.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

/* Of medians. A publisher pays for each subscriber that its topic's mode lets
 * in, so that this is mostly about how many one user may have.
 */
#define FACTOR_PRIVATE 5
#define FACTOR_PUBLIC 10
#define BULK 5
#define SAMPLES 200000
#define SAMPLES_MIN 50

#define ROUNDS 5

/* How often each of the attacks has been tried when measuring begins. */
#define TURNS env_number("HOSTILE_TURNS", 100)

static double seconds = 10;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void be(uid_t uid)
{
	const struct rlimit files = { 4096, 4096 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (setrlimit(RLIMIT_NOFILE, &files) || setgroups(0, NULL) ||
	    setgid(uid) || setuid(uid))
		_exit(1);
}

/* The attacks; each goes on until it is killed, and counts its turns. */

static void only_use_the_processor(volatile unsigned long *turns)
{
	for (;; ++*turns)
		sched_yield();
}

static struct bus *bus_or_die(void)
{
	struct bus *bus;

	if (bus_open(&bus))
		_exit(2);
	return bus;
}

static void make_topics(volatile unsigned long *turns)
{
	const struct bus_topic_options kept = {
		.history = 4096,
		.history_bytes = 16 << 20,
	};
	static const char payload[16000];
	struct bus *bus = bus_or_die();
	char name[64];
	int i;

	for (i = 0;; i++, ++*turns) {
		snprintf(name, sizeof(name), "worst/%d/of/many", i % 5000);
		bus_topic_create(bus, name, i % 3 ? NULL : &kept);
		bus_publish(bus, name, payload, sizeof(payload), &no_create);
		if (i % 7 == 0)
			bus_topic_delete(bus, name);
	}
}

/* Groups of topics that are gone, and yet listened to. */
static void hold_groups(volatile unsigned long *turns)
{
	struct bus *bus = bus_or_die();
	char name[64];
	int i;

	for (i = 0;; i++, ++*turns) {
		snprintf(name, sizeof(name), "held/%d", i);
		bus_topic_create(bus, name, NULL);
		bus_listen(bus, name);
		bus_topic_delete(bus, name);
	}
}

/* Everybody's topics, and nothing is ever read. */
static void stop_reading(volatile unsigned long *turns)
{
	const struct bus_backlog all = { 1000000, 64 << 20, 0 };
	struct bus *bus;
	int i;

	/* The others have some sockets, too. */
	for (i = 0; i < 100; ++*turns) {
		bus = bus_or_die();
		bus_set_backlog(bus, &all);
		if (!bus_subscribe(bus, "#")) {
			i++;
			continue;
		}
		bus_close(bus);
		usleep(1000);
	}
	for (;; ++*turns)
		usleep(1000);
}

static void come_and_go(volatile unsigned long *turns)
{
	char pattern[256] = "";
	struct bus *bus;
	int i;

	for (i = 0; i < 127; i++)
		strcat(pattern, "+/");
	strcat(pattern, "#");
	for (i = 0;; i++, ++*turns) {
		bus = bus_or_die();
		pattern[0] = i % 2 ? '+' : 'w';
		bus_subscribe(bus, pattern);
		bus_subscribe(bus, "+/+/#");
		bus_close(bus);
	}
}

static void ask_nonsense(volatile unsigned long *turns)
{
	char buffer[4096] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = (void *)buffer;
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, KBUS_PROTOCOL);
	size_t i, size;

	srand48(getpid());
	for (;; ++*turns) {
		size = sizeof(*nlh) + lrand48() % 200;
		for (i = 0; i < size; i++)
			buffer[i] = (char)lrand48();
		nlh->nlmsg_type = KBUS_PUBLISH + lrand48() % 12;
		nlh->nlmsg_flags = NLM_F_REQUEST | (lrand48() & 0x304);
		nlh->nlmsg_len = lrand48() % 8 ? size : (size_t)lrand48();
		sendto(fd, buffer, size, 0, (void *)&kernel, sizeof(kernel));
		while (recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT) > 0)
			;
	}
}

/* The slowest filter that there is room for, which keeps all. */
static void filter_slowly(struct bus *bus)
{
	static struct sock_filter code[601];
	const unsigned long loads = env_number("HOSTILE_LOADS", 600);
	const struct sock_fprog program = { .len = loads + 1, .filter = code };
	unsigned long i;

	for (i = 0; i < loads; i++)
		code[i] = (struct sock_filter)BPF_STMT(
			BPF_LD | BPF_W | BPF_ABS,
			(uint32_t)SKF_AD_OFF + SKF_AD_PAY_OFFSET);
	code[loads] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
	if (setsockopt(bus_fd(bus), SOL_SOCKET, SO_ATTACH_FILTER, &program,
		       sizeof(program)))
		_exit(7);
}

/* As many epoll instances as there may be, and a signal for each message. */
static void watch_by_many(struct bus *bus)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = bus_fd(bus);
	int i;

	for (i = 0; i < 40; i++)
		if (epoll_ctl(epoll_create1(EPOLL_CLOEXEC), EPOLL_CTL_ADD, fd,
			      &event))
			_exit(8);
	if (fcntl(fd, F_SETOWN, -getpgrp()) || fcntl(fd, F_SETFL, O_ASYNC))
		_exit(9);
}

/* NULL if its account has no room just now. */
static struct bus *subscribe_to_all(void (*spoil)(struct bus *bus))
{
	struct bus *bus = bus_or_die();

	if (!bus_subscribe(bus, "#")) {
		spoil(bus);
		return bus;
	}
	bus_close(bus);
	usleep(1000);
	return NULL;
}

/* Receives all topics with sockets of this kind, and reads now and then. */
static void subscribe_with(void (*spoil)(struct bus *bus),
			   volatile unsigned long *turns)
{
	const struct bus_message *message;
	const unsigned long count = env_number("HOSTILE_SOCKETS", 50);
	struct bus *buses[50] = { 0 };
	unsigned long i;

	signal(SIGIO, SIG_IGN);
	setpgid(0, 0);
	for (i = 0;; i = (i + 1) % count, ++*turns) {
		if (!buses[i])
			buses[i] = subscribe_to_all(spoil);
		while (buses[i] && !bus_receive(buses[i], &message, 0))
			++*turns;
	}
}

static void subscribe_with_filters(volatile unsigned long *turns)
{
	subscribe_with(filter_slowly, turns);
}

static void subscribe_with_watchers(volatile unsigned long *turns)
{
	subscribe_with(watch_by_many, turns);
}

/* To whatever topics bob has just now. */
static void listen_with_filters(volatile unsigned long *turns)
{
	static const char *const topics[] = { "bob/ping", "bob/pong",
					      "bob/bulk" };
	struct bus *buses[20] = { 0 };
	size_t i, j;
	bool listens;

	for (i = 0;; i = (i + 1) % 20, ++*turns) {
		bus_close(buses[i]);
		buses[i] = bus_or_die();
		listens = false;
		for (j = 0; j < 3; j++)
			listens |= !bus_listen(buses[i], topics[j]);
		if (listens)
			filter_slowly(buses[i]);
		usleep(1000);
	}
}

typedef void attack_fn(volatile unsigned long *turns);

static attack_fn *const attacks[] = {
	make_topics,
	hold_groups,
	stop_reading,
	come_and_go,
	ask_nonsense,
	subscribe_with_filters,
	subscribe_with_watchers,
	listen_with_filters,
};

#define ATTACKS (sizeof(attacks) / sizeof(*attacks))

static pid_t attackers[ATTACKS];

/* Of each; shared with them. */
static volatile unsigned long *attack_turns;

static void start_attacks(bool harmless)
{
	size_t i;

	for (i = 0; i < ATTACKS; i++) {
		attack_turns[i] = 0;
		attackers[i] = fork();
		assert_true(attackers[i] >= 0);
		if (!attackers[i]) {
			be(ALICE);
			(harmless ? only_use_the_processor :
				    attacks[i])(&attack_turns[i]);
		}
	}
	for (i = 0; i < ATTACKS; i++)
		await_that(attack_turns[i] >= TURNS);
}

/* None has ended by itself. */
static void stop_attacks(void)
{
	int status;
	size_t i;

	for (i = 0; i < ATTACKS; i++) {
		kill(attackers[i], SIGKILL);
		assert_int_equal(waitpid(attackers[i], &status, 0),
				 attackers[i]);
		if (!WIFSIGNALED(status))
			fail_msg("attack %zu ended by itself: %d", i,
				 WEXITSTATUS(status));
	}
}

/* bob: two processes that answer each other, and one that reads the bulk. */

static void answer(int ready)
{
	const struct bus_message *message;
	struct bus *bus;
	uint64_t seq = 0;

	be(BOB);
	bus = bus_or_die();
	if (bus_subscribe(bus, "bob/ping") || write(ready, "x", 1) != 1)
		_exit(3);
	while (!bus_receive(bus, &message, -1)) {
		if (message->kind != BUS_MESSAGE || message->seq != ++seq)
			_exit(4);
		if (bus_publish(bus, "bob/pong", "x", 1, NULL))
			_exit(5);
	}
	_exit(6);
}

static void read_bulk(int ready)
{
	const struct bus_backlog small = { .messages = 200 };
	const struct bus_message *message;
	struct bus *bus;
	uint64_t next = 1;

	be(BOB);
	bus = bus_or_die();
	bus_set_backlog(bus, &small);
	if (bus_subscribe(bus, "bob/bulk") || write(ready, "x", 1) != 1)
		_exit(3);
	while (!bus_receive(bus, &message, -1)) {
		if (message->kind == BUS_GAP) {
			if (message->first_seq != next)
				_exit(4);
			next = message->last_seq + 1;
			continue;
		}
		if (message->seq != next++)
			_exit(5);
		if (message->size == 3)
			_exit(0);
		/* Sometimes it is behind. */
		if (next % 1000 == 0)
			usleep(20000);
	}
	_exit(6);
}

static pid_t start_reader(void (*reader)(int ready))
{
	int ready[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		reader(ready[1]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	return pid;
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double samples[SAMPLES];

/* The median of the time that an answer takes, in seconds. */
static double median_latency(const char *what, uint32_t mode)
{
	const char *const topics[] = { "bob/ping", "bob/pong", "bob/bulk" };
	const struct bus_topic_options options = {
		.access = { BUS_SET_MODE | BUS_SET_UID, BOB, 0, mode },
	};
	struct bus *root = open_bus();
	const struct bus_message *message;
	double start, end;
	pid_t answers, bulk;
	struct bus *bob;
	int status, i, count = 0;
	uint64_t published = 0;

	for (i = 0; i < 3; i++)
		assert_bus_ok(root,
			      bus_topic_create(root, topics[i], &options));
	become(BOB, BOB, NULL, 0);
	bob = open_bus();
	assert_bus_ok(bob, bus_subscribe(bob, "bob/pong"));
	become_root();
	answers = start_reader(answer);
	bulk = start_reader(read_bulk);

	become(BOB, BOB, NULL, 0);
	end = now() + seconds / ROUNDS;
	while ((now() < end || count < SAMPLES_MIN) && count < SAMPLES) {
		start = now();
		publish(bob, "bob/ping", "x");
		assert_bus_ok(bob, bus_receive(bob, &message, PATIENCE_MS));
		assert_int_equal(message->kind, BUS_MESSAGE);
		assert_int_equal(message->seq, count + 1);
		samples[count++] = now() - start;
		for (i = 0; i < BULK; i++, published++)
			publish(bob, "bob/bulk", "x");
	}
	publish(bob, "bob/bulk", "end");
	become_root();
	assert_int_equal(waitpid(bulk, &status, 0), bulk);
	assert_int_equal(status, 0);
	assert_int_equal(look_up(root, "bob/bulk").seq, published + 1);
	kill(answers, SIGKILL);
	assert_int_equal(waitpid(answers, &status, 0), answers);
	assert_true(WIFSIGNALED(status));
	for (i = 0; i < 3; i++)
		assert_bus_ok(root, bus_topic_delete(root, topics[i]));
	bus_close(bob);
	bus_close(root);

	qsort(samples, count, sizeof(*samples), compare);
	printf("# %s: %d answers, median %.0f us, 99 %% %.0f us; bulk of %lu exact\n",
	       what, count, samples[count / 2] * 1e6,
	       samples[count * 99 / 100] * 1e6, (unsigned long)published);
	return samples[count / 2];
}

static int delete_it(const struct bus_topic *topic, void *data)
{
	struct bus *bus = data;

	if (topic->uid == ALICE)
		assert_bus_ok(bus, bus_topic_delete(bus, topic->name));
	return 0;
}

/* Topics outlive who made them. */
static void delete_alices_topics(void)
{
	struct bus *lists = open_bus(), *deletes = open_bus();

	assert_bus_ok(lists, bus_topic_list(lists, delete_it, deletes));
	bus_close(deletes);
	bus_close(lists);
}

static long meminfo(const char *name)
{
	char line[128], key[64];
	FILE *file = fopen("/proc/meminfo", "re");
	long kib = -1, value;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%63[^:]: %ld", key, &value) == 2 &&
		    !strcmp(key, name))
			kib = value;
	fclose(file);
	return kib;
}

static long free_kib(void)
{
	/* RCU gives memory back in its own time. */
	sleep(1);
	return meminfo("MemFree") + meminfo("Cached") + meminfo("Buffers");
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

static void others_notice_nothing(void **state)
{
	const long kept = (long)env_number("HOSTILE_KEPT", 24) * 1024;
	double base, private[ROUNDS], public[ROUNDS];
	long before = free_kib(), during = 0, after = 0;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		start_attacks(true);
		base = median_latency("beside processes that do nothing", 0644);
		stop_attacks();
		start_attacks(false);
		sleep(1);
		private[i] =
			median_latency("beside the hostile user, topics 0600",
				       0600) /
			base;
		public[i] =
			median_latency("beside the hostile user, topics 0644",
				       0644) /
			base;
		during = free_kib();
		stop_attacks();
		delete_alices_topics();
		printf("# factors %.1f and %.1f\n", private[i], public[i]);
	}
	for (i = 0; i < 60 && (i == 0 || before - after >= kept); i++)
		after = free_kib();
	printf("# median factors %.1f and %.1f; the attack held %ld MiB, of which %ld are not back\n",
	       median(private, ROUNDS), median(public, ROUNDS),
	       (before - during) / 1024, (before - after) / 1024);
	assert_true(median(private, ROUNDS) < FACTOR_PRIVATE);
	assert_true(median(public, ROUNDS) < FACTOR_PUBLIC);
	/* Caches of slabs keep some, and its processes had some. */
	assert_true(before - after < kept);
}

/* Nothing of what it had counts any more: it can have all of it again. */
static void the_hostile_user_may_begin_anew(void **state)
{
	long topics = module_parameter("kbus", "user_topics_max");
	struct bus *alice = open_as(ALICE);
	char name[32];
	int i;

	for (i = 0; i < topics; i++) {
		snprintf(name, sizeof(name), "anew/%d", i);
		assert_int_equal(AS(ALICE, bus_topic_create(alice, name, NULL)),
				 0);
	}
	assert_int_equal(AS(ALICE, bus_topic_create(alice, "one/more", NULL)),
			 -EDQUOT);
	delete_alices_topics();
	bus_close(alice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(others_notice_nothing),
		cmocka_unit_test(the_hostile_user_may_begin_anew),
	};

	seconds = (double)env_number("HOSTILE", 10);
	attack_turns =
		mmap(NULL, ATTACKS * sizeof(*attack_turns),
		     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (attack_turns == MAP_FAILED)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
