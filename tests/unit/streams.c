// SPDX-License-Identifier: GPL-2.0-only
#include "unit_test.h"

#include "deadline.h"
#include "streams.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MANY 200000

/* A child that runs a tool: its streams and its exit status. */
struct child {
	pid_t pid;
	int in;	 /* to its standard input */
	int out; /* from its standard output */
	int err;
	int status;
	char told[256]; /* on standard error */
};

static bool close_fails;

int __real_close(int fd);
int __wrap_close(int fd);

/* Fails like close() on a network file system that writes on close. */
int __wrap_close(int fd)
{
	if (close_fails && fd == STDOUT_FILENO) {
		errno = ENOSPC;
		return -1;
	}
	return __real_close(fd);
}

static void become_child(const int *in, const int *out, const int *err)
{
	dup2(in[0], STDIN_FILENO);
	dup2(out[1], STDOUT_FILENO);
	dup2(err[1], STDERR_FILENO);
	close_range(3, ~0U, 0);
}

/*
 * Runs @act, then exit(), in a child with pipes for streams. @prepare may
 * change the streams first.
 */
static struct child start(void (*prepare)(void), void (*act)(void))
{
	struct child child = { 0 };
	int in[2], out[2], err[2];

	assert_int_equal(pipe(in) | pipe(out) | pipe(err), 0);
	fflush(stdout);
	child.pid = fork();
	if (!child.pid) {
		become_child(in, out, err);
		prepare();
		streams_open("tool");
		act();
		exit(0);
	}
	close(in[0]);
	close(out[1]);
	close(err[1]);
	child.in = in[1];
	child.out = out[0];
	child.err = err[0];
	return child;
}

static void finish(struct child *child)
{
	ssize_t size = read(child->err, child->told, sizeof(child->told) - 1);

	assert_true(size >= 0);
	assert_int_equal(waitpid(child->pid, &child->status, 0), child->pid);
	close(child->in);
	close(child->out);
	close(child->err);
}

static struct child run(void (*prepare)(void), void (*act)(void))
{
	struct child child = start(prepare, act);

	finish(&child);
	return child;
}

static void assert_fails(const struct child *child, const char *told)
{
	assert_string_equal(child->told, told);
	assert_true(WIFEXITED(child->status));
	assert_int_equal(WEXITSTATUS(child->status), EXIT_FAILURE);
}

static void assert_succeeds(const struct child *child)
{
	assert_string_equal(child->told, "");
	assert_int_equal(child->status, 0);
}

static void assert_signalled(const struct child *child, int signal)
{
	assert_string_equal(child->told, "");
	assert_true(WIFSIGNALED(child->status));
	assert_int_equal(WTERMSIG(child->status), signal);
}

/* Waits until the child blocks, or has ended. */
static void await_sleep(const struct child *child)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	char path[64], state = '\0';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)child->pid);
	while (state != 'S' && state != 'Z') {
		nanosleep(&moment, NULL);
		file = fopen(path, "re");
		assert_non_null(file);
		assert_int_equal(fscanf(file, "%*d %*s %c", &state), 1);
		fclose(file);
	}
}

static void close_output(void)
{
	close(STDOUT_FILENO);
}

static void close_errors(void)
{
	close(STDERR_FILENO);
}

static void close_input(void)
{
	close(STDIN_FILENO);
}

static void close_all(void)
{
	close_range(0, ~0U, 0);
}

static void change_nothing(void)
{
}

static void fill_disk(void)
{
	dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
}

static void fail_at_close(void)
{
	close_fails = true;
}

static void set_nonblocking(void)
{
	fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
	fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK);
}

static void ignore_sigpipe(void)
{
	signal(SIGPIPE, SIG_IGN);
}

static void block_sigalrm(void)
{
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void block_sigalrm_and_set_nonblocking(void)
{
	block_sigalrm();
	set_nonblocking();
}

static void print_to_terminal(void)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY);

	grantpt(terminal);
	unlockpt(terminal);
	dup2(open(ptsname(terminal), O_RDWR | O_NOCTTY), STDOUT_FILENO);
}

static void look_for_terminals(void)
{
	if (!streams_is_terminal(stdout) || streams_is_terminal(stderr))
		_exit(10);
}

static void act_not(void)
{
}

static void print_line(void)
{
	puts("a line");
}

static void complain(void)
{
	fputs("a complaint\n", stderr);
}

static void print_many(void)
{
	int i;

	for (i = 0; i < MANY; i++)
		putchar('x');
}

static void read_line(void)
{
	size_t size = 0;
	char *line = NULL;

	if (getline(&line, &size, stdin) < 0)
		fprintf(stderr, "read: %s\n", strerror(errno));
	else
		fputs(line, stdout);
	free(line);
}

/* Descriptors opened later are never 0, 1 or 2, so no output reaches them. */
static void print_beside_socket(void)
{
	char byte;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) || fds[0] < 3 ||
	    fds[1] < 3)
		_exit(10);
	print_line();
	complain();
	if (!fflush(stdout) || !ferror(stderr) || getchar() != EOF)
		_exit(11);
	if (recv(fds[0], &byte, 1, MSG_DONTWAIT) != -1 ||
	    recv(fds[1], &byte, 1, MSG_DONTWAIT) != -1)
		_exit(12);
}

static void await_reader(void)
{
	if (streams_wait(-1, -1) != -ECANCELED)
		_exit(10);
}

static void print_until_deadline(void)
{
	deadline_set(0.001);
	print_many();
	if (!fflush(stdout) || !deadline_is_over())
		_exit(10);
}

static void a_closed_stream_is_an_error_where_it_is_used(void **state)
{
	struct child child = run(close_input, read_line);

	assert_string_equal(child.told, "read: Bad file descriptor\n");
	child = run(close_output, print_line);
	assert_fails(&child, "tool: cannot write: Bad file descriptor\n");
	child = run(close_errors, complain);
	assert_fails(&child, "");
	child = run(close_output, await_reader);
	assert_fails(&child, "tool: cannot write: Bad file descriptor\n");
}

static void a_closed_stream_is_none_where_it_is_not_used(void **state)
{
	struct child child = run(close_output, act_not);

	assert_succeeds(&child);
	child = run(close_all, act_not);
	assert_succeeds(&child);
}

static void a_closed_stream_is_no_place_for_another_file(void **state)
{
	struct child child = run(close_all, print_beside_socket);

	assert_fails(&child, "");
}

static void what_cannot_be_written_is_told(void **state)
{
	struct child child = run(fill_disk, print_line);

	assert_fails(&child, "tool: cannot write: No space left on device\n");
	child = run(fail_at_close, print_line);
	assert_fails(&child, "tool: cannot write: No space left on device\n");
	child = run(change_nothing, print_line);
	assert_succeeds(&child);
}

static void output_that_does_not_block_is_waited_for(void **state)
{
	struct child child = start(set_nonblocking, print_many);
	char buffer[4096];
	size_t total = 0;
	ssize_t size;

	await_sleep(&child);
	while ((size = read(child.out, buffer, sizeof(buffer))) > 0)
		total += (size_t)size;
	finish(&child);
	assert_succeeds(&child);
	assert_int_equal(total, MANY);
}

static void input_that_does_not_block_is_waited_for(void **state)
{
	struct child child = start(set_nonblocking, read_line);
	char line[16] = "";

	await_sleep(&child);
	assert_int_equal(write(child.in, "a li", 4), 4);
	await_sleep(&child);
	assert_int_equal(write(child.in, "ne\n", 3), 3);
	assert_int_equal(read(child.out, line, sizeof(line)), 7);
	finish(&child);
	assert_succeeds(&child);
	assert_string_equal(line, "a line\n");
}

static struct child run_without_reader(void (*prepare)(void), void (*act)(void))
{
	struct child child = start(prepare, act);

	close(child.out);
	child.out = -1;
	finish(&child);
	return child;
}

static void a_reader_that_is_gone_ends_writing_and_waiting(void **state)
{
	static void (*const acts[])(void) = { print_many, await_reader };
	struct child child;
	size_t i;

	for (i = 0; i < 2; i++) {
		child = run_without_reader(change_nothing, acts[i]);
		assert_signalled(&child, SIGPIPE);
		child = run_without_reader(ignore_sigpipe, acts[i]);
		assert_fails(&child, "tool: cannot write: Broken pipe\n");
	}
}

static void the_deadline_ends_a_write_that_waits(void **state)
{
	struct child child = run(block_sigalrm, print_until_deadline);

	assert_succeeds(&child);
	child = run(block_sigalrm_and_set_nonblocking, print_until_deadline);
	assert_succeeds(&child);
}

static void a_terminal_is_known(void **state)
{
	struct child child = run(print_to_terminal, look_for_terminals);

	assert_succeeds(&child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_closed_stream_is_an_error_where_it_is_used),
		cmocka_unit_test(a_closed_stream_is_none_where_it_is_not_used),
		cmocka_unit_test(a_closed_stream_is_no_place_for_another_file),
		cmocka_unit_test(what_cannot_be_written_is_told),
		cmocka_unit_test(output_that_does_not_block_is_waited_for),
		cmocka_unit_test(input_that_does_not_block_is_waited_for),
		cmocka_unit_test(
			a_reader_that_is_gone_ends_writing_and_waiting),
		cmocka_unit_test(the_deadline_ends_a_write_that_waits),
		cmocka_unit_test(a_terminal_is_known),
	};

	/* A child that waits forever fails the test. */
	alarm(300);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
