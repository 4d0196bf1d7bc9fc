/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A system's daemon, and a directory of its own: one at a time
 */
#ifndef DAEMON_H
#define DAEMON_H

#include <sys/socket.h>

/* The path at which its socket is expected. */
extern char daemon_socket[108];
/* The path of its configuration. */
extern char daemon_config[108];

/**
 * daemon_prepare() - make the directory, and the configuration in it
 * @format: the configuration, as for printf(); NULL: there is none
 *
 * Return: 0 or -1
 */
int daemon_prepare(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/**
 * daemon_run() - start the daemon, and wait until it accepts connections
 * @port: on this TCP port of the loopback device; 0: on daemon_socket
 * @program: looked up in PATH; its arguments follow, the last is NULL
 *
 * Return: 0 or -1
 */
int daemon_run(unsigned short port, const char *program, ...)
	__attribute__((sentinel));

/* Stop the daemon if it runs, and remove the directory. */
void daemon_stop(void);

#endif
