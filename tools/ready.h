/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Saying that a tool is ready
 */
#ifndef READY_H
#define READY_H

int ready_notify(int fd);

#endif /* READY_H */
