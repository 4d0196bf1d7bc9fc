/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * UTF-8, as names of topics and strings in payloads must be
 */
#ifndef _LINUX_KBUS_UTF8_H
#define _LINUX_KBUS_UTF8_H

#include <linux/types.h>

/**
 * kbus_utf8_size() - get the size of a UTF-8 character
 * @text: the text; at least one byte
 * @len: its length in bytes
 *
 * The well-formed characters are those of Unicode 15, table 3-7.
 *
 * Context: any.
 * Return: size of the first character in bytes, or 0 if it is not UTF-8.
 */
static inline size_t kbus_utf8_size(const u8 *text, size_t len)
{
	size_t size = *text < 0x80 ? 1 : *text < 0xe0 ? 2 : *text < 0xf0 ? 3 : 4;
	u8 second_first = 0x80;
	u8 second_last = 0xbf;
	size_t i;

	if ((*text >= 0x80 && *text < 0xc2) || *text > 0xf4 || size > len)
		return 0;
	/* Neither overlong, nor a surrogate, nor past U+10FFFF. */
	if (*text == 0xe0)
		second_first = 0xa0;
	else if (*text == 0xed)
		second_last = 0x9f;
	else if (*text == 0xf0)
		second_first = 0x90;
	else if (*text == 0xf4)
		second_last = 0x8f;
	if (size > 1 && (text[1] < second_first || text[1] > second_last))
		return 0;
	for (i = 2; i < size; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	return size;
}

#endif /* _LINUX_KBUS_UTF8_H */
