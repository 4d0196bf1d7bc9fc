/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

bool text_is_utf8(const char *text, size_t len);
char *text_clean(const char *text, size_t len, size_t room, size_t *clean_len);
void text_print_escaped(FILE *file, const char *text, size_t len);
void text_print_name(FILE *file, const char *name, size_t len);
void text_print_topic(FILE *file, const char *topic);
char *text_base64(const void *data, size_t len);
void *text_from_base64(const char *text, size_t *len);
int text_precision(double number);
double text_widen(float number);

#endif /* TEXT_H */
