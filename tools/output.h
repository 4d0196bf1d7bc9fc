/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <jansson.h>
#include <stdio.h>

/**
 * struct output - destination of printed lines
 * @file: the file
 */
struct output {
	FILE *file;
};

int output_end_line(struct output *output);
int output_json(struct output *output, json_t *object);

#endif /* OUTPUT_H */
