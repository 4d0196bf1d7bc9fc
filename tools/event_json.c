// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conversion of events to JSON and back, such that the event remains the same
 *
 * If a value would read back as a value of another type, its type is stored
 * beside it. Fields are the members of an object if their names allow that, and
 * a list of objects with a name and a value otherwise.
 */
#include "event_json.h"
#include "json_value.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char no_memory[] = "out of memory";

static json_t *string_json(const ProtobufCBinaryData *string)
{
	if (text_is_utf8((const char *)string->data, string->len))
		return json_value_text(string->data, string->len);
	return json_value_base64(string->data, string->len);
}

static json_t *value_json(const Whole__Event__Field *field)
{
	switch (field->value_case) {
	case WHOLE__EVENT__FIELD__VALUE_BOOL_VALUE:
		return json_boolean(field->bool_value);
	case WHOLE__EVENT__FIELD__VALUE_INT_VALUE:
		return json_integer(field->int_value);
	case WHOLE__EVENT__FIELD__VALUE_UINT_VALUE:
		return json_value_uint(field->uint_value);
	case WHOLE__EVENT__FIELD__VALUE_DOUBLE_VALUE:
		return json_value_double(field->double_value);
	case WHOLE__EVENT__FIELD__VALUE_STRING_VALUE:
		return string_json(&field->string_value);
	case WHOLE__EVENT__FIELD__VALUE_BYTES_VALUE:
		return json_value_base64(field->bytes_value.data,
					 field->bytes_value.len);
	default:
		return json_null();
	}
}

/* Returns the type to store, or NULL if it follows from the value. */
static const char *type_to_tell(const Whole__Event__Field *field)
{
	const ProtobufCBinaryData *string = &field->string_value;

	switch (field->value_case) {
	case WHOLE__EVENT__FIELD__VALUE_UINT_VALUE:
		return "uint";
	case WHOLE__EVENT__FIELD__VALUE_DOUBLE_VALUE:
		return isfinite(field->double_value) ? NULL : "double";
	case WHOLE__EVENT__FIELD__VALUE_STRING_VALUE:
		return text_is_utf8((const char *)string->data, string->len) ?
			       NULL :
			       "string_b64";
	case WHOLE__EVENT__FIELD__VALUE_BYTES_VALUE:
		return "bytes";
	default:
		return NULL;
	}
}

static bool add_member(json_t *fields, json_t *types,
		       const Whole__Event__Field *field)
{
	const char *name = field->name.len ? (char *)field->name.data : "";
	const char *type = type_to_tell(field);
	size_t len = field->name.len;

	/* The name of a member is UTF-8, contains no NUL, and is unique. */
	return text_is_utf8(name, len) && !memchr(name, 0, len) &&
	       !json_object_getn(fields, name, len) &&
	       !json_object_setn_new_nocheck(fields, name, len,
					     value_json(field)) &&
	       (!type || !json_object_setn_new_nocheck(types, name, len,
						       json_string(type)));
}

/*
 * Returns the fields as an object and fills in @types, or returns NULL if the
 * fields cannot be an object.
 */
static json_t *fields_object(const Whole__Event *event, json_t *types)
{
	json_t *fields = json_object();
	size_t i;

	for (i = 0; i < event->n_fields; i++)
		if (!add_member(fields, types, event->fields[i])) {
			json_object_clear(types);
			json_decref(fields);
			return NULL;
		}
	return fields;
}

static int append_field(json_t *list, const Whole__Event__Field *field)
{
	const char *type = type_to_tell(field);
	json_t *entry = json_object();
	int err =
		json_set_text(entry, "name", field->name.data, field->name.len);

	err |= json_object_set_new(entry, "value", value_json(field));
	if (type)
		err |= json_object_set_new(entry, "type", json_string(type));
	return err | json_array_append_new(list, entry);
}

static json_t *fields_list(const Whole__Event *event)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < event->n_fields; i++)
		if (append_field(list, event->fields[i])) {
			json_decref(list);
			return NULL;
		}
	return list;
}

/*
 * Returns an event as {"text": TEXT, "fields": FIELDS, "types": TYPES}, to be
 * released with json_decref(), or NULL if out of memory.
 */
json_t *event_json(const Whole__Event *event)
{
	json_t *types = json_object();
	json_t *fields = fields_object(event, types);
	json_t *object = json_object();
	int err;

	if (!fields)
		fields = fields_list(event);
	err = json_set_text(object, "text", event->text.data, event->text.len);
	err |= json_object_set_new(object, "fields", fields);
	if (json_object_size(types))
		err |= json_object_set(object, "types", types);
	json_decref(types);
	if (!err)
		return object;
	json_decref(object);
	return NULL;
}

/* Returns the TYPE of {TYPE: VALUE}, or NULL if @json is another value. */
static const char *type_of(const json_t *json)
{
	const char *name;

	if (json_object_size(json) != 1)
		return NULL;
	name = json_object_iter_key(json_object_iter((json_t *)json));
	return name && event_is_type(name) ? name : NULL;
}

bool event_json_is_value(const json_t *json)
{
	return json_is_object(json) ? type_of(json) != NULL :
				      !json_is_array(json);
}

static bool is_number_type(const char *type)
{
	return !strcmp(type, "int") || !strcmp(type, "uint") ||
	       !strcmp(type, "double");
}

static bool set_bool(Whole__Event__Field *field, bool value)
{
	field->value_case = WHOLE__EVENT__FIELD__VALUE_BOOL_VALUE;
	field->bool_value = value;
	return true;
}

static bool set_double(Whole__Event__Field *field, double value)
{
	field->value_case = WHOLE__EVENT__FIELD__VALUE_DOUBLE_VALUE;
	field->double_value = value;
	return true;
}

/*
 * Sets a value of @type. A number may be a JSON number or a string. A number of
 * 2^63 or more comes from json_line_read() as {"uint": DIGITS}.
 */
static bool set_typed(Whole__Event__Field *field, const char *type,
		      const json_t *json, const char **fault)
{
	char text[32];

	if (is_number_type(type) && json_is_object(json))
		json = json_object_get(json, "uint");
	if (json_is_string(json) && strcmp(type, "bool") != 0)
		return event_set_value(field, type, json_string_value(json),
				       json_string_length(json), fault);
	*fault = "in {\"TYPE\": VALUE} the value is not of this type";
	if (json_is_boolean(json) && !strcmp(type, "bool"))
		return set_bool(field, json_is_true(json));
	if (json_is_real(json) && !strcmp(type, "double"))
		return set_double(field, json_real_value(json));
	if (!json_is_integer(json) || !is_number_type(type))
		return false;
	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT,
		 json_integer_value(json));
	return event_set_value(field, type, text, strlen(text), fault);
}

/* @told is the stored type, or NULL. */
static bool set_value(Whole__Event__Field *field, const json_t *json,
		      const json_t *told, const char **fault)
{
	const char *type = type_of(json);

	if (told) {
		type = json_string_value(told);
		*fault = "there is no such type";
		return type && event_is_type(type) &&
		       set_typed(field, type, json, fault);
	}

	if (type)
		return set_typed(field, type, json_object_get(json, type),
				 fault);
	switch (json_typeof(json)) {
	case JSON_TRUE:
	case JSON_FALSE:
		return set_typed(field, "bool", json, fault);
	case JSON_INTEGER:
		return set_typed(field, "int", json, fault);
	case JSON_REAL:
		return set_typed(field, "double", json, fault);
	case JSON_STRING:
		return set_typed(field, "string", json, fault);
	case JSON_NULL:
		return true;
	default:
		*fault =
			"a value is a bool, a number, a string, null, or {\"TYPE\": VALUE} with the type bool, int, uint, double, string, string_b64 or bytes";
		return false;
	}
}

/* Returns @fault with the name of the field; valid until the next call. */
static const char *name_fault(const char *name, size_t len, const char *fault)
{
	static char text[384];
	int shown = len < 80 ? (int)len : 80;

	snprintf(text, sizeof(text), "%.*s: %s", shown, name, fault);
	return text;
}

static bool add_field(Whole__Event *event, const char *name, size_t len,
		      const json_t *value, const json_t *type,
		      const char **fault)
{
	Whole__Event__Field *field = event_add_field(event, name, len);

	*fault = no_memory;
	if (field && set_value(field, value, type, fault))
		return true;
	*fault = name_fault(name, len, *fault);
	return false;
}

static bool add_members(Whole__Event *event, const json_t *object,
			const json_t *types, const char **fault)
{
	const char *name;
	json_t *value;
	size_t len;

	json_object_keylen_foreach((json_t *)object, name, len, value)
		if (!add_field(event, name, len, value,
			       json_object_get(types, name), fault))
			return false;
	return true;
}

/*
 * Adds each member of @object as a field. Returns false and sets @fault on
 * error.
 */
bool event_add_json(Whole__Event *event, const json_t *object,
		    const char **fault)
{
	*fault = "not a JSON object";
	return json_is_object(object) &&
	       add_members(event, object, NULL, fault);
}

static const char no_entry[] =
	"an entry of a list of fields has only a \"name\", a \"value\" and a \"type\"";

static bool add_entry(Whole__Event *event, const json_t *entry,
		      const char **fault)
{
	const json_t *value = json_object_get(entry, "value");
	const json_t *type = json_object_get(entry, "type");
	size_t len;
	char *name;
	bool ok;

	name = json_get_text(entry, "name", &len, fault);
	if (!name) {
		*fault = *fault ? *fault : no_entry;
		return false;
	}
	*fault = no_entry;
	ok = json_object_size(entry) == 1U + !!value + !!type &&
	     add_field(event, name, len, value ? value : json_null(), type,
		       fault);
	free(name);
	return ok;
}

static bool add_fields(Whole__Event *event, const json_t *fields,
		       const json_t *types, const char **fault)
{
	json_t *entry;
	size_t i;

	if (!json_is_array(fields)) {
		*fault = "\"fields\" is an object, or a list of objects";
		return json_is_object(fields) &&
		       add_members(event, fields, types, fault);
	}
	json_array_foreach((json_t *)fields, i, entry)
		if (!add_entry(event, entry, fault))
			return false;
	return true;
}

/*
 * Fills in a new event from the output of event_json(). Returns false and sets
 * @fault on error. A text that the event already has is kept.
 */
bool event_set_json(Whole__Event *event, const json_t *payload,
		    const char **fault)
{
	const json_t *fields = json_object_get(payload, "fields");
	const json_t *types = json_object_get(payload, "types");
	char *text;
	size_t len;

	text = json_get_text(payload, "text", &len, fault);
	if (!text && *fault)
		return false;
	if (json_object_size(payload) != 0U + !!text + !!fields + !!types) {
		*fault =
			"an event's \"payload\" has only a \"text\", \"fields\" and \"types\"";
		free(text);
		return false;
	}
	if (text && !event->text.data) {
		event->text.data = (uint8_t *)text;
		event->text.len = len;
	} else {
		free(text);
	}
	return !fields || add_fields(event, fields, types, fault);
}
