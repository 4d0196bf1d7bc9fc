/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The load: subscribers that receive nothing
 */
#ifndef LOAD_H
#define LOAD_H

#include "step.h"

/* Whether the system supports the load. */
bool load_is_possible(const struct system *system, const struct load *load);

/* Become the load, beside @topics topics. */
int load_apply(const struct system *system, const struct load *load,
	       unsigned int topics);

#endif
