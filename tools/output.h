/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <jansson.h>
#include <stdio.h>

/**
 * struct output - where lines go, and what became of them
 * @file: the file
 * @err: errno of the first line that could not be written, or 0
 */
struct output {
	FILE *file;
	int err;
};

int output_end_line(struct output *output);
int output_json(struct output *output, json_t *object);

#endif /* OUTPUT_H */
