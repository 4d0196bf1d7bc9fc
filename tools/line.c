// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading of lines with any length and content
 */
#include "line.h"

#include <errno.h>
#include <stdlib.h>

static bool make_room(struct line *line)
{
	size_t size = line->size ? line->size * 2 : 256;
	char *text;

	if (line->len + 1 < line->size)
		return true;
	text = realloc(line->text, size);
	if (!text)
		return false;
	line->text = text;
	line->size = size;
	return true;
}

/*
 * Reads the next line. @line must be zero-initialized before the first call.
 * Returns 1, 0 at the end of the file, or -errno.
 */
int line_read(struct line *line, FILE *file)
{
	int c = getc(file);

	if (c == EOF)
		return ferror(file) ? -errno : 0;
	line->number++;
	line->len = 0;
	line->too_long = false;
	for (; c != EOF && c != '\n'; c = getc(file)) {
		line->too_long = line->len == LINE_MAX_SIZE;
		if (line->too_long)
			continue;
		if (!make_room(line))
			return -ENOMEM;
		line->text[line->len++] = (char)c;
	}
	if (!make_room(line))
		return -ENOMEM;
	line->text[line->len] = '\0';
	return ferror(file) ? -errno : 1;
}

void line_free(struct line *line)
{
	free(line->text);
}
