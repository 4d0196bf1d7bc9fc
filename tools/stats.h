/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STATS_H
#define STATS_H

#include "tool_options.h"
#include "output.h"

int stats_run(struct bus *bus, const struct topic_options *options,
	      struct output *output);

#endif /* STATS_H */
