/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef JSON_LINE_H
#define JSON_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

json_t *json_line_read(const char *text, size_t len, json_error_t *error);
bool json_line_write(FILE *file, const json_t *json, bool ascii);

#endif /* JSON_LINE_H */
