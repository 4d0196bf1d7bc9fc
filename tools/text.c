// SPDX-License-Identifier: GPL-2.0-only
/*
 * Texts from strangers: made fit for payloads, terminals and JSON
 */
#include "text.h"

#include <stdlib.h>
#include <string.h>

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/*
 * Length of the character at @s, or 0 where that is not UTF-8 (RFC 3629); or is
 * a NUL, which would end a text.
 */
static size_t utf8_length(const unsigned char *s, size_t len)
{
	size_t follow = s[0] == 0    ? len :
			s[0] < 0x80  ? 0 :
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
	/* Overlong, a surrogate, or past U+10FFFF. */
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

/* Copies @text with U+FFFD for what is not UTF-8; NULL if memory is short. */
char *text_clean(const char *text, size_t len)
{
	char *clean = malloc(len * (sizeof(replacement) - 1) + 1);
	char *end = clean;
	size_t step;

	if (!clean)
		return NULL;
	for (; len; text += step, len -= step) {
		step = utf8_length((const unsigned char *)text, len);
		if (step)
			end = (char *)memcpy(end, text, step) + step;
		else
			end = stpcpy(end, replacement);
		step = step ? step : 1;
	}
	*end = '\0';
	return clean;
}

static bool is_control(const unsigned char *s)
{
	return s[0] < 0x20 || s[0] == 0x7f || (s[0] == 0xc2 && s[1] < 0xa0);
}

/* Prints @text in one line, and nothing that a terminal would obey. */
void text_print_escaped(FILE *file, const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t step;

	for (; len; s += step, len -= step) {
		step = utf8_length(s, len);
		if (step && !is_control(s)) {
			if (*s == '\\')
				fputc('\\', file);
			fwrite(s, 1, step, file);
			continue;
		}
		step = 1;
		if (*s == '\n')
			fputs("\\n", file);
		else if (*s == '\t')
			fputs("\\t", file);
		else
			fprintf(file, "\\x%02x", *s);
	}
}

/* RFC 4648, section 4; NULL if memory is short. */
char *text_base64(const void *data, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *s = data;
	char *text = malloc((len + 2) / 3 * 4 + 1);
	char *end = text;
	size_t i;

	if (!text)
		return NULL;
	for (i = 0; i < len; i += 3) {
		size_t left = len - i;
		unsigned int bits = (unsigned int)s[i] << 16 |
				    (left > 1 ? s[i + 1] : 0U) << 8 |
				    (left > 2 ? s[i + 2] : 0U);

		*end++ = digits[bits >> 18];
		*end++ = digits[bits >> 12 & 63];
		*end++ = left > 1 ? digits[bits >> 6 & 63] : '=';
		*end++ = left > 2 ? digits[bits & 63] : '=';
	}
	*end = '\0';
	return text;
}
