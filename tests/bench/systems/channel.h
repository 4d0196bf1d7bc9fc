/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Channels: a pair of descriptors for each subscriber of each topic, for
 * systems that send to each subscriber in turn
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include "../system.h"

/* Makes a channel like pipe(): ends[0] receives, ends[1] sends. */
typedef int channel_fn(int ends[2]);

int channels_open(unsigned int topics, unsigned int subscribers,
		  channel_fn *open);
void channels_close(void);

/* For struct system. */
void *channels_publisher(unsigned int topic);
void *channels_subscriber(unsigned int topic, unsigned int index);

/* The descriptor that sends to subscriber @index, or -1 after the last. */
int channel_to(const void *publisher, unsigned int index);
int channel_from(const void *subscriber);

#endif
