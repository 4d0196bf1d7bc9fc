// SPDX-License-Identifier: GPL-2.0-only
/*
 * kbus_proc: start, executions and exit of every process are published
 * correctly, however the process ends and however many threads it has
 */
#include "proc_watch.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>

/* The tests' runner catches some signals. */
static void __attribute__((noreturn)) kill_myself(int number)
{
	signal(number, SIG_DFL);
	kill(getpid(), number);
	_exit(125);
}

static void die(int kind, int number)
{
	static const int signals[] = { SIGKILL, SIGTERM, SIGSEGV,
				       SIGABRT, SIGUSR1, SIGHUP };
	int signal = signals[number % 6];
	char script[32];

	switch (kind) {
	case 0:
		_exit(number);
	case 2:
		kill_myself(signal);
	case 3:
		snprintf(script, sizeof(script), "exit %d", number);
		break;
	default:
		snprintf(script, sizeof(script), "kill -%d $$", signal);
	}
	execute("/bin/sh", script);
}

static pid_t start(int kind, int number)
{
	pid_t pid;

	if (kind == 1) {
		pid = vfork();
		if (!pid)
			_exit(number);
		return pid;
	}
	pid = fork();
	if (!pid)
		die(kind, number);
	return pid;
}

static void every_process_is_told(void **state)
{
	unsigned long count = env_number("PROCESSES", 1000);
	struct watch *watch = *state;
	unsigned long i, killed = 0, executed = 0;
	unsigned int execs[10];
	pid_t pids[10];
	size_t j;

	srand(env_number("SEED", 1));
	for (i = 0; i < count;) {
		for (j = 0; j < 10; j++, i++) {
			int kind = rand() % 5, number = rand() % 256;

			pids[j] = start(kind, number);
			execs[j] = kind > 2;
			executed += execs[j];
		}
		for (j = 0; j < 10; j++)
			killed += WIFSIGNALED(
				expect_exit(watch, pids[j], execs[j]));
	}
	printf("# %lu processes, %lu executed, %lu killed; %lu events\n", i,
	       executed, killed, watch->received);
	assert_in_range(killed, 1, count - 1);
	assert_int_equal(watch->lost, 0);
}

#define THREADS 4

static void *exit_together(void *data)
{
	atomic_int *ready = data;
	int number = atomic_fetch_add(ready, 1);

	/* It yields because the guest has only two processors. */
	while (atomic_load(ready) < THREADS)
		sched_yield();
	exit_thread(10 + number);
}

static void threads_that_exit_together_are_one_exit(void **state)
{
	unsigned long rounds = env_number("TOGETHER", 500);
	struct watch *watch = *state;
	atomic_int ready;
	pid_t pid;
	int i;

	for (; rounds; rounds--) {
		atomic_init(&ready, 0);
		pid = fork();
		if (!pid) {
			for (i = 1; i < THREADS; i++)
				start_thread(exit_together, &ready);
			exit_together(&ready);
		}
		assert_true(WIFEXITED(expect_exit(watch, pid, 0)));
		/* The threads were not reported as its children either. */
		assert_int_equal(process_of(watch, pid)->children, 0);
	}
	assert_int_equal(watch->lost, 0);
}

static char state_of(pid_t pid)
{
	char path[32], state;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
	fclose(file);
	return state;
}

struct last_words {
	int fd;
	bool all;
};

static void *exit_when_told(void *data)
{
	const struct last_words *last = data;
	char byte;

	if (read(last->fd, &byte, 1) != 1)
		_exit(126);
	if (last->all)
		_exit(22);
	exit_thread(21);
}

static void a_leader_that_exits_first_is_no_exit(void **state)
{
	struct watch *watch = *state;
	struct last_words last;
	int fds[2];
	pid_t pid;
	int i;

	for (i = 0; i < 20; i++) {
		assert_int_equal(pipe(fds), 0);
		last = (struct last_words){ fds[0], i % 2 };
		pid = fork();
		if (!pid) {
			start_thread(exit_when_told, &last);
			exit_thread(20);
		}
		while (state_of(pid) != 'Z')
			usleep(1000);
		drain(watch);
		assert_int_equal(process_of(watch, pid)->state, ALIVE);
		assert_int_equal(write(fds[1], "x", 1), 1);
		assert_int_equal(WEXITSTATUS(expect_exit(watch, pid, 0)),
				 i % 2 ? 22 : 21);
		close(fds[0]);
		close(fds[1]);
	}
}

static void *execute_alone(void *data)
{
	execute("/bin/sh", "exit 33");
}

static void *wait_for_ever(void *data)
{
	for (;;)
		pause();
	return NULL;
}

static void a_thread_that_executes_ends_no_process(void **state)
{
	struct watch *watch = *state;
	pid_t pid;
	int i;

	for (i = 0; i < 20; i++) {
		pid = fork();
		if (!pid) {
			start_thread(wait_for_ever, NULL);
			start_thread(execute_alone, NULL);
			if (i % 2)
				exit_thread(30);
			wait_for_ever(NULL);
		}
		assert_int_equal(WEXITSTATUS(expect_exit(watch, pid, 1)), 33);
	}
}

static void a_core_dump_is_told(void **state)
{
	/* A kernel without core dumps has no core_pattern. */
	bool cores = !access("/proc/sys/kernel/core_pattern", F_OK);
	struct rlimit limit = { 1 << 30, 1 << 30 };
	struct watch *watch = *state;
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (chdir("/tmp") || setrlimit(RLIMIT_CORE, &limit))
			_exit(126);
		kill_myself(SIGABRT);
	}
	status = expect_exit(watch, pid, 0);
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_int_equal(!!WCOREDUMP(status), cores);
}

static unsigned long set_pid_max(unsigned long max)
{
	FILE *file = fopen("/proc/sys/kernel/pid_max", "r+e");
	unsigned long before;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lu", &before), 1);
	rewind(file);
	assert_true(fprintf(file, "%lu", max) > 0);
	assert_int_equal(fclose(file), 0);
	return before;
}

static void a_pid_that_is_used_again_is_another_process(void **state)
{
	/* Reused pids begin at 300. */
	unsigned long before = set_pid_max(400);
	struct watch *watch = *state;
	int i, reused = 0;
	pid_t pid;

	for (i = 0; i < 300; i++) {
		pid = fork();
		if (!pid)
			_exit(i % 256);
		reused += process_of(watch, pid)->state == EXITED;
		expect_exit(watch, pid, 0);
	}
	assert_in_range(reused, 100, 299);
	set_pid_max(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_process_is_told),
		TEST(threads_that_exit_together_are_one_exit),
		TEST(a_leader_that_exits_first_is_no_exit),
		TEST(a_thread_that_executes_ends_no_process),
		TEST(a_core_dump_is_told),
		TEST(a_pid_that_is_used_again_is_another_process),
	};

	/*
	 * kbus_proc publishes only on the bus of the initial network namespace.
	 */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
