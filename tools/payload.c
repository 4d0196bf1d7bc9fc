// SPDX-License-Identifier: GPL-2.0-only
/*
 * Payloads shown to people: any type that is compiled in, by its descriptor
 */
#include "payload.h"
#include "address.pb-c.h"
#include "event.pb-c.h"
#include "heartbeat.pb-c.h"
#include "link.pb-c.h"
#include "process.pb-c.h"
#include "sys.pb-c.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const ProtobufCMessageDescriptor *const types[] = {
	&kbus__v1__event__descriptor,
	&kbus__v1__address_event__descriptor,
	&kbus__v1__link_event__descriptor,
	&kbus__v1__heartbeat__descriptor,
	&kbus__v1__process_event__descriptor,
	&kbus__v1__topic_event__descriptor,
	&kbus__v1__subscriber_event__descriptor,
};

static bool is_text(const char *text)
{
	return text_is_utf8(text, strlen(text));
}

/* Whether bytes that can be read as an Event are likely to be one. */
static bool looks_like_event(const Kbus__V1__Event *event)
{
	const Kbus__V1__Event__Field *field;
	size_t i;

	if (event->base.n_unknown_fields || !is_text(event->text) ||
	    (!event->text[0] && !event->n_fields))
		return false;
	for (i = 0; i < event->n_fields; i++) {
		field = event->fields[i];
		if (field->base.n_unknown_fields || !field->name[0] ||
		    !is_text(field->name) ||
		    field->value_case == KBUS__V1__EVENT__FIELD__VALUE__NOT_SET)
			return false;
	}
	return true;
}

/* A topic that somebody created without a type may carry Events as well. */
static ProtobufCMessage *guess_event(const struct bus_message *message)
{
	ProtobufCMessage *unpacked;

	if (bus_unpack(message, &kbus__v1__event__descriptor, &unpacked))
		return NULL;
	if (looks_like_event((const Kbus__V1__Event *)unpacked))
		return unpacked;
	protobuf_c_message_free_unpacked(unpacked, NULL);
	return NULL;
}

/* The payload as a message, or NULL if it is of no known type. */
ProtobufCMessage *payload_unpack(const struct bus_message *message)
{
	ProtobufCMessage *unpacked;
	size_t i;

	if (!message->type[0])
		return guess_event(message);
	for (i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (!strcmp(types[i]->name, message->type) &&
		    !bus_unpack(message, types[i], &unpacked))
			return unpacked;
	return NULL;
}

/* One value of a field: where it is, and what. */
struct value {
	const ProtobufCFieldDescriptor *field;
	const void *at;
};

/* Calls @fn for each value that is present. */
static void each_value(const ProtobufCMessage *message,
		       void (*fn)(const struct value *value, void *data),
		       void *data)
{
	static const size_t sizes[] = {
		[PROTOBUF_C_TYPE_INT32] = 4,
		[PROTOBUF_C_TYPE_SINT32] = 4,
		[PROTOBUF_C_TYPE_SFIXED32] = 4,
		[PROTOBUF_C_TYPE_INT64] = 8,
		[PROTOBUF_C_TYPE_SINT64] = 8,
		[PROTOBUF_C_TYPE_SFIXED64] = 8,
		[PROTOBUF_C_TYPE_UINT32] = 4,
		[PROTOBUF_C_TYPE_FIXED32] = 4,
		[PROTOBUF_C_TYPE_UINT64] = 8,
		[PROTOBUF_C_TYPE_FIXED64] = 8,
		[PROTOBUF_C_TYPE_FLOAT] = 4,
		[PROTOBUF_C_TYPE_DOUBLE] = 8,
		[PROTOBUF_C_TYPE_BOOL] = sizeof(protobuf_c_boolean),
		[PROTOBUF_C_TYPE_ENUM] = 4,
		[PROTOBUF_C_TYPE_STRING] = sizeof(char *),
		[PROTOBUF_C_TYPE_BYTES] = sizeof(ProtobufCBinaryData),
		[PROTOBUF_C_TYPE_MESSAGE] = sizeof(void *),
	};
	const ProtobufCMessageDescriptor *descriptor = message->descriptor;
	const char *base = (const char *)message;
	size_t count;
	unsigned int i;
	size_t k;

	for (i = 0; i < descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
		struct value value = { field, base + field->offset };
		const void *quantifier = base + field->quantifier_offset;

		if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
			if (*(const uint32_t *)quantifier == field->id)
				fn(&value, data);
			continue;
		}
		if (field->label != PROTOBUF_C_LABEL_REPEATED) {
			if (field->type != PROTOBUF_C_TYPE_MESSAGE ||
			    *(void *const *)value.at)
				fn(&value, data);
			continue;
		}
		count = *(const size_t *)quantifier;
		value.at = *(const void *const *)value.at;
		for (k = 0; k < count; k++) {
			fn(&value, data);
			value.at = (const char *)value.at + sizes[field->type];
		}
	}
}

static const char *enum_name(const struct value *value)
{
	const ProtobufCEnumValue *known;

	known = protobuf_c_enum_descriptor_get_value(value->field->descriptor,
						     *(const int *)value->at);
	return known ? known->name : NULL;
}

static json_t *json_text(const char *text)
{
	char *clean = text_clean(text, strlen(text));
	json_t *json = json_string(clean);

	free(clean);
	return json;
}

static json_t *json_base64(const ProtobufCBinaryData *bytes)
{
	char *text = text_base64(bytes->data, bytes->len);
	json_t *json = json_string(text);

	free(text);
	return json;
}

/* JSON's integers end at 2^63 here: larger ones become strings. */
static json_t *json_uint(uint64_t number)
{
	char text[24];

	if (number <= INT64_MAX)
		return json_integer((json_int_t)number);
	snprintf(text, sizeof(text), "%" PRIu64, number);
	return json_string(text);
}

/* JSON has no NaN and no infinity: they become null. */
static json_t *json_double(double number)
{
	json_t *json = json_real(number);

	return json ? json : json_null();
}

static json_t *value_json(const struct value *value)
{
	const void *at = value->at;

	switch (value->field->type) {
	case PROTOBUF_C_TYPE_BOOL:
		return json_boolean(*(const protobuf_c_boolean *)at);
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		return json_integer(*(const int32_t *)at);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return json_integer(*(const int64_t *)at);
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		return json_integer(*(const uint32_t *)at);
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return json_uint(*(const uint64_t *)at);
	case PROTOBUF_C_TYPE_FLOAT:
		return json_double(*(const float *)at);
	case PROTOBUF_C_TYPE_DOUBLE:
		return json_double(*(const double *)at);
	case PROTOBUF_C_TYPE_ENUM:
		return enum_name(value) ? json_string(enum_name(value)) :
					  json_integer(*(const int32_t *)at);
	case PROTOBUF_C_TYPE_STRING:
		return json_text(*(const char *const *)at);
	case PROTOBUF_C_TYPE_BYTES:
		return json_base64(at);
	case PROTOBUF_C_TYPE_MESSAGE:
		return payload_json(*(const ProtobufCMessage *const *)at);
	}
	return json_null();
}

static void add_json(const struct value *value, void *data)
{
	const ProtobufCFieldDescriptor *field = value->field;
	json_t *object = data;
	json_t *list;

	if (field->label != PROTOBUF_C_LABEL_REPEATED) {
		json_object_set_new(object, field->name, value_json(value));
		return;
	}
	list = json_object_get(object, field->name);
	if (!list) {
		list = json_array();
		json_object_set_new(object, field->name, list);
	}
	json_array_append_new(list, value_json(value));
}

static void add_field_json(const struct value *value, void *data)
{
	json_t **named = data;

	/* The name is the field that comes first. */
	if (value->field->id == 1)
		*named = json_object();
	else
		json_object_set_new(*named, "value", value_json(value));
}

/* An Event's fields by name, as the user gave them to bus-pub. */
static json_t *event_json(const Kbus__V1__Event *event)
{
	json_t *fields = json_object();
	json_t *named;
	size_t i;

	for (i = 0; i < event->n_fields; i++) {
		named = NULL;
		each_value(&event->fields[i]->base, add_field_json, &named);
		json_object_set(fields, event->fields[i]->name,
				json_object_get(named, "value"));
		json_decref(named);
	}
	return json_pack("{s:o, s:o}", "text", json_text(event->text), "fields",
			 fields);
}

/* A message as a JSON object, to be released with json_decref(). */
json_t *payload_json(const ProtobufCMessage *message)
{
	json_t *object;

	if (message->descriptor == &kbus__v1__event__descriptor)
		return event_json((const Kbus__V1__Event *)message);
	object = json_object();
	each_value(message, add_json, object);
	return object;
}

/* The shortest of the usual ways to write a number that reads back the same. */
static void print_real(FILE *file, double number)
{
	char text[32];

	snprintf(text, sizeof(text), "%.15g", number);
	if (strtod(text, NULL) != number)
		snprintf(text, sizeof(text), "%.17g", number);
	fprintf(file, "%s%s", text, strpbrk(text, ".e") ? "" : ".0");
}

static void print_quoted(FILE *file, const char *text)
{
	size_t len = strcspn(text, "\"");

	text_print_escaped(file, text, len);
	for (text += len; *text; text += len) {
		fputs("\\\"", file);
		len = strcspn(++text, "\"");
		text_print_escaped(file, text, len);
	}
}

static void print_json_value(FILE *file, const json_t *value)
{
	const char *quote = "";
	char *text;

	if (json_is_string(value)) {
		if (strpbrk(json_string_value(value), " =\""))
			quote = "\"";
		fputs(quote, file);
		print_quoted(file, json_string_value(value));
		fputs(quote, file);
		return;
	}
	if (json_is_real(value)) {
		print_real(file, json_real_value(value));
		return;
	}
	text = json_dumps(value,
			  JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII);
	if (text)
		fputs(text, file);
	free(text);
}

static void print_members(FILE *file, json_t *object, const char *space)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value) {
		fputs(space, file);
		text_print_escaped(file, name, strlen(name));
		fputc('=', file);
		print_json_value(file, value);
		space = " ";
	}
}

/* Prints a payload in one line: name=value, or the bytes, escaped. */
void payload_print(FILE *file, const struct bus_message *message)
{
	ProtobufCMessage *unpacked = payload_unpack(message);
	const Kbus__V1__Event *event;
	json_t *json;

	if (!unpacked) {
		text_print_escaped(file, message->payload, message->size);
		return;
	}
	json = payload_json(unpacked);
	if (unpacked->descriptor == &kbus__v1__event__descriptor) {
		event = (const Kbus__V1__Event *)unpacked;
		text_print_escaped(file, event->text, strlen(event->text));
		print_members(file, json_object_get(json, "fields"),
			      event->text[0] ? " " : "");
	} else {
		print_members(file, json, "");
	}
	json_decref(json);
	protobuf_c_message_free_unpacked(unpacked, NULL);
}
