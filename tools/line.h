/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LINE_H
#define LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The longest line in bytes: any message as bus-sub prints it is shorter. */
#define LINE_MAX_SIZE (1024 * 1024)

/**
 * struct line - a line of a file
 * @text: its bytes, with a NUL behind them and without the newline
 * @len: how many
 * @number: of the line, from 1
 * @too_long: it has more than LINE_MAX_SIZE, and @text only the first of them
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
