// SPDX-License-Identifier: GPL-2.0-only
/*
 * Construction of a kbus.v1.Event from user input
 */
#include "event.h"
#include "bus.h"
#include "event.pb-c.h"
#include "text.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char no_memory[] = "out of memory";

/* Returns an event to be freed with event_free(), or NULL if out of memory. */
Whole__Event *event_new(void)
{
	static ProtobufCMessageDescriptor type;
	Whole__Event *event = malloc(sizeof(*event));

	if (!event)
		return NULL;
	/* The event is published under the name of the public type. */
	type = whole__event__descriptor;
	type.name = kbus__v1__event__descriptor.name;
	whole__event__init(event);
	event->base.descriptor = &type;
	return event;
}

void event_free(Whole__Event *event)
{
	if (event)
		whole__event__free_unpacked(event, NULL);
}

static bool copy_bytes(ProtobufCBinaryData *bytes, const char *data, size_t len)
{
	bytes->data = malloc(len + 1);
	if (!bytes->data)
		return false;
	memcpy(bytes->data, data, len);
	bytes->len = len;
	return true;
}

/* Sets the text of an event without one. Returns false if out of memory. */
bool event_set_text(Whole__Event *event, const char *text, size_t len)
{
	return copy_bytes(&event->text, text, len);
}

/* Adds a field without a value. Returns NULL if out of memory. */
Whole__Event__Field *event_add_field(Whole__Event *event, const char *name,
				     size_t len)
{
	Whole__Event__Field **fields;
	Whole__Event__Field *field;

	fields = reallocarray(event->fields, event->n_fields + 1,
			      sizeof(*fields));
	if (!fields)
		return NULL;
	event->fields = fields;
	field = malloc(sizeof(*field));
	if (!field)
		return NULL;
	whole__event__field__init(field);
	if (!copy_bytes(&field->name, name, len)) {
		free(field);
		return NULL;
	}
	fields[event->n_fields++] = field;
	return field;
}

static bool set_bool(Whole__Event__Field *field, const char *text, size_t len)
{
	bool truth = !strcmp(text, "true");

	if (!truth && strcmp(text, "false") != 0)
		return false;
	field->value_case = WHOLE__EVENT__FIELD__VALUE_BOOL_VALUE;
	field->bool_value = truth;
	return true;
}

static bool set_int(Whole__Event__Field *field, const char *text, size_t len)
{
	char *end;

	errno = 0;
	field->int_value = strtoll(text, &end, 10);
	field->value_case = WHOLE__EVENT__FIELD__VALUE_INT_VALUE;
	return len && end == text + len && !errno;
}

static bool set_uint(Whole__Event__Field *field, const char *text, size_t len)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	field->uint_value = strtoull(text, &end, 10);
	field->value_case = WHOLE__EVENT__FIELD__VALUE_UINT_VALUE;
	return end == text + len && !errno;
}

/* strtod() sets ERANGE for very small numbers as well. They are accepted. */
static bool set_double(Whole__Event__Field *field, const char *text, size_t len)
{
	char *end;

	errno = 0;
	field->double_value = strtod(text, &end);
	field->value_case = WHOLE__EVENT__FIELD__VALUE_DOUBLE_VALUE;
	return len && end == text + len &&
	       !(errno && isinf(field->double_value));
}

/* A field without a value owns no memory that would have to be freed here. */
static bool set_string(Whole__Event__Field *field, const char *text, size_t len)
{
	if (!copy_bytes(&field->string_value, text, len))
		return false;
	field->value_case = WHOLE__EVENT__FIELD__VALUE_STRING_VALUE;
	return true;
}

static bool decode_base64(ProtobufCBinaryData *bytes, const char *text,
			  size_t len)
{
	size_t size = 0;

	bytes->data =
		len == strlen(text) ? text_from_base64(text, &size) : NULL;
	bytes->len = size;
	return bytes->data;
}

static bool set_string_b64(Whole__Event__Field *field, const char *text,
			   size_t len)
{
	if (!decode_base64(&field->string_value, text, len))
		return false;
	field->value_case = WHOLE__EVENT__FIELD__VALUE_STRING_VALUE;
	return true;
}

static bool set_bytes(Whole__Event__Field *field, const char *text, size_t len)
{
	if (!decode_base64(&field->bytes_value, text, len))
		return false;
	field->value_case = WHOLE__EVENT__FIELD__VALUE_BYTES_VALUE;
	return true;
}

/* A text has @len bytes and is followed by a NUL. */
static const struct value_type {
	const char *name;
	bool (*set)(Whole__Event__Field *field, const char *text, size_t len);
	const char *fault;
} value_types[] = {
	{ "bool", set_bool, "a bool is true or false" },
	{ "int", set_int, "an int is a whole number that fits 64 bits" },
	{ "uint", set_uint,
	  "a uint is a whole number from 0 that fits 64 bits" },
	{ "double", set_double, "a double is a number" },
	{ "string", set_string, no_memory },
	{ "string_b64", set_string_b64,
	  "a string_b64 is a string's bytes in base64" },
	{ "bytes", set_bytes, "bytes are written in base64" },
};

static const struct value_type *find_type(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(value_types) / sizeof(*value_types); i++)
		if (strlen(value_types[i].name) == len &&
		    !memcmp(value_types[i].name, name, len))
			return &value_types[i];
	return NULL;
}

bool event_is_type(const char *name)
{
	return find_type(name, strlen(name));
}

static bool set_typed(Whole__Event__Field *field, const struct value_type *type,
		      const char *text, size_t len, const char **fault)
{
	bool ok = type->set(field, text, len);

	*fault = type->fault;
	/* A setter may fail after it has set the value case. */
	if (!ok)
		field->value_case = WHOLE__EVENT__FIELD__VALUE__NOT_SET;
	return ok;
}

/*
 * Sets the value of a field without one. event_is_type() is true for @type.
 * @text is followed by a NUL. Returns false and sets @fault on error.
 */
bool event_set_value(Whole__Event__Field *field, const char *type,
		     const char *text, size_t len, const char **fault)
{
	return set_typed(field, find_type(type, strlen(type)), text, len,
			 fault);
}

/* Accepts numbers in common notation: not nan, inf or hexadecimal. */
static bool looks_numeric(const char *text)
{
	return text[strspn(text, "+-.0123456789eE")] == '\0';
}

static bool set_by_looks(Whole__Event__Field *field, const char *text,
			 size_t len)
{
	if (set_bool(field, text, len))
		return true;
	if (looks_numeric(text) &&
	    (set_int(field, text, len) || set_uint(field, text, len) ||
	     set_double(field, text, len)))
		return true;
	field->value_case = WHOLE__EVENT__FIELD__VALUE__NOT_SET;
	return set_string(field, text, len);
}

static bool add_clean_argument(Whole__Event *event, const char *argument,
			       size_t len, const char **fault)
{
	const char *equals = strchr(argument, '=');
	const struct value_type *type = NULL;
	Whole__Event__Field *field;
	const char *colon;

	*fault = "not of the form NAME=VALUE";
	if (!equals || equals == argument)
		return false;
	colon = memchr(argument, ':', equals - argument);
	if (colon) {
		type = find_type(colon + 1, equals - colon - 1);
		*fault =
			"in NAME:TYPE=VALUE the type is bool, int, uint, double, string, string_b64 or bytes";
		if (!type || colon == argument)
			return false;
	}
	*fault = no_memory;
	field = event_add_field(event, argument,
				(colon ? colon : equals) - argument);
	if (!field)
		return false;
	len -= equals + 1 - argument;
	if (!type)
		return set_by_looks(field, equals + 1, len);
	return set_typed(field, type, equals + 1, len, fault);
}

/*
 * Adds NAME=VALUE or NAME:TYPE=VALUE. Returns false and sets @fault on error.
 */
bool event_add_argument(Whole__Event *event, const char *argument,
			const char **fault)
{
	size_t len = strlen(argument);
	char *clean = text_clean(argument, len, BUS_PAYLOAD_MAX, &len);
	bool ok = clean && add_clean_argument(event, clean, len, fault);

	if (!clean)
		*fault = no_memory;
	free(clean);
	return ok;
}
