/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STREAMS_H
#define STREAMS_H

void streams_open(const char *tool);
int streams_wait(int fd, double seconds);

#endif /* STREAMS_H */
