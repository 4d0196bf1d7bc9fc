// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON in lines, with integers up to 2^64 - 1 and the fewest digits
 */
#include "json_line.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/*
 * jansson's integers are below 2^63. It reports the position of a larger one.
 * The digits before @end are replaced by {"uint": "DIGITS"}. Returns the new
 * text, or NULL if there are no such digits or the program is out of memory.
 */
static char *wrap_uint(const char *text, size_t *len, size_t end)
{
	static const char head[] = "{\"uint\":\"", tail[] = "\"}";
	size_t begin = end;
	char *wrapped, *to;

	while (begin && text[begin - 1] >= '0' && text[begin - 1] <= '9')
		begin--;
	/* Digits that end a negative or fractional number are not wrapped. */
	if (begin == end || (begin && memchr("-+.eE", text[begin - 1], 5)))
		return NULL;
	wrapped = malloc(*len + sizeof(head) + sizeof(tail));
	if (!wrapped)
		return NULL;
	to = (char *)memcpy(wrapped, text, begin) + begin;
	to = stpcpy(to, head);
	to = (char *)memcpy(to, text + begin, end - begin) + (end - begin);
	to = stpcpy(to, tail);
	memcpy(to, text + end, *len - end);
	*len += sizeof(head) + sizeof(tail) - 2;
	return wrapped;
}

/**
 * json_line_read() - parse a JSON object
 * @text: the text, UTF-8
 * @len: its length in bytes
 * @error: set on failure
 *
 * Return: the object, to be released with json_decref(), or NULL with @error
 * set if @text is not valid JSON. An integer of 2^63 or more is replaced by an
 * object with its digits as the member "uint".
 */
json_t *json_line_read(const char *text, size_t len, json_error_t *error)
{
	const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;
	json_t *json = json_loadb(text, len, flags, error);
	char *wrapped = NULL;
	char *next;

	while (!json && json_error_code(error) == json_error_numeric_overflow &&
	       error->position > 0 && (size_t)error->position <= len) {
		next = wrap_uint(wrapped ? wrapped : text, &len,
				 error->position);
		if (!next)
			break;
		free(wrapped);
		wrapped = next;
		json = json_loadb(wrapped, len, flags, error);
	}
	free(wrapped);
	return json;
}

static bool write_value(FILE *file, const json_t *json, size_t flags);

static bool has_real(const json_t *json)
{
	json_t *value;
	const char *key;
	size_t i;

	json_object_foreach((json_t *)json, key, value)
		if (has_real(value))
			return true;
	json_array_foreach((json_t *)json, i, value)
		if (has_real(value))
			return true;
	return json_is_real(json);
}

static bool write_real(FILE *file, const json_t *json, size_t flags)
{
	double number = json_real_value(json);
	int precision = text_precision(number);

	return !json_dumpf(json, file, flags | JSON_REAL_PRECISION(precision));
}

static bool write_object(FILE *file, const json_t *json, size_t flags)
{
	const char *separator = "";
	json_t *name, *value;
	const char *key;
	size_t len;

	fputc('{', file);
	json_object_keylen_foreach((json_t *)json, key, len, value) {
		name = json_stringn(key, len);
		fputs(separator, file);
		if (!name || json_dumpf(name, file, flags) ||
		    fputc(':', file) == EOF ||
		    !write_value(file, value, flags)) {
			json_decref(name);
			return false;
		}
		json_decref(name);
		separator = ",";
	}
	return fputc('}', file) != EOF;
}

static bool write_array(FILE *file, const json_t *json, size_t flags)
{
	json_t *value;
	size_t i;

	fputc('[', file);
	json_array_foreach((json_t *)json, i, value) {
		if (i)
			fputc(',', file);
		if (!write_value(file, value, flags))
			return false;
	}
	return fputc(']', file) != EOF;
}

static bool write_value(FILE *file, const json_t *json, size_t flags)
{
	/*
	 * jansson uses one precision per call, so each number is written
	 * separately.
	 */
	if (!has_real(json))
		return !json_dumpf(json, file, flags);
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		return write_object(file, json, flags);
	case JSON_ARRAY:
		return write_array(file, json, flags);
	default:
		return write_real(file, json, flags);
	}
}

/*
 * Writes @json in one line, without a newline. Each number has the fewest
 * digits that read back as the same number. With @ascii, all other characters
 * are escaped. Returns false if @json is NULL because the program is out of
 * memory, or if writing fails.
 */
bool json_line_write(FILE *file, const json_t *json, bool ascii)
{
	size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;

	if (ascii)
		flags |= JSON_ENSURE_ASCII;
	return json && write_value(file, json, flags);
}
