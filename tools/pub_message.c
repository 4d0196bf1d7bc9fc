// SPDX-License-Identifier: GPL-2.0-only
/*
 * What bus-pub is to publish, made of texts and JSON
 */
#include "pub_message.h"
#include "bus.h"
#include "event.pb-c.h"
#include "event_json.h"
#include "json_value.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* What a text has around it in an event. */
#define TEXT_OVERHEAD 4

void pub_message_free(struct pub_message *message)
{
	event_free(message->event);
	free(message->bytes);
	free(message->key);
	*message = (struct pub_message){ 0 };
}

/*
 * Makes @message an event with @text, unless that is NULL; false if memory is
 * short.
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
 * Whether it is a message as bus-sub prints it, rather than an event's fields by
 * name: no field has such an object for a value, and a string field of the name
 * payload_b64 may be written as {"string": TEXT}.
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

/* A payload's bytes say more than what was understood of it. */
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
 * Adds to @message, an event, the fields that @object names; or makes it the
 * message that bus-sub printed as @object. On false @fault is set.
 */
bool pub_message_of_json(struct pub_message *message, const json_t *object,
			 const char **fault)
{
	if (is_printed(object))
		return read_printed(message, object, fault);
	return event_add_json(message->event, object, fault);
}
