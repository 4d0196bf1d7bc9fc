// SPDX-License-Identifier: GPL-2.0-only
/*
 * Payloads as JSON
 */
#include "payload.h"
#include "event_json.h"
#include "json_value.h"
#include "text.h"

#include <math.h>

static json_t *enum_json(const struct payload_value *value)
{
	const int number = *(const int *)value->at;
	const ProtobufCEnumValue *known;

	known = protobuf_c_enum_descriptor_get_value(value->field->descriptor,
						     number);
	return known ? json_string(known->name) : json_integer(number);
}

static json_t *float_json(float number)
{
	return json_value_double(isfinite(number) ? text_widen(number) :
						    (double)number);
}

static json_t *part_json(const struct payload_value *value)
{
	struct payload part = payload_part(value);

	return payload_json(&part);
}

static json_t *value_json(const struct payload_value *value)
{
	const ProtobufCBinaryData *bytes = value->at;
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
		return json_value_uint(*(const uint64_t *)at);
	case PROTOBUF_C_TYPE_FLOAT:
		return float_json(*(const float *)at);
	case PROTOBUF_C_TYPE_DOUBLE:
		return json_value_double(*(const double *)at);
	case PROTOBUF_C_TYPE_ENUM:
		return enum_json(value);
	case PROTOBUF_C_TYPE_STRING:
		return json_value_text(bytes->data, bytes->len);
	case PROTOBUF_C_TYPE_BYTES:
		return json_value_base64(bytes->data, bytes->len);
	case PROTOBUF_C_TYPE_MESSAGE:
		return part_json(value);
	}
	return NULL;
}

/* An object under construction. */
struct making {
	json_t *object;
	int err;
};

static void add_value(const struct payload_value *value, void *data)
{
	const ProtobufCFieldDescriptor *field = value->field;
	const ProtobufCBinaryData *bytes = value->at;
	struct making *making = data;
	json_t *list;

	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		list = json_object_get(making->object, field->name);
		if (!list) {
			list = json_array();
			making->err |= json_object_set_new(making->object,
							   field->name, list);
		}
		making->err |= json_array_append_new(list, value_json(value));
	} else if (field->type == PROTOBUF_C_TYPE_STRING) {
		making->err |= json_set_text(making->object, field->name,
					     bytes->data, bytes->len);
	} else {
		making->err |= json_object_set_new(making->object, field->name,
						   value_json(value));
	}
}

/*
 * Returns a payload as a JSON object, to be released with json_decref(), or
 * NULL if out of memory.
 */
json_t *payload_json(const struct payload *payload)
{
	struct making making = { 0 };

	if (payload_is_event(payload))
		return event_json((const Whole__Event *)payload->message);
	making.object = json_object();
	payload_each_value(payload, add_value, &making);
	if (!making.err)
		return making.object;
	json_decref(making.object);
	return NULL;
}
