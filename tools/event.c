// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making a kbus.v1.Event of what the user typed
 */
#include "event.h"
#include "text.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char no_memory[] = "memory is short";

/* NULL if memory is short; free with event_free(). */
Kbus__V1__Event *event_new(void)
{
	Kbus__V1__Event *event = malloc(sizeof(*event));

	if (event)
		kbus__v1__event__init(event);
	return event;
}

void event_free(Kbus__V1__Event *event)
{
	if (event)
		kbus__v1__event__free_unpacked(event, NULL);
}

/* Sets the text, with U+FFFD for what is not UTF-8. */
bool event_set_text(Kbus__V1__Event *event, const char *text, size_t len)
{
	event->text = text_clean(text, len);
	if (!event->text)
		event->text = (char *)protobuf_c_empty_string;
	return event->text != protobuf_c_empty_string;
}

static Kbus__V1__Event__Field *add_field(Kbus__V1__Event *event,
					 const char *name, size_t len)
{
	Kbus__V1__Event__Field **fields;
	Kbus__V1__Event__Field *field;

	fields = reallocarray(event->fields, event->n_fields + 1,
			      sizeof(*fields));
	if (!fields)
		return NULL;
	event->fields = fields;
	field = malloc(sizeof(*field));
	if (!field)
		return NULL;
	kbus__v1__event__field__init(field);
	field->name = text_clean(name, len);
	if (!field->name) {
		free(field);
		return NULL;
	}
	fields[event->n_fields++] = field;
	return field;
}

static bool set_bool(Kbus__V1__Event__Field *field, const char *text)
{
	bool truth = !strcmp(text, "true");

	if (!truth && strcmp(text, "false") != 0)
		return false;
	field->value_case = KBUS__V1__EVENT__FIELD__VALUE_BOOL_VALUE;
	field->bool_value = truth;
	return true;
}

static bool set_int(Kbus__V1__Event__Field *field, const char *text)
{
	char *end;

	errno = 0;
	field->int_value = strtoll(text, &end, 10);
	field->value_case = KBUS__V1__EVENT__FIELD__VALUE_INT_VALUE;
	return end != text && !*end && !errno;
}

static bool set_uint(Kbus__V1__Event__Field *field, const char *text)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	field->uint_value = strtoull(text, &end, 10);
	field->value_case = KBUS__V1__EVENT__FIELD__VALUE_UINT_VALUE;
	return !*end && !errno;
}

static bool set_double(Kbus__V1__Event__Field *field, const char *text)
{
	char *end;

	errno = 0;
	field->double_value = strtod(text, &end);
	field->value_case = KBUS__V1__EVENT__FIELD__VALUE_DOUBLE_VALUE;
	return end != text && !*end && !errno;
}

static bool set_string(Kbus__V1__Event__Field *field, const char *text)
{
	field->string_value = text_clean(text, strlen(text));
	/* A field in the making owns no value yet. */
	if (field->string_value)
		field->value_case = KBUS__V1__EVENT__FIELD__VALUE_STRING_VALUE;
	return field->string_value;
}

static const struct value_type {
	const char *name;
	bool (*set)(Kbus__V1__Event__Field *field, const char *text);
	const char *fault;
} value_types[] = {
	/* What a value looks like is tried in this order. */
	{ "bool", set_bool, "a bool is true or false" },
	{ "int", set_int, "an int is a whole number that fits 64 bits" },
	{ "uint", set_uint,
	  "a uint is a whole number from 0 that fits 64 bits" },
	{ "double", set_double, "a double is a number" },
	{ "string", set_string, no_memory },
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

/* Numbers as people write them: not nan, inf or hexadecimal. */
static bool looks_numeric(const char *text)
{
	return text[strspn(text, "+-.0123456789eE")] == '\0';
}

static bool set_by_looks(Kbus__V1__Event__Field *field, const char *text)
{
	if (set_bool(field, text))
		return true;
	if (looks_numeric(text) &&
	    (set_int(field, text) || set_uint(field, text) ||
	     set_double(field, text)))
		return true;
	field->value_case = KBUS__V1__EVENT__FIELD__VALUE__NOT_SET;
	return set_string(field, text);
}

/* Adds NAME=VALUE or NAME:TYPE=VALUE; on false @fault is set. */
bool event_add_argument(Kbus__V1__Event *event, const char *argument,
			const char **fault)
{
	const char *equals = strchr(argument, '=');
	const struct value_type *type = NULL;
	Kbus__V1__Event__Field *field;
	const char *colon;

	*fault = "not of the form NAME=VALUE";
	if (!equals || equals == argument)
		return false;
	colon = memchr(argument, ':', equals - argument);
	if (colon) {
		type = find_type(colon + 1, equals - colon - 1);
		*fault =
			"NAME:TYPE=VALUE knows the types bool, int, uint, double and string";
		if (!type || colon == argument)
			return false;
	}
	*fault = no_memory;
	field = add_field(event, argument, (colon ? colon : equals) - argument);
	if (!field)
		return false;
	if (!type)
		return set_by_looks(field, equals + 1);
	*fault = type->fault;
	return type->set(field, equals + 1);
}

static bool add_json_value(Kbus__V1__Event__Field *field, const json_t *value,
			   const char **fault)
{
	switch (json_typeof(value)) {
	case JSON_TRUE:
	case JSON_FALSE:
		field->value_case = KBUS__V1__EVENT__FIELD__VALUE_BOOL_VALUE;
		field->bool_value = json_is_true(value);
		return true;
	case JSON_INTEGER:
		field->value_case = KBUS__V1__EVENT__FIELD__VALUE_INT_VALUE;
		field->int_value = json_integer_value(value);
		return true;
	case JSON_REAL:
		field->value_case = KBUS__V1__EVENT__FIELD__VALUE_DOUBLE_VALUE;
		field->double_value = json_real_value(value);
		return true;
	case JSON_STRING:
		*fault = no_memory;
		return set_string(field, json_string_value(value));
	default:
		*fault = "a value is a bool, a number or a string";
		return false;
	}
}

/* Adds each member of @object as a field; on false @fault is set. */
bool event_add_json(Kbus__V1__Event *event, const json_t *object,
		    const char **fault)
{
	Kbus__V1__Event__Field *field;
	const char *name;
	json_t *value;

	*fault = "not a JSON object";
	if (!json_is_object(object))
		return false;
	json_object_foreach((json_t *)object, name, value) {
		field = add_field(event, name, strlen(name));
		*fault = no_memory;
		if (!field || !add_json_value(field, value, fault))
			return false;
	}
	return true;
}
