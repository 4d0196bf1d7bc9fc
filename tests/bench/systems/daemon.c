// SPDX-License-Identifier: GPL-2.0-only
/*
 * A system's daemon, and a directory of its own: one at a time
 */
#include "daemon.h"

#include "../system.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRIES 1000
#define TRY_US 10000
#define ARGUMENTS 16
#define NOT_FOUND 127

char daemon_socket[108];
char daemon_config[108];

static char directory[64];
static char log_path[108];
static pid_t daemon_pid;

int daemon_prepare(const char *format, ...)
{
	va_list values;
	FILE *file;

	strcpy(directory, "/tmp/bus-bench-XXXXXX");
	if (!mkdtemp(directory)) {
		directory[0] = 0;
		return system_fail_errno("mkdtemp");
	}
	snprintf(daemon_socket, sizeof(daemon_socket), "%s/socket", directory);
	snprintf(daemon_config, sizeof(daemon_config), "%s/config", directory);
	snprintf(log_path, sizeof(log_path), "%s/log", directory);
	if (!format)
		return 0;
	file = fopen(daemon_config, "w");
	if (!file)
		return system_fail_errno(daemon_config);
	va_start(values, format);
	vfprintf(file, format, values);
	va_end(values);
	return fclose(file) ? system_fail_errno(daemon_config) : 0;
}

static void execute(const char *program, char **arguments)
{
	int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	execvp(program, arguments);
	_exit(NOT_FOUND);
}

static bool connects(const struct sockaddr *address, socklen_t size)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool connected = !connect(fd, address, size);

	close(fd);
	return connected;
}

static bool answers(unsigned short port)
{
	struct sockaddr_in tcp = { AF_INET,
				   htons(port),
				   { htonl(INADDR_LOOPBACK) } };
	struct sockaddr_un local = { AF_UNIX };

	if (port)
		return connects((struct sockaddr *)&tcp, sizeof(tcp));
	memcpy(local.sun_path, daemon_socket, sizeof(local.sun_path));
	return connects((struct sockaddr *)&local, sizeof(local));
}

/* The error includes the last line of the daemon's log. */
static int ended(const char *program, int status)
{
	char line[256] = "";
	FILE *log;

	daemon_pid = 0;
	log = fopen(log_path, "r");
	while (log && fgets(line, sizeof(line), log))
		;
	if (log)
		fclose(log);
	line[strcspn(line, "\n")] = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND && !line[0])
		return system_fail("%s is not installed", program);
	return system_fail("%s ended: %s", program, line);
}

int daemon_run(unsigned short port, const char *program, ...)
{
	char *arguments[ARGUMENTS] = { (char *)program };
	va_list values;
	int status, i;

	va_start(values, program);
	for (i = 1; i < ARGUMENTS - 1; i++) {
		arguments[i] = va_arg(values, char *);
		if (!arguments[i])
			break;
	}
	va_end(values);
	daemon_pid = fork();
	if (daemon_pid < 0)
		return system_fail_errno("fork");
	if (!daemon_pid)
		execute(program, arguments);
	for (i = 0; i < TRIES; i++) {
		usleep(TRY_US);
		if (waitpid(daemon_pid, &status, WNOHANG) > 0)
			return ended(program, status);
		if (answers(port))
			return 0;
	}
	return system_fail("%s does not answer", program);
}

static void end(void)
{
	int i;

	kill(daemon_pid, SIGTERM);
	for (i = 0; i < TRIES / 4; i++) {
		if (waitpid(daemon_pid, NULL, WNOHANG) > 0)
			return;
		usleep(TRY_US);
	}
	kill(daemon_pid, SIGKILL);
	waitpid(daemon_pid, NULL, 0);
}

void daemon_stop(void)
{
	struct dirent *entry;
	DIR *dir;

	if (daemon_pid > 0)
		end();
	daemon_pid = 0;
	dir = directory[0] ? opendir(directory) : NULL;
	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(directory);
	directory[0] = 0;
}
