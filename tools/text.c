// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preparation of untrusted texts for payloads, terminals and JSON
 */
#include "streams.h"
#include "text.h"

#include <math.h>
#include <resolv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* Length of the character at @s, or 0 if it is not UTF-8 (RFC 3629). */
static size_t utf8_length(const unsigned char *s, size_t len)
{
	size_t follow = s[0] < 0x80  ? 0 :
			s[0] < 0xc2  ? len :
			s[0] < 0xe0  ? 1 :
			s[0] < 0xf0  ? 2 :
			s[0] <= 0xf4 ? 3 :
				       len;
	size_t i;

	if (follow >= len)
		return 0;
	for (i = 1; i <= follow; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong, a surrogate, or above U+10FFFF. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return follow + 1;
}

bool text_is_utf8(const char *text, size_t len)
{
	size_t step;

	for (; len; text += step, len -= step) {
		step = utf8_length((const unsigned char *)text, len);
		if (!step)
			return false;
	}
	return true;
}

/* Returns the number of bytes of @text that are not UTF-8. */
static size_t count_bad(const char *text, size_t len)
{
	size_t count = 0;
	size_t step;

	for (; len; text += step, len -= step) {
		step = utf8_length((const unsigned char *)text, len);
		count += !step;
		step = step ? step : 1;
	}
	return count;
}

/**
 * text_clean() - copy a text, with U+FFFD for each byte that is not UTF-8
 * @text: the text, which may contain NUL
 * @len: its length in bytes
 * @room: length in bytes up to which U+FFFD is used; if the copy would be
 *	longer, each bad byte becomes a question mark, which keeps the length of
 *	@text
 * @clean_len: set to the length of the copy in bytes
 *
 * Return: the copy, followed by a NUL, to be freed; or NULL if out of memory.
 */
char *text_clean(const char *text, size_t len, size_t room, size_t *clean_len)
{
	size_t bad = count_bad(text, len);
	size_t wide = len + bad * (sizeof(replacement) - 2);
	const char *instead = wide <= room ? replacement : "?";
	char *clean = malloc((wide <= room ? wide : len) + 1);
	char *end = clean;
	size_t step;

	if (!clean)
		return NULL;
	for (; len; text += step, len -= step) {
		step = utf8_length((const unsigned char *)text, len);
		if (step)
			end = (char *)memcpy(end, text, step) + step;
		else
			end = stpcpy(end, instead);
		step = step ? step : 1;
	}
	*end = '\0';
	*clean_len = end - clean;
	return clean;
}

static uint32_t code_point(const unsigned char *s, size_t len)
{
	static const unsigned char lead_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t code = s[0] & lead_bits[len];
	size_t i;

	for (i = 1; i < len; i++)
		code = code << 6 | (s[i] & 0x3f);
	return code;
}

struct code_range {
	uint32_t first, last;
};

static bool is_among(uint32_t code, const struct code_range *ranges)
{
	for (; ranges->last; ranges++)
		if (code >= ranges->first && code <= ranges->last)
			return true;
	return false;
}

/* Characters that a terminal interprets: controls, line ends, bidi controls. */
static const struct code_range controls[] = {
	{ 0x0000, 0x001f },
	{ 0x007f, 0x009f },
	{ 0x061c, 0x061c },
	{ 0x200e, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2066, 0x2069 },
	{ 0 },
};

/*
 * Invisible characters, which make different names look the same: the code
 * points that Unicode calls default ignorable, and blanks other than U+0020.
 */
static const struct code_range invisibles[] = {
	{ 0x00a0, 0x00a0 },   { 0x00ad, 0x00ad },
	{ 0x034f, 0x034f },   { 0x115f, 0x1160 },
	{ 0x1680, 0x1680 },   { 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },   { 0x2000, 0x200d },
	{ 0x202f, 0x202f },   { 0x205f, 0x2065 },
	{ 0x206a, 0x206f },   { 0x2800, 0x2800 },
	{ 0x3000, 0x3000 },   { 0x3164, 0x3164 },
	{ 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb },
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
	{ 0xe0000, 0xe0fff }, { 0 },
};

static void print_bytes_escaped(FILE *file, const unsigned char *s, size_t len)
{
	if (*s == '\n') {
		fputs("\\n", file);
	} else if (*s == '\t') {
		fputs("\\t", file);
	} else {
		for (; len; s++, len--)
			fprintf(file, "\\x%02x", *s);
	}
}

static void print_escaped(FILE *file, const char *text, size_t len,
			  const struct code_range *more)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t step;
	uint32_t code;

	for (; len; s += step, len -= step) {
		step = utf8_length(s, len);
		code = code_point(s, step);
		if (!step || is_among(code, controls) ||
		    (more && is_among(code, more))) {
			step = step ? step : 1;
			print_bytes_escaped(file, s, step);
			continue;
		}
		if (*s == '\\')
			fputc('\\', file);
		fwrite(s, 1, step, file);
	}
}

/* Prints @text on one line, with all that a terminal interprets escaped. */
void text_print_escaped(FILE *file, const char *text, size_t len)
{
	print_escaped(file, text, len, NULL);
}

/* Does the same for a name, with invisible characters escaped as well. */
void text_print_name(FILE *file, const char *name, size_t len)
{
	print_escaped(file, name, len, invisibles);
}

/*
 * Prints the name of a topic. It is escaped on a terminal, and unchanged
 * otherwise, for scripts.
 */
void text_print_topic(FILE *file, const char *topic)
{
	if (streams_is_terminal(file))
		text_print_name(file, topic, strlen(topic));
	else
		fputs(topic, file);
}

/* Encodes base64 (RFC 4648, section 4). Returns NULL if out of memory. */
char *text_base64(const void *data, size_t len)
{
	size_t size = (len + 2) / 3 * 4 + 1;
	char *text = malloc(size);

	if (text)
		b64_ntop(data, len, text, size);
	return text;
}

/*
 * Decodes base64. Returns the bytes, to be freed, or NULL if @text is
 * ill-formed or if out of memory.
 */
void *text_from_base64(const char *text, size_t *len)
{
	/* b64_pton() needs one byte more than the length of its result. */
	size_t size = strlen(text) / 4 * 3 + 4;
	unsigned char *data = malloc(size);
	int decoded = data ? b64_pton(text, data, size) : -1;

	if (decoded < 0) {
		free(data);
		return NULL;
	}
	*len = decoded;
	return data;
}

/*
 * Returns the least precision, 1 to 17, with which the output of %g reads back
 * as the finite @number, and has no exponent for numbers below 10^15.
 */
int text_precision(double number)
{
	double size = fabs(number);
	int precision = size >= 1 && size < 1e15 ? (int)log10(size) : 0;
	char text[32];

	do
		snprintf(text, sizeof(text), "%.*g", ++precision, number);
	while (precision < 17 && strtod(text, NULL) != number);
	return precision;
}

/* Returns the double with the digits of a finite float: 0.1, not 0.1f. */
double text_widen(float number)
{
	int precision = 0;
	char text[32];

	do
		snprintf(text, sizeof(text), "%.*g", ++precision,
			 (double)number);
	while (precision < 9 && strtof(text, NULL) != number);
	return strtod(text, NULL);
}
