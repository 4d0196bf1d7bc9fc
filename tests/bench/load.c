// SPDX-License-Identifier: GPL-2.0-only
/*
 * The load: see load.h
 */
#include "load.h"

bool load_is_possible(const struct system *system, const struct load *load)
{
	return ((!load->subscribers && !load->topics) || system->also) &&
	       (!load->patterns || system->also_pattern);
}

static int load_one(const struct system *system, const struct load *load,
		    unsigned int first)
{
	void *subscriber = system->subscriber(first, 0);
	unsigned int i;

	if (!subscriber)
		return -1;
	for (i = 1; i < load->topics; i++)
		if (system->also(subscriber, first + i))
			return -1;
	for (i = 0; i < load->patterns; i++)
		if (system->also_pattern(subscriber, i))
			return -1;
	return 0;
}

int load_apply(const struct system *system, const struct load *load,
	       unsigned int topics)
{
	unsigned int i;

	for (i = 0; i < load->subscribers; i++)
		if (!system->subscriber(topics + i, 0))
			return -1;
	if (load->topics || load->patterns)
		return load_one(system, load, topics + load->subscribers);
	return 0;
}
