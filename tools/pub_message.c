// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages for bus-pub to publish, from texts and JSON
 */
#include "pub_message.h"
#include "bus.h"
#include "event.pb-c.h"
#include "event_json.h"
#include "json_value.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* Bytes that an event needs for a text in addition to the text itself. */
#define TEXT_OVERHEAD 4

void pub_message_free(struct pub_message *message)
{
	event_free(message->event);
	free(message->bytes);
	free(message->key);
	*message = (struct pub_message){ 0 };
}

/*
 * Makes @message an event with @text, or without text if @text is NULL. Returns
 * false if out of memory.
 */
bool pub_message_of_text(struct pub_message *message, const char *text,
			 size_t len)
{
	char *clean = NULL;
	bool ok;

	*message = (struct pub_message){ .event = event_new() };
	if (text)
		clean = text_clean(text, len, BUS_PAYLOAD_MAX - TEXT_OVERHEAD,
				   &len);
	ok = message->event && (!text || clean) &&
	     (!text || event_set_text(message->event, clean, len));
	free(clean);
	if (!ok)
		pub_message_free(message);
	return ok;
}

static bool has_string(const json_t *object, const char *name)
{
	return json_is_string(json_object_get(object, name));
}

/*
 * Returns whether an object is a message as printed by bus-sub, as opposed to
 * the fields of an event. The value of a field is never such an object, and a
 * string field named payload_b64 can be written as {"string": TEXT}.
 */
static bool is_printed(const json_t *object)
{
	const json_t *payload = json_object_get(object, "payload");

	return (payload && !event_json_is_value(payload)) ||
	       (has_string(object, "payload_b64") &&
		has_string(object, "topic") &&
		json_is_integer(json_object_get(object, "seq")));
}

static bool read_bytes(struct pub_message *message, const json_t *object,
		       const char **fault)
{
	event_free(message->event);
	message->event = NULL;
	message->bytes =
		json_get_base64(object, "payload", &message->size, fault);
	return message->bytes;
}

static bool read_event(struct pub_message *message, const json_t *object,
		       const char **fault)
{
	const char *type = json_string_value(json_object_get(object, "type"));
	const json_t *payload = json_object_get(object, "payload");

	*fault =
		"a payload of a type other than kbus.v1.Event cannot be read from JSON";
	if (type && strcmp(type, kbus__v1__event__descriptor.name) != 0)
		return false;
	*fault =
		"an event's \"payload\" is an object with a \"text\" and \"fields\"";
	if (!json_is_object(payload))
		return false;
	return event_set_json(message->event, payload, fault);
}

/* The bytes of a payload take precedence: they may have unknown fields. */
static bool read_printed(struct pub_message *message, const json_t *object,
			 const char **fault)
{
	message->key = json_get_text(object, "key", &message->key_size, fault);
	if (!message->key && *fault)
		return false;
	if (has_string(object, "payload_b64"))
		return read_bytes(message, object, fault);
	return read_event(message, object, fault);
}

/*
 * Adds the members of @object as fields to @message, which is an event. If
 * @object is a message as printed by bus-sub, makes @message that message
 * instead. Returns false and sets @fault on error.
 */
bool pub_message_of_json(struct pub_message *message, const json_t *object,
			 const char **fault)
{
	if (is_printed(object))
		return read_printed(message, object, fault);
	return event_add_json(message->event, object, fault);
}
