/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STREAMS_H
#define STREAMS_H

#include <stdbool.h>
#include <stdio.h>

void streams_open(const char *tool);
bool streams_is_terminal(FILE *file);
int streams_wait(int fd, double seconds);

#endif /* STREAMS_H */
