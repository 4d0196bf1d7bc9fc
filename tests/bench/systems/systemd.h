/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What dbus-broker-launch expects of systemd, for a guest that has none
 */
#ifndef SYSTEMD_H
#define SYSTEMD_H

/**
 * systemd_stand_in() - see to a journal's socket, and a machine id
 *
 * What is there already is left alone. Nobody reads what goes to the socket.
 *
 * Return: 0 or -1
 */
int systemd_stand_in(void);

/* Remove what systemd_stand_in() has made. */
void systemd_stand_down(void);

/* Listen at @path, for a program to inherit. Return: descriptor, or -1 */
int systemd_listen(const char *path);

#endif
