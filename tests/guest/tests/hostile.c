// SPDX-License-Identifier: GPL-2.0-only
/*
 * One user does its worst, in every way at once: topics, sockets, stopped
 * subscribers with full backlogs, groups, deep patterns, bad requests, slow
 * socket filters of subscribers and of listeners, readers that are expensive to
 * wake. Another user's accounting stays exact.
 *
 * The time to publish and to subscribe may grow only by a limited factor. If
 * the other user lets nobody else read its topics, the baseline is a run beside
 * processes that only use the processor. If everybody may read them, the
 * baseline is a run beside as many harmless subscribers. Afterwards all memory
 * is free again.
 *
 * The load of the machine by other tasks may vary. So the two cases are
 * measured in turns, each factor is computed from neighbouring turns, and the
 * median of the rounds' factors counts.
 *
 * HOSTILE is the duration in seconds of all HOSTILE_ROUNDS together, of which
 * there are at most 5. HOSTILE_KEPT is the number of MiB that the kernel's
 * allocators may keep. HOSTILE_TURNS is how often each attack is tried before
 * measuring begins. Figures can be compared with a limit only where time counts
 * instructions: HOSTILE_FACTOR is the limit of the factors, in tenths, and
 * HOSTILE_WAIT_MS that of the time for which a SCHED_FIFO task waits for a
 * processor. Without a limit the figure is only printed.
 */
#include "attacks.h"

#include <glob.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#define BULK 5
#define SAMPLES 200000
#define SAMPLES_MIN 50

#define ROUNDS_MAX 5

/* The number of turns of each attack before measuring begins. */
#define TURNS env_number("HOSTILE_TURNS", 100)

static double seconds = 10;
static size_t rounds = ROUNDS_MAX;

/* The longest wait of the real-time task, in microseconds. */
static volatile long *longest_wait_us;

static double read_clock(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static pid_t attackers[ATTACKS];

/* Turns of each attack, in memory shared with the attackers. */
static volatile unsigned long *attack_turns;

static void start(attack_fn *const *what)
{
	size_t i;

	for (i = 0; i < ATTACKS; i++) {
		attack_turns[i] = 0;
		attackers[i] = fork();
		assert_true(attackers[i] >= 0);
		if (!attackers[i]) {
			raise_file_limit();
			be(ALICE, ALICE);
			what[i](&attack_turns[i]);
		}
	}
	for (i = 0; i < ATTACKS; i++)
		await_that(attack_turns[i] >= TURNS);
}

/* Also checks that none has ended before. */
static void stop(void)
{
	int status;
	size_t i;

	for (i = 0; i < ATTACKS; i++) {
		kill(attackers[i], SIGKILL);
		assert_int_equal(waitpid(attackers[i], &status, 0),
				 attackers[i]);
		if (!WIFSIGNALED(status))
			fail_msg("attack %zu ended alone: %d", i,
				 WEXITSTATUS(status));
	}
}

/* Like a robot's control loop: it must run each millisecond. */
static void run_each_millisecond(void)
{
	const struct sched_param at_once = { .sched_priority = 50 };
	struct timespec next;
	double late;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (sched_setscheduler(0, SCHED_FIFO, &at_once))
		_exit(1);
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (;;) {
		next.tv_nsec += 1000000;
		if (next.tv_nsec >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		late = now() - (double)next.tv_sec - (double)next.tv_nsec / 1e9;
		if (late * 1e6 > (double)*longest_wait_us)
			*longest_wait_us = (long)(late * 1e6);
		/* Missed periods are not made up for. */
		if (late > 1e-3)
			clock_gettime(CLOCK_MONOTONIC, &next);
	}
}

static pid_t start_watcher(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		run_each_millisecond();
	*longest_wait_us = 0;
	return pid;
}

static void stop_watcher(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

/* bob: two processes that answer each other, and one that reads the bulk. */

static void answer(int ready)
{
	const struct bus_message *message;
	struct bus *bus;
	uint64_t seq = 0;

	be(BOB, BOB);
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
	const struct bus_backlog small = { .size = sizeof(small),
					   .messages = 200 };
	const struct bus_message *message;
	struct bus *bus;
	uint64_t next = 1;

	be(BOB, BOB);
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
		/* At times it falls behind. */
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

/*
 * The cost of bob's calls, in microseconds. A subscriber that is woken may run
 * at once, in the middle of the call, so the cost to publish is bob's own CPU
 * time.
 */
enum { TO_PUBLISH, TO_SUBSCRIBE, FOR_AN_ANSWER, COSTS };

struct costs {
	double median[COSTS];
};

static double samples[COSTS][SAMPLES];

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

static double since(double start)
{
	return (now() - start) * 1e6;
}

static double time_to_publish(struct bus *bus, const char *topic)
{
	const double start = read_clock(CLOCK_THREAD_CPUTIME_ID);

	publish(bus, topic, "x");
	return (read_clock(CLOCK_THREAD_CPUTIME_ID) - start) * 1e6;
}

static double time_to_subscribe(struct bus *bus)
{
	const double start = now();

	assert_bus_ok(bus, bus_subscribe(bus, "bob/ping"));
	assert_bus_ok(bus, bus_unsubscribe(bus, "bob/ping"));
	return since(start);
}

static double time_for_an_answer(struct bus *bus, int nth)
{
	const struct bus_message *message;
	const double start = now();

	publish(bus, "bob/ping", "x");
	assert_bus_ok(bus, bus_receive(bus, &message, PATIENCE_MS));
	assert_int_equal(message->kind, BUS_MESSAGE);
	assert_int_equal(message->seq, nth);
	return since(start);
}

static struct costs measure(const char *what, uint32_t mode)
{
	const char *const topics[] = { "bob/ping", "bob/pong", "bob/bulk" };
	const struct bus_topic_options options = {
		.size = sizeof(options),
		.access = {
			.set = BUS_SET_MODE | BUS_SET_UID,
			.uid = BOB,
			.mode = mode,
		},
	};
	struct bus *root = open_bus();
	struct costs costs;
	double end;
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
	end = now() + seconds / (double)rounds;
	while ((now() < end || count < SAMPLES_MIN) && count < SAMPLES) {
		samples[FOR_AN_ANSWER][count] =
			time_for_an_answer(bob, count + 1);
		samples[TO_PUBLISH][count] = time_to_publish(bob, "bob/bulk");
		samples[TO_SUBSCRIBE][count++] = time_to_subscribe(bob);
		for (i = 1; i < BULK; i++)
			publish(bob, "bob/bulk", "x");
		published += BULK;
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

	for (i = 0; i < COSTS; i++)
		costs.median[i] = median(samples[i], count);
	printf("# %s: to publish %.0f us, to subscribe %.0f, for an answer %.0f; bulk of %lu exact\n",
	       what, costs.median[TO_PUBLISH], costs.median[TO_SUBSCRIBE],
	       costs.median[FOR_AN_ANSWER], (unsigned long)published);
	return costs;
}

/* The ratio of the times to publish or to subscribe, whichever is larger. */
static double factor(const struct costs *one, const struct costs *other)
{
	const double publish =
		one->median[TO_PUBLISH] / other->median[TO_PUBLISH];
	const double subscribe =
		one->median[TO_SUBSCRIBE] / other->median[TO_SUBSCRIBE];

	return publish > subscribe ? publish : subscribe;
}

static int delete_it(const struct bus_topic *topic, void *data)
{
	struct bus *bus = data;

	if (topic->uid == ALICE)
		assert_bus_ok(bus, bus_topic_delete(bus, topic->name));
	return 0;
}

/* Topics outlive their creators. */
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

/* Shows what takes the memory. */
static void show_memory(const char *when)
{
	static const char *const names[] = {
		"MemFree",    "Cached", "Buffers",     "AnonPages",
		"Shmem",      "Slab",	"SUnreclaim",  "KernelStack",
		"PageTables", "Percpu", "VmallocUsed",
	};
	size_t i;

	printf("# %s, in KiB:", when);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		printf(" %s %ld", names[i], meminfo(names[i]));
	printf("\n");
}

/* Frees the memory that the kernel's allocators and caches keep for reuse. */
static void give_caches_back(void)
{
	glob_t caches;
	size_t i;

	write_or_exit("/proc/sys/vm/drop_caches", "3");
	assert_int_equal(glob("/sys/kernel/slab/*/shrink", 0, NULL, &caches),
			 0);
	for (i = 0; i < caches.gl_pathc; i++)
		write_or_exit(caches.gl_pathv[i], "1");
	globfree(&caches);
}

static long free_kib(void)
{
	/* RCU frees memory after a delay. */
	sleep(1);
	give_caches_back();
	return meminfo("MemFree") + meminfo("Cached") + meminfo("Buffers");
}

static void others_notice_nothing(void **state)
{
	const long kept = (long)env_number("HOSTILE_KEPT", 24) * 1024;
	const double most = (double)env_number("HOSTILE_FACTOR", 0) / 10;
	const long wait_us = (long)env_number("HOSTILE_WAIT_MS", 0) * 1000;
	double private[ROUNDS_MAX], public[ROUNDS_MAX];
	struct costs base, many, hostile;
	long before = free_kib(), during = 0, after = 0, waited = 0;
	pid_t watcher;
	size_t i;

	show_memory("before");
	for (i = 0; i < rounds; i++) {
		start(idle);
		base = measure("beside processes that do nothing", 0644);
		stop();
		start(plain);
		many = measure("beside as many subscribers, topics 0644", 0644);
		stop();
		start(attacks);
		sleep(1);
		watcher = start_watcher();
		hostile = measure("beside the hostile user, topics 0600", 0600);
		private[i] = factor(&hostile, &base);
		hostile = measure("beside the hostile user, topics 0644", 0644);
		public[i] = factor(&hostile, &many);
		during = free_kib();
		stop_watcher(watcher);
		if (*longest_wait_us > waited)
			waited = *longest_wait_us;
		stop();
		delete_alices_topics();
		printf("# factors %.1f and %.1f; as many subscribers alone, %.1f\n",
		       private[i], public[i], factor(&many, &base));
	}
	for (i = 0; i < 60 && (i == 0 || before - after >= kept); i++)
		after = free_kib();
	printf("# median factors %.1f and %.1f; the attack held %ld MiB, of which %ld are not back\n",
	       median(private, rounds), median(public, rounds),
	       (before - during) / 1024, (before - after) / 1024);
	show_memory("after");
	printf("# the longest wait for a processor: %ld us\n", waited);
	assert_true(!most || median(private, rounds) <= most);
	assert_true(!most || median(public, rounds) <= most);
	assert_true(!wait_us || waited <= wait_us);
	/* Slab caches keep some memory, and the processes used some. */
	assert_true(before - after < kept);
}

/* Nothing counts against the user any more, so the full quota is available. */
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
	rounds = env_number("HOSTILE_ROUNDS", ROUNDS_MAX);
	if (!rounds || rounds > ROUNDS_MAX)
		return 1;
	attack_turns =
		mmap(NULL, ATTACKS * sizeof(*attack_turns),
		     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	longest_wait_us =
		mmap(NULL, sizeof(*longest_wait_us), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (attack_turns == MAP_FAILED || longest_wait_us == MAP_FAILED)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
