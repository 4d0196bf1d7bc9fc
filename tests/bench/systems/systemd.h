/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of systemd that dbus-broker-launch expects, for a guest without
 * systemd
 */
#ifndef SYSTEMD_H
#define SYSTEMD_H

/**
 * systemd_stand_in() - provide a journal's socket, and a machine id
 *
 * Existing ones are not changed. Data sent to the socket is never read.
 *
 * Return: 0 or -1
 */
int systemd_stand_in(void);

/* Remove the socket and the machine id that systemd_stand_in() has made. */
void systemd_stand_down(void);

/* Listen at @path, for a program to inherit. Return: descriptor, or -1 */
int systemd_listen(const char *path);

#endif
