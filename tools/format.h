/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FORMAT_H
#define FORMAT_H

#include "bus.h"

#include <stdbool.h>
#include <stdio.h>

#define FORMAT_DEFAULT "%t %m"

bool format_check(const char *format);
void format_print(FILE *file, const char *format,
		  const struct bus_message *message);
bool format_json(FILE *file, const struct bus_message *message);
void format_gap(FILE *file, const struct bus_message *gap);

#endif /* FORMAT_H */
