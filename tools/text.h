/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

bool text_is_utf8(const char *text, size_t len);
char *text_clean(const char *text, size_t len);
void text_print_escaped(FILE *file, const char *text, size_t len);
char *text_base64(const void *data, size_t len);

#endif /* TEXT_H */
