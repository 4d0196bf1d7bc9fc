// SPDX-License-Identifier: GPL-2.0-only
/*
 * kbus_proc: the contents of events, processes without events, and loading and
 * unloading the module
 */
#include "proc_watch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

static pid_t run(const char *path)
{
	pid_t pid = fork();

	if (!pid)
		execute(path, "exit 0");
	return pid;
}

static void names_are_told_whatever_their_bytes(void **state)
{
	struct watch *watch = *state;
	const event_t *event;
	pid_t pid;

	unlink("/tmp/caf\xe9\\\xc3\xa9");
	assert_int_equal(symlink("/bin/busybox", "/tmp/caf\xe9\\\xc3\xa9"), 0);
	pid = run("/tmp/caf\xe9\\\xc3\xa9");
	/* Until it has executed; it is not waited for yet. */
	while (process_of(watch, pid)->execs == 0) {
		const struct bus_message *message = receive(watch->bus);

		take_message(watch, message);
	}
	event = process_of(watch, pid)->last;
	assert_string_equal(event->file, "/tmp/caf\\xe9\\\\\xc3\xa9");
	assert_string_equal(event->name, "caf\\xe9\\\\\xc3\xa9");
	expect_exit(watch, pid, 1);
	event = process_of(watch, pid)->last;
	assert_string_equal(event->name, "caf\\xe9\\\\\xc3\xa9");
}

/* Every byte of the longest path becomes four. */
static void the_longest_name_is_told_in_full(void **state)
{
	struct watch *watch = *state;
	char path[4096] = "/tmp";
	const event_t *event = NULL;
	char part[256];
	size_t i;
	pid_t pid;

	memset(part, 0xff, sizeof(part) - 1);
	part[0] = '/';
	part[sizeof(part) - 1] = '\0';
	for (i = 0; i < 15; i++) {
		strcat(path, part);
		assert_true(!mkdir(path, 0700) || errno == EEXIST);
	}
	strcat(path, "/busybox");
	unlink(path);
	assert_int_equal(symlink("/bin/busybox", path), 0);
	pid = run(path);
	while (!event ||
	       event->detail_case != KBUS__V1__PROCESS_EVENT__DETAIL_FILE) {
		take_message(watch, receive(watch->bus));
		event = process_of(watch, pid)->last;
	}
	assert_int_equal(strlen(event->file),
			 4 + 15 * (1 + 4 * 254) + strlen("/busybox"));
	assert_memory_equal(event->file, "/tmp/\\xff\\xff", 13);
	expect_exit(watch, pid, 1);
	assert_int_equal(watch->lost, 0);
}

static void users_and_pids_are_the_initial_namespaces(void **state)
{
	struct watch *watch = *state;
	const event_t *event;
	pid_t *inner = mmap(NULL, sizeof(*inner), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = fork();

	assert_true(inner != MAP_FAILED);
	if (!pid)
		_exit(setresgid(1000, 1001, 0) || setresuid(1002, 1003, 0));
	assert_int_equal(WEXITSTATUS(expect_exit(watch, pid, 0)), 0);
	event = process_of(watch, pid)->last;
	assert_int_equal(event->gid, 1000);
	assert_int_equal(event->effective_gid, 1001);
	assert_int_equal(event->uid, 1002);
	assert_int_equal(event->effective_uid, 1003);

	pid = fork();
	if (!pid) {
		if (setresuid(1002, 1002, 1002) ||
		    unshare(CLONE_NEWUSER | CLONE_NEWPID))
			_exit(126);
		pid = fork();
		if (!pid)
			_exit(getpid() == 1 && getuid() != 1002 ? 41 : 42);
		*inner = pid;
		_exit(waitpid(pid, NULL, 0) != pid);
	}
	assert_int_equal(WEXITSTATUS(expect_exit(watch, pid, 0)), 0);
	assert_int_equal(process_of(watch, pid)->children, 1);
	event = process_of(watch, *inner)->last;
	assert_non_null(event);
	assert_int_equal(event->ppid, pid);
	assert_int_equal(event->uid, 1002);
	assert_int_equal(event->exit->code, 41);
	munmap(inner, sizeof(*inner));
}

static void without_subscribers_nothing_is_published(void **state)
{
	struct watch *watch = *state;
	struct bus_topic topic;
	uint64_t before;
	int i;

	assert_bus_ok(watch->bus, bus_unsubscribe(watch->bus, TOPIC));
	topic = look_up(watch->bus, TOPIC);
	before = topic.seq;

	assert_string_equal(topic.type, "kbus.v1.ProcessEvent");
	assert_int_equal(topic.subscribers, 0);
	for (i = 0; i < 10; i++) {
		pid_t pid = run("/bin/busybox");

		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
	assert_int_equal(look_up(watch->bus, TOPIC).seq, before);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail_msg("%s: %s", path, strerror(errno));
	close(fd);
}

#define FAILSLAB "/sys/kernel/debug/failslab/"

/* Only allocations that may not wait fail: the module's, but not fork()'s. */
static void without_memory_the_loss_is_told(void **state)
{
	struct watch *watch = *state;
	pid_t pid;
	int i;

	write_file(FAILSLAB "task-filter", "Y");
	write_file(FAILSLAB "ignore-gfp-wait", "Y");
	write_file(FAILSLAB "verbose", "0");
	write_file(FAILSLAB "times", "-1");
	write_file(FAILSLAB "probability", "100");
	write_file("/proc/self/make-it-fail", "1");
	for (i = 0; i < 10; i++) {
		pid = fork();
		if (!pid)
			_exit(0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
	write_file("/proc/self/make-it-fail", "0");
	write_file(FAILSLAB "probability", "0");
	drain(watch);
	/* Events of other processes are not lost. */
	assert_int_equal(watch->lost, 20);
	pid = fork();
	if (!pid)
		_exit(0);
	expect_exit(watch, pid, 0);
	assert_int_equal(watch->lost, 20);
	assert_int_equal(watch->next, look_up(watch->bus, TOPIC).seq + 1);
}

static void *exit_at_once(void *data)
{
	return NULL;
}

static void make_processes(void)
{
	for (;;) {
		pid_t pid = fork();

		if (!pid) {
			start_thread(exit_at_once, NULL);
			exit_thread(0);
		}
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
}

static void the_module_comes_and_goes_under_load(void **state)
{
	unsigned long rounds = env_number("RELOADS", 30);
	struct watch *watch = *state;
	uint64_t received = 0;
	pid_t load[3];
	int i;

	for (i = 0; i < 3; i++) {
		load[i] = fork();
		if (!load[i])
			make_processes();
	}
	unload_module(MODULE);
	for (; rounds; rounds--) {
		drain(watch);
		load_module(MODULE, "");
		usleep(20000 + rounds % 3 * 10000);
		await_that(look_up(watch->bus, TOPIC).seq > 0);
		unload_module(MODULE);
		received = watch->received;
		drain(watch);
		assert_true(watch->received > received);
	}
	for (i = 0; i < 3; i++) {
		kill(load[i], SIGKILL);
		waitpid(load[i], NULL, 0);
	}
	assert_int_equal(watch->lost, 0);
	load_module(MODULE, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_are_told_whatever_their_bytes),
		TEST(the_longest_name_is_told_in_full),
		TEST(users_and_pids_are_the_initial_namespaces),
		TEST(without_subscribers_nothing_is_published),
		TEST(the_module_comes_and_goes_under_load),
	};
	/* Only for the debug kernel, which can make allocations fail. */
	const struct CMUnitTest faults[] = {
		TEST(without_memory_the_loss_is_told),
	};
	int failed = 0;

	/*
	 * kbus_proc publishes only on the bus of the initial network namespace.
	 */
	if (!access(FAILSLAB, F_OK))
		failed = cmocka_run_group_tests(faults, NULL, NULL);
	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
