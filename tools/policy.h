/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef POLICY_H
#define POLICY_H

#include "bus.h"

#include <stdbool.h>

bool policy_parse(const char *text, enum bus_overflow *policy);
const char *policy_name(enum bus_overflow policy);

#endif /* POLICY_H */
