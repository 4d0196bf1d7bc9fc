// SPDX-License-Identifier: GPL-2.0-only
/*
 * The broker's fuzzer: FUZZ requests, in rounds, starting from seed SEED
 *
 * Each round has its own seed, network namespace and processes. A fault shows
 * in the kernel's log, in the bystander, or as a missing answer. SEED=n FUZZ=1
 * then runs that round again. The requests of each process are the same again,
 * but the order among the processes is not.
 */
#include "guest_test.h"
#include "netlink.h"

#include <grp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#define ROUND_REQUESTS 20000

/* A publisher that waits without a limit is interrupted. */
#define WAIT_MAX_MS 50

/*
 * The last process opens its first sockets as root, and then changes its user.
 */
static const uid_t users[PROCESSES] = { 0, 1000, 1001, 1000 };

struct knowledge known;
struct tally *tally;
static struct tally *tallies;

static void ignore(int signal)
{
}

static void interrupt_waits(void)
{
	const struct sigaction action = { .sa_handler = ignore };
	const struct timeval interval = { .tv_usec = WAIT_MAX_MS * 1000 };
	const struct itimerval timer = {
		.it_interval = interval,
		.it_value = interval,
	};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void become(uid_t uid)
{
	if (uid && (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
		    setresuid(uid, uid, uid)))
		_exit(1);
}

static _Noreturn void fuzz(unsigned int process, unsigned int seed)
{
	bool late = process == PROCESSES - 1;
	unsigned int made = 0;

	srand48(seed * PROCESSES + process);
	known.process = process;
	tally = &tallies[process];
	if (!late)
		become(users[process]);
	sockets_open();
	if (late)
		become(users[process]);
	/* Not before: a change of user clears it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	interrupt_waits();
	while (made < ROUND_REQUESTS / PROCESSES)
		made += sockets_step();
	sockets_finish();
	fflush(stdout);
	_exit(0);
}

static void stand_by(int left)
{
	int status;
	pid_t pid;

	while (left) {
		bystander_step();
		usleep(1000);
		while (left && (pid = waitpid(-1, &status, WNOHANG)) > 0) {
			assert_int_equal(status, 0);
			left--;
		}
	}
}

static unsigned long mark_of(const struct tally *of)
{
	unsigned long mark = 0;
	int i;

	for (i = 0; i < PROCESSES; i++)
		mark = mark * 31 + of[i].mark;
	return mark & 0xffffffff;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void run_round(unsigned int seed)
{
	uint64_t start;
	unsigned int i;
	pid_t pid;

	print_message("# seed %u\n", seed);
	fflush(stdout);
	srand48(seed);
	enter_fresh_bus();
	known.spared = bystander_open();
	start = now_ms();
	for (i = 0; i < PROCESSES; i++) {
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			fuzz(i, seed);
	}
	stand_by(PROCESSES);
	bystander_finish();
	print_message("# seed %u: %llu ms, mark %08lx\n", seed,
		      (unsigned long long)(now_ms() - start), mark_of(tallies));
}

static void the_broker_survives(void **state)
{
	unsigned long requests = env_number("FUZZ", 100000);
	unsigned int seed = env_number("SEED", 1);
	unsigned long done;

	for (done = 0; done < requests; done += ROUND_REQUESTS)
		run_round(seed++);
}

static struct tally sum_of(const struct tally *of)
{
	struct tally sum = { 0 };
	const unsigned long *from;
	unsigned long *to;
	size_t i, k;

	/* All members are unsigned long. */
	for (i = 0; i < PROCESSES; i++) {
		from = (const unsigned long *)&of[i];
		to = (unsigned long *)&sum;
		for (k = 0; k < sizeof(sum) / sizeof(*to); k++)
			to[k] += from[k];
	}
	return sum;
}

static unsigned long print_type(const struct tally *sum, unsigned int type,
				const char *name)
{
	char text[1024];
	size_t len;
	int err;

	len = snprintf(text, sizeof(text), "%s: %lu served", name,
		       sum->served[type]);
	for (err = 0; err < ERRNOS; err++)
		if (sum->refused[type][err] && len < sizeof(text))
			len += snprintf(text + len, sizeof(text) - len,
					", %lu %s", sum->refused[type][err],
					strerrorname_np(err));
	print_message("#   %s\n", text);
	return sum->served[type];
}

/* Otherwise the test would exercise only the parser. */
static void requests_of_all_types_were_served(void **state)
{
	struct tally sum = sum_of(tallies);
	const struct request *request;
	unsigned long served = 0;
	unsigned long least = -1UL;
	unsigned long count;
	size_t i;

	print_message("# %lu requests in %lu datagrams; %lu whose answer was "
		      "lost in %lu overruns; %lu messages and gaps received\n",
		      sum.requests, sum.datagrams, sum.unknown, sum.overflows,
		      sum.messages);
	for (i = 0; (request = request_at(i)); i++) {
		count = print_type(&sum, request->type, request->name);
		served += count;
		least = count < least ? count : least;
	}
	print_type(&sum, 0, "others");
	print_message("# %lu%% served\n", served * 100 / sum.requests);
	assert_in_range(served * 100 / sum.requests, 25, 100);
	assert_true(least > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_broker_survives),
		cmocka_unit_test(requests_of_all_types_were_served),
	};

	tallies =
		mmap(NULL, PROCESSES * sizeof(*tallies), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tallies == MAP_FAILED)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
