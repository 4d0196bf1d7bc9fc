// SPDX-License-Identifier: GPL-2.0-only
/*
 * Output of bus-sub: one line per message
 */
#include "format.h"
#include "json_line.h"
#include "json_value.h"
#include "payload.h"
#include "streams.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Returns whether all conversions of @format are valid. */
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
		text_print_topic(file, message->topic);
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

static int set_type(json_t *object, const char *type)
{
	return json_set_text(object, "type", type, strlen(type));
}

static int set_bytes(json_t *object, const struct bus_message *message)
{
	return json_set_base64(object, "payload", message->payload,
			       message->size);
}

/* Adds the bytes as well if the payload has unknown fields. */
static int set_payload(json_t *object, const struct bus_message *message)
{
	struct payload payload;
	int err;

	if (!payload_unpack(&payload, message))
		return set_type(object, message->type) |
		       set_bytes(object, message);
	err = set_type(object, payload.type->name);
	err |= json_object_set_new(object, "payload", payload_json(&payload));
	if (!payload_is_known(&payload))
		err |= set_bytes(object, message);
	payload_free(&payload);
	return err;
}

static int set_message(json_t *object, const struct bus_message *message)
{
	int err = 0;

	if (message->key_size)
		err |= json_set_text(object, "key", message->key,
				     message->key_size);
	if (message->replayed)
		err |= json_object_set_new(object, "replayed", json_true());
	return err | set_payload(object, message);
}

/* Returns NULL if out of memory. */
static json_t *message_json(const struct bus_message *message)
{
	json_t *object;

	object = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:b}", "topic",
			   message->topic, "seq", (json_int_t)message->seq,
			   "time_ns", (json_int_t)message->time_ns, "pid",
			   (json_int_t)message->pid, "uid",
			   (json_int_t)message->uid, "gid",
			   (json_int_t)message->gid, "kernel", message->kernel);
	if (!set_message(object, message))
		return object;
	json_decref(object);
	return NULL;
}

static json_t *gap_json(const struct bus_message *gap)
{
	if (gap->topics)
		return json_pack("{s:b, s:I, s:I}", "gap", 1, "topics",
				 (json_int_t)gap->topics, "count",
				 (json_int_t)gap->count);
	return json_pack("{s:b, s:s, s:I, s:I, s:I}", "gap", 1, "topic",
			 gap->topic, "first_seq", (json_int_t)gap->first_seq,
			 "last_seq", (json_int_t)gap->last_seq, "count",
			 (json_int_t)gap->count);
}

/*
 * Prints a message or gap as a JSON object and a newline. The output is ASCII
 * if @file is a terminal, because a terminal interprets some other characters.
 * Returns false and sets errno on error.
 */
bool format_json(FILE *file, const struct bus_message *message)
{
	json_t *object = message->kind == BUS_GAP ? gap_json(message) :
						    message_json(message);
	bool ok = json_line_write(file, object, streams_is_terminal(file));

	if (!object)
		errno = ENOMEM;
	json_decref(object);
	return ok && fputc('\n', file) != EOF;
}

/* Prints a gap in plain text. */
void format_gap(FILE *file, const struct bus_message *gap)
{
	if (gap->topics) {
		fprintf(file,
			"lost %" PRIu64 " on %" PRIu32
			" topics that are no longer received\n",
			gap->count, gap->topics);
		return;
	}
	fprintf(file, "lost %" PRIu64 " on ", gap->count);
	text_print_topic(file, gap->topic);
	fprintf(file, " (seq %" PRIu64 "-%" PRIu64 ")\n", gap->first_seq,
		gap->last_seq);
}
