// SPDX-License-Identifier: GPL-2.0-only
/*
 * Payloads in plain text, on one line
 */
#include "payload.h"
#include "event_whole.pb-c.h"
#include "json_line.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Prints a double in a form that bus-pub accepts. A whole number gets a decimal
 * point.
 */
static void print_double(FILE *file, double number)
{
	char text[32];

	if (isnan(number)) {
		fputs("nan", file);
		return;
	}
	snprintf(text, sizeof(text), "%.*g", text_precision(number), number);
	fprintf(file, "%s%s", text,
		isinf(number) || strpbrk(text, ".e") ? "" : ".0");
}

static void print_quoted(FILE *file, const char *text, size_t len)
{
	const char *quote;

	fputc('"', file);
	while ((quote = memchr(text, '"', len))) {
		text_print_escaped(file, text, quote - text);
		fputs("\\\"", file);
		len -= quote + 1 - text;
		text = quote + 1;
	}
	text_print_escaped(file, text, len);
	fputc('"', file);
}

/* Prints a string, in quotes if its end would be unclear otherwise. */
static void print_string(FILE *file, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (strchr(" =\"", text[i]) && text[i]) {
			print_quoted(file, text, len);
			return;
		}
	text_print_escaped(file, text, len);
}

static void print_base64(FILE *file, const ProtobufCBinaryData *bytes)
{
	char *text = text_base64(bytes->data, bytes->len);

	if (text)
		print_string(file, text, strlen(text));
	free(text);
}

static void print_field_value(FILE *file, const Whole__Event__Field *field)
{
	switch (field->value_case) {
	case WHOLE__EVENT__FIELD__VALUE_BOOL_VALUE:
		fputs(field->bool_value ? "true" : "false", file);
		break;
	case WHOLE__EVENT__FIELD__VALUE_INT_VALUE:
		fprintf(file, "%" PRId64, field->int_value);
		break;
	case WHOLE__EVENT__FIELD__VALUE_UINT_VALUE:
		fprintf(file, "%" PRIu64, field->uint_value);
		break;
	case WHOLE__EVENT__FIELD__VALUE_DOUBLE_VALUE:
		print_double(file, field->double_value);
		break;
	case WHOLE__EVENT__FIELD__VALUE_STRING_VALUE:
		print_string(file, (char *)field->string_value.data,
			     field->string_value.len);
		break;
	case WHOLE__EVENT__FIELD__VALUE_BYTES_VALUE:
		print_base64(file, &field->bytes_value);
		break;
	default:
		fputs("null", file);
	}
}

static void print_event(FILE *file, const Whole__Event *event)
{
	const char *space = event->text.len ? " " : "";
	size_t i;

	text_print_escaped(file, (char *)event->text.data, event->text.len);
	for (i = 0; i < event->n_fields; i++) {
		fputs(space, file);
		text_print_name(file, (char *)event->fields[i]->name.data,
				event->fields[i]->name.len);
		fputc('=', file);
		print_field_value(file, event->fields[i]);
		space = " ";
	}
}

static void print_json_value(FILE *file, const json_t *value)
{
	if (json_is_string(value))
		print_string(file, json_string_value(value),
			     json_string_length(value));
	else if (json_is_real(value))
		print_double(file, json_real_value(value));
	else
		json_line_write(file, value, true);
}

static void print_members(FILE *file, json_t *object)
{
	const char *space = "";
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value) {
		fprintf(file, "%s%s=", space, name);
		print_json_value(file, value);
		space = " ";
	}
}

static void print_unpacked(FILE *file, const struct payload *payload)
{
	json_t *json;

	if (payload_is_event(payload)) {
		print_event(file, (const Whole__Event *)payload->message);
	} else {
		json = payload_json(payload);
		print_members(file, json);
		json_decref(json);
	}
	if (!payload_is_known(payload))
		fputs(" +unknown", file);
}

/* Prints a payload on one line: name=value pairs, or the escaped bytes. */
void payload_print(FILE *file, const struct bus_message *message)
{
	struct payload payload;

	if (!payload_unpack(&payload, message)) {
		text_print_escaped(file, message->payload, message->size);
		return;
	}
	print_unpacked(file, &payload);
	payload_free(&payload);
}
