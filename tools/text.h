/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>
#include <stdio.h>

char *text_clean(const char *text, size_t len);
void text_print_escaped(FILE *file, const char *text, size_t len);
char *text_base64(const void *data, size_t len);

#endif /* TEXT_H */
