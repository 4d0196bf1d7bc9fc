/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Common parts of the command lines of the tools
 */
#ifndef OPTION_H
#define OPTION_H

#include "tool_options.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

/* Options without a short form. */
enum option_long_only {
	OPT_VERSION = 256,
	OPT_TYPE,
	OPT_MODE,
	OPT_OWNER,
	OPT_HISTORY,
	OPT_HISTORY_BYTES,
	OPT_ALLOW_BLOCK,
	OPT_COUNT_LOST,
	OPT_KEEP_GOING,
	OPT_READY,
};

/* A number that a macro stands for, as a text. */
#define OPTION_TEXT_1(number) #number
#define OPTION_TEXT(number) OPTION_TEXT_1(number)

enum parsed option_wrong(const char *tool, const char *text);
enum parsed option_unknown(const char *tool);
enum parsed option_help(const char *usage);
enum parsed option_version(const char *tool);
bool option_number(const char *text, uint64_t min, uint64_t max,
		   uint64_t *number);
bool option_u32(const char *text, uint32_t *number);
bool option_seconds(const char *text, double *seconds);

#endif /* OPTION_H */
