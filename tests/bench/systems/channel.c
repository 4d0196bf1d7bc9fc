// SPDX-License-Identifier: GPL-2.0-only
/*
 * Channels: see channel.h
 */
#include "channel.h"

#include <stdlib.h>
#include <unistd.h>

struct channel {
	int ends[2];
};

static struct channel *channels;
static unsigned int each; /* channels of a topic */
static unsigned int all;

int channels_open(unsigned int topics, unsigned int subscribers,
		  channel_fn *open)
{
	each = subscribers;
	channels = calloc(topics * each, sizeof(*channels));
	if (!channels)
		return system_fail_errno("calloc");
	for (all = 0; all < topics * each; all++)
		if (open(channels[all].ends))
			return system_fail_errno("opening a channel");
	return 0;
}

void channels_close(void)
{
	while (all) {
		close(channels[--all].ends[0]);
		close(channels[all].ends[1]);
	}
	free(channels);
	channels = NULL;
}

void *channels_publisher(unsigned int topic)
{
	return &channels[topic * each];
}

void *channels_subscriber(unsigned int topic, unsigned int index)
{
	return &channels[topic * each + index];
}

int channel_to(const void *publisher, unsigned int index)
{
	const struct channel *channel = publisher;

	return index < each ? channel[index].ends[1] : -1;
}

int channel_from(const void *subscriber)
{
	const struct channel *channel = subscriber;

	return channel->ends[0];
}
