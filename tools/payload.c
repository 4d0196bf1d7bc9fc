// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decoding of payloads of built-in types, by their descriptors
 */
#include "payload.h"
#include "address.pb-c.h"
#include "address_whole.pb-c.h"
#include "event.pb-c.h"
#include "event_whole.pb-c.h"
#include "heartbeat.pb-c.h"
#include "heartbeat_whole.pb-c.h"
#include "link.pb-c.h"
#include "link_whole.pb-c.h"
#include "process.pb-c.h"
#include "process_whole.pb-c.h"
#include "sys.pb-c.h"
#include "sys_whole.pb-c.h"
#include "text.h"

#include <string.h>

#define TYPE(name)                                                            \
	{                                                                     \
		&kbus__v1__##name##__descriptor, &whole__##name##__descriptor \
	}

static const struct {
	const ProtobufCMessageDescriptor *type;
	const ProtobufCMessageDescriptor *whole; /* with string lengths */
} types[] = {
	TYPE(event),
	TYPE(address_event),
	TYPE(link_event),
	TYPE(heartbeat),
	TYPE(process_event),
	TYPE(topic_event),
	TYPE(subscriber_event),
};

/* A NUL is valid in a string, but unlikely. */
static bool is_likely_text(const ProtobufCBinaryData *text)
{
	return !text->len || (text_is_utf8((char *)text->data, text->len) &&
			      !memchr(text->data, 0, text->len));
}

/* Returns whether bytes that decode as an Event are likely to be one. */
static bool looks_like_event(const Whole__Event *event)
{
	const Whole__Event__Field *field;
	size_t i;

	if (event->base.n_unknown_fields || !is_likely_text(&event->text) ||
	    (!event->text.len && !event->n_fields))
		return false;
	for (i = 0; i < event->n_fields; i++) {
		field = event->fields[i];
		if (field->base.n_unknown_fields || !field->name.len ||
		    !is_likely_text(&field->name) ||
		    field->value_case == WHOLE__EVENT__FIELD__VALUE__NOT_SET)
			return false;
	}
	return true;
}

static bool unpack_as(struct payload *payload,
		      const struct bus_message *message, size_t type)
{
	payload->type = types[type].type;
	return !bus_unpack(message, types[type].whole, &payload->message);
}

/*
 * Unpacks the payload of a message if its type is known. A topic that was
 * created without a type may carry Events as well. Returns false if the payload
 * is not unpacked.
 */
bool payload_unpack(struct payload *payload, const struct bus_message *message)
{
	size_t i;

	if (!message->type[0]) {
		if (!unpack_as(payload, message, 0))
			return false;
		if (looks_like_event((Whole__Event *)payload->message))
			return true;
		payload_free(payload);
		return false;
	}
	for (i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (!strcmp(types[i].type->name, message->type))
			return unpack_as(payload, message, i);
	return false;
}

void payload_free(struct payload *payload)
{
	protobuf_c_message_free_unpacked(payload->message, NULL);
	payload->message = NULL;
}

bool payload_is_event(const struct payload *payload)
{
	return payload->type == &kbus__v1__event__descriptor;
}

/* Returns a message value as a payload, valid as long as the whole payload. */
struct payload payload_part(const struct payload_value *value)
{
	return (struct payload){
		.type = value->field->descriptor,
		.message = *(ProtobufCMessage *const *)value->at,
	};
}

static size_t value_size(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 8;
	default:
		return 4;
	}
}

/* Calls @fn for each value that is present in @payload. */
void payload_each_value(const struct payload *payload,
			void (*fn)(const struct payload_value *value,
				   void *data),
			void *data)
{
	const ProtobufCMessage *message = payload->message;
	const char *base = (const char *)message;
	size_t count;
	unsigned int i;
	size_t k;

	for (i = 0; i < message->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *at =
			&message->descriptor->fields[i];
		const void *quantifier = base + at->quantifier_offset;
		struct payload_value value = { &payload->type->fields[i],
					       base + at->offset };

		if (at->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
			if (*(const uint32_t *)quantifier == at->id)
				fn(&value, data);
			continue;
		}
		if (at->label != PROTOBUF_C_LABEL_REPEATED) {
			if (at->type != PROTOBUF_C_TYPE_MESSAGE ||
			    *(void *const *)value.at)
				fn(&value, data);
			continue;
		}
		count = *(const size_t *)quantifier;
		value.at = *(const void *const *)value.at;
		for (k = 0; k < count; k++) {
			fn(&value, data);
			value.at =
				(const char *)value.at + value_size(at->type);
		}
	}
}

static void check_part(const struct payload_value *value, void *data)
{
	bool *known = data;
	struct payload part;

	if (value->field->type != PROTOBUF_C_TYPE_MESSAGE)
		return;
	part = payload_part(value);
	*known = *known && payload_is_known(&part);
}

/* Returns whether a payload, with its parts, has no unknown fields. */
bool payload_is_known(const struct payload *payload)
{
	bool known = !payload->message->n_unknown_fields;

	payload_each_value(payload, check_part, &known);
	return known;
}
