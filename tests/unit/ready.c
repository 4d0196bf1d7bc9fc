// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a tool that is ready says, and to whom
 */
#include "ready.h"
#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The read end of a pipe; *@writer is the other. */
static int pipe_end(int *writer)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	*writer = ends[1];
	return ends[0];
}

static void assert_says(int fd, const char *text)
{
	char got[64] = "";

	assert_int_equal(read(fd, got, sizeof(got)), strlen(text));
	assert_memory_equal(got, text, strlen(text));
}

/* A manager's socket; its first byte '@' means an abstract name. */
static int open_manager(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const socklen_t len = offsetof(struct sockaddr_un, sun_path) +
			      (socklen_t)strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, name, strlen(name));
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	return fd;
}

static void notified(const char *name)
{
	int manager = open_manager(name);
	int writer;
	int reader = pipe_end(&writer);

	setenv("NOTIFY_SOCKET", name, 1);
	assert_int_equal(ready_notify(writer), 0);
	assert_says(reader, "ready\n");
	assert_says(manager, "READY=1");
	unsetenv("NOTIFY_SOCKET");
	close(manager);
	close(reader);
	close(writer);
}

static void a_line_is_written(void **state)
{
	int writer;
	int reader = pipe_end(&writer);

	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(ready_notify(writer), 0);
	assert_says(reader, "ready\n");
	close(reader);
	close(writer);
	assert_int_equal(ready_notify(writer), -EBADF);
}

static void the_service_manager_is_notified(void **state)
{
	char name[64];

	snprintf(name, sizeof(name), "@ready-test-%d", getpid());
	notified(name);
	snprintf(name, sizeof(name), "/tmp/ready-test-%d", getpid());
	notified(name);
	unlink(name);
}

static void a_bad_manager_is_an_error(void **state)
{
	char name[200];
	int writer;
	int reader = pipe_end(&writer);

	setenv("NOTIFY_SOCKET", "relative", 1);
	assert_int_equal(ready_notify(writer), -EINVAL);
	memset(name, 'x', sizeof(name) - 1);
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	setenv("NOTIFY_SOCKET", name, 1);
	assert_int_equal(ready_notify(writer), -EINVAL);
	setenv("NOTIFY_SOCKET", "/nowhere/to/be/found", 1);
	assert_int_equal(ready_notify(writer), -ENOENT);
	unsetenv("NOTIFY_SOCKET");
	close(reader);
	close(writer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_written),
		cmocka_unit_test(the_service_manager_is_notified),
		cmocka_unit_test(a_bad_manager_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
