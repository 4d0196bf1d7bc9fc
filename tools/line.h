/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LINE_H
#define LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The longest line in bytes. Every message as printed by bus-sub is shorter. */
#define LINE_MAX_SIZE (1024 * 1024)

/**
 * struct line - a line of a file
 * @text: the bytes of the line, without the newline and followed by a NUL
 * @len: number of bytes in @text, without the NUL
 * @number: number of the line, from 1
 * @too_long: the line is longer than LINE_MAX_SIZE; @text has only the first
 *	LINE_MAX_SIZE bytes
 */
struct line {
	char *text;
	size_t len;
	uint64_t number;
	bool too_long;
	/* private: */
	size_t size;
};

int line_read(struct line *line, FILE *file);
void line_free(struct line *line);

#endif /* LINE_H */
