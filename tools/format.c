// SPDX-License-Identifier: GPL-2.0-only
/*
 * What bus-sub prints: one line for each message
 */
#include "format.h"
#include "payload.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Whether all conversions of @format are known. */
bool format_check(const char *format)
{
	for (; *format; format++)
		if (*format == '%' &&
		    (!*++format || !strchr("tsTpukrm%", *format)))
			return false;
	return true;
}

static void print_time(FILE *file, uint64_t time_ns)
{
	time_t seconds = (time_t)(time_ns / 1000000000);
	char text[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	fprintf(file, "%s.%09" PRIu64 "Z", text, time_ns % 1000000000);
}

static void print_conversion(FILE *file, char conversion,
			     const struct bus_message *message)
{
	switch (conversion) {
	case 't':
		fputs(message->topic, file);
		break;
	case 's':
		fprintf(file, "%" PRIu64, message->seq);
		break;
	case 'T':
		print_time(file, message->time_ns);
		break;
	case 'p':
		fprintf(file, "%" PRIu32, message->pid);
		break;
	case 'u':
		fprintf(file, "%" PRIu32, message->uid);
		break;
	case 'k':
		text_print_escaped(file, message->key, message->key_size);
		break;
	case 'r':
		fputs(message->replayed ? "replayed" : "new", file);
		break;
	case 'm':
		payload_print(file, message);
		break;
	default:
		fputc(conversion, file);
	}
}

/* Prints a message and a newline. */
void format_print(FILE *file, const char *format,
		  const struct bus_message *message)
{
	for (; *format; format++)
		if (*format == '%')
			print_conversion(file, *++format, message);
		else
			fputc(*format, file);
	fputc('\n', file);
}

static void set_base64(json_t *object, const char *name, const void *data,
		       size_t size)
{
	char *text = text_base64(data, size);

	json_object_set_new(object, name, json_string(text));
	free(text);
}

/* As a string if it is one. */
static void set_key(json_t *object, const struct bus_message *message)
{
	if (!message->key_size)
		return;
	if (text_is_utf8(message->key, message->key_size))
		json_object_set_new(object, "key",
				    json_stringn(message->key,
						 message->key_size));
	else
		set_base64(object, "key_b64", message->key, message->key_size);
}

static json_t *message_json(const struct bus_message *message)
{
	ProtobufCMessage *unpacked = payload_unpack(message);
	json_t *object;

	object = json_pack(
		"{s:s, s:I, s:I, s:I, s:I, s:I, s:b, s:s}", "topic",
		message->topic, "seq", (json_int_t)message->seq, "time_ns",
		(json_int_t)message->time_ns, "pid", (json_int_t)message->pid,
		"uid", (json_int_t)message->uid, "gid",
		(json_int_t)message->gid, "kernel", message->kernel, "type",
		unpacked ? unpacked->descriptor->name : message->type);
	set_key(object, message);
	if (message->replayed)
		json_object_set_new(object, "replayed", json_true());
	if (unpacked) {
		json_object_set_new(object, "payload", payload_json(unpacked));
		protobuf_c_message_free_unpacked(unpacked, NULL);
	} else {
		set_base64(object, "payload_b64", message->payload,
			   message->size);
	}
	return object;
}

static json_t *gap_json(const struct bus_message *gap)
{
	return json_pack("{s:b, s:s, s:I, s:I, s:I}", "gap", 1, "topic",
			 gap->topic, "first_seq", (json_int_t)gap->first_seq,
			 "last_seq", (json_int_t)gap->last_seq, "count",
			 (json_int_t)gap->count);
}

/* Prints a message or gap as a JSON object and a newline. */
bool format_json(FILE *file, const struct bus_message *message)
{
	json_t *object = message->kind == BUS_GAP ? gap_json(message) :
						    message_json(message);
	int err = json_dumpf(object, file, JSON_COMPACT);

	json_decref(object);
	fputc('\n', file);
	return !err;
}

/* Prints a gap for people. */
void format_gap(FILE *file, const struct bus_message *gap)
{
	fprintf(file, "lost %" PRIu64 " on %s (seq %" PRIu64 "-%" PRIu64 ")\n",
		gap->count, gap->topic, gap->first_seq, gap->last_seq);
}
