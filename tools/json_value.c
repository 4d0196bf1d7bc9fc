// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON for bytes, for texts that may not be UTF-8, and for numbers that JSON
 * does not support
 */
#include "json_value.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Size of a buffer for the name of a member, including "_b64". */
#define KEY_SIZE 128

/* Returns a string, or NULL if @text is not UTF-8 or if out of memory. */
json_t *json_value_text(const void *text, size_t len)
{
	if (!text_is_utf8(text, len))
		return NULL;
	return json_stringn_nocheck(len ? text : "", len);
}

json_t *json_value_base64(const void *data, size_t len)
{
	char *text = text_base64(data, len);
	json_t *json = json_string(text);

	free(text);
	return json;
}

/* jansson's integers are below 2^63. Larger ones are strings. */
json_t *json_value_uint(uint64_t number)
{
	if (number <= INT64_MAX)
		return json_integer((json_int_t)number);
	return json_sprintf("%" PRIu64, number);
}

/* The same as the JSON encoding of Protocol Buffers. */
json_t *json_value_double(double number)
{
	if (isnan(number))
		return json_string("NaN");
	if (isinf(number))
		return json_string(number < 0 ? "-Infinity" : "Infinity");
	return json_real(number);
}

static int set_suffixed(json_t *object, const char *name, const char *suffix,
			json_t *value)
{
	char key[KEY_SIZE];

	snprintf(key, sizeof(key), "%s%s", name, suffix);
	return json_object_set_new(object, key, value);
}

/* Sets the member "@name_b64". Returns 0, or -1 if out of memory. */
int json_set_base64(json_t *object, const char *name, const void *data,
		    size_t len)
{
	return set_suffixed(object, name, "_b64", json_value_base64(data, len));
}

/*
 * Sets the member "@name", or "@name_b64" if @text is not UTF-8. Returns 0, or
 * -1 if out of memory.
 */
int json_set_text(json_t *object, const char *name, const void *text,
		  size_t len)
{
	if (!text_is_utf8(text, len))
		return json_set_base64(object, name, text, len);
	return set_suffixed(object, name, "", json_value_text(text, len));
}

static void *copy_string(const json_t *text, size_t *len)
{
	char *copy;

	*len = json_string_length(text);
	copy = malloc(*len + 1);
	if (copy)
		memcpy(copy, json_string_value(text), *len);
	return copy;
}

/*
 * Returns the bytes of a member set by json_set_base64(), to be freed. Returns
 * NULL with @fault NULL if there is no such member, and NULL with @fault set if
 * the member is not valid or the program is out of memory.
 */
void *json_get_base64(const json_t *object, const char *name, size_t *len,
		      const char **fault)
{
	char key[KEY_SIZE];
	json_t *text;

	snprintf(key, sizeof(key), "%s_b64", name);
	text = json_object_get(object, key);
	*fault = NULL;
	if (!text)
		return NULL;
	*fault = "the value of a member whose name ends in _b64 is not base64";
	return json_is_string(text) ?
		       text_from_base64(json_string_value(text), len) :
		       NULL;
}

/* The same as json_get_base64(), for a member set by json_set_text(). */
void *json_get_text(const json_t *object, const char *name, size_t *len,
		    const char **fault)
{
	const json_t *text = json_object_get(object, name);

	if (!text)
		return json_get_base64(object, name, len, fault);
	*fault = "a text, a name and a key must be strings";
	if (!json_is_string(text))
		return NULL;
	*fault = "out of memory";
	return copy_string(text, len);
}
