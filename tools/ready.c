// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readiness: a line on a file descriptor, and a datagram to the service manager
 *
 * The datagram follows sd_notify(3), whose protocol is stable: READY=1 to the
 * Unix socket that NOTIFY_SOCKET names, '@' standing for the NUL byte of an
 * abstract name. The tools do not use libsystemd, which also loads libraries
 * for compression and encryption.
 */
#include "ready.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int notify_manager(const char *name)
{
	static const char text[] = "READY=1";
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const size_t len = strlen(name);
	ssize_t sent;
	int fd;

	if ((name[0] != '/' && name[0] != '@') ||
	    len >= sizeof(address.sun_path))
		return -EINVAL;
	memcpy(address.sun_path, name, len);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	sent = sendto(fd, text, strlen(text), MSG_NOSIGNAL,
		      (struct sockaddr *)&address,
		      offsetof(struct sockaddr_un, sun_path) + len);
	if (sent < 0)
		sent = -errno;
	close(fd);
	return sent < 0 ? (int)sent : 0;
}

/**
 * ready_notify() - say that the tool is ready
 * @fd: descriptor that gets the line "ready"
 *
 * If the environment has NOTIFY_SOCKET, the service manager is notified too.
 *
 * Return: 0, or a negative errno of the descriptor or the socket.
 */
int ready_notify(int fd)
{
	static const char line[] = "ready\n";
	const char *manager = getenv("NOTIFY_SOCKET");

	if (write(fd, line, strlen(line)) < 0)
		return -errno;
	return manager ? notify_manager(manager) : 0;
}
