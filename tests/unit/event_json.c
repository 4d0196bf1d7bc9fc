// SPDX-License-Identifier: GPL-2.0-only
/*
 * The JSON forms that bus-sub prints and bus-pub reads, as documented
 */
#include "unit_test.h"

#include "address.pb-c.h"
#include "address_whole.pb-c.h"
#include "event.pb-c.h"
#include "format.h"
#include "heartbeat.pb-c.h"
#include "heartbeat_whole.pb-c.h"
#include "json_line.h"
#include "link.pb-c.h"
#include "link_whole.pb-c.h"
#include "payload.h"
#include "process.pb-c.h"
#include "process_whole.pb-c.h"
#include "pub_message.h"
#include "sys.pb-c.h"
#include "sys_whole.pb-c.h"

#define BYTES(literal) literal, sizeof(literal) - 1

static struct bus_message message_of(const char *type, const char *payload,
				     size_t size)
{
	return (struct bus_message){
		.kind = BUS_MESSAGE,
		.topic = "t",
		.type = type,
		.payload = payload,
		.size = size,
	};
}

/* The printed JSON of a message, from ',"payload' on. */
static void assert_payload_json(const struct bus_message *message,
				const char *expected)
{
	char printed[4096] = "";
	FILE *file = fmemopen(printed, sizeof(printed), "w");
	char *payload;

	assert_true(format_json(file, message));
	fclose(file);
	payload = strstr(printed, ",\"payload");
	assert_non_null(payload);
	payload[strlen(payload) - 2] = '\0';
	assert_string_equal(payload + 1, expected);
}

static void assert_plain(const struct bus_message *message,
			 const char *expected)
{
	char printed[4096] = "";
	FILE *file = fmemopen(printed, sizeof(printed), "w");

	payload_print(file, message);
	fclose(file);
	assert_string_equal(printed, expected);
}

/* Encoded events, and both forms of each. */
static const struct shown {
	const char *payload;
	size_t size;
	const char *json;
	const char *plain;
} shown[] = {
	{ BYTES(""), "{\"text\":\"\",\"fields\":{}}", "" },
	{ BYTES("\n\2hi"), "{\"text\":\"hi\",\"fields\":{}}", "hi" },
	/* A text with NUL, and one that is not valid UTF-8. */
	{ BYTES("\n\3a\0b"), "{\"text\":\"a\\u0000b\",\"fields\":{}}",
	  "a\\x00b" },
	{ BYTES("\n\2a\xff"), "{\"text_b64\":\"Yf8=\",\"fields\":{}}",
	  "a\\xff" },
	/* No value. */
	{ BYTES("\x12\3\n\1x"), "{\"text\":\"\",\"fields\":{\"x\":null}}",
	  "x=null" },
	{ BYTES("\x12\5\n\1x\x10\1"), "{\"text\":\"\",\"fields\":{\"x\":true}}",
	  "x=true" },
	/* An int of -1, a uint of 1, one of 2^64-1. */
	{ BYTES("\x12\5\n\1x\x18\1"), "{\"text\":\"\",\"fields\":{\"x\":-1}}",
	  "x=-1" },
	{ BYTES("\x12\5\n\1x\x20\1"),
	  "{\"text\":\"\",\"fields\":{\"x\":1},\"types\":{\"x\":\"uint\"}}",
	  "x=1" },
	{ BYTES("\x12\x0e\n\1x\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"),
	  "{\"text\":\"\",\"fields\":{\"x\":\"18446744073709551615\"},\"types\":{\"x\":\"uint\"}}",
	  "x=18446744073709551615" },
	/* 21.7, 2.0, -0.0, the smallest, NaN, infinities. */
	{ BYTES("\x12\x0c\n\1x\x29\x33\x33\x33\x33\x33\xb3\x35\x40"),
	  "{\"text\":\"\",\"fields\":{\"x\":21.7}}", "x=21.7" },
	{ BYTES("\x12\x0c\n\1x\x29\0\0\0\0\0\0\0\x40"),
	  "{\"text\":\"\",\"fields\":{\"x\":2.0}}", "x=2.0" },
	{ BYTES("\x12\x0c\n\1x\x29\0\0\0\0\0\0\0\x80"),
	  "{\"text\":\"\",\"fields\":{\"x\":-0.0}}", "x=-0.0" },
	{ BYTES("\x12\x0c\n\1x\x29\1\0\0\0\0\0\0\0"),
	  "{\"text\":\"\",\"fields\":{\"x\":5e-324}}", "x=5e-324" },
	{ BYTES("\x12\x0c\n\1x\x29\1\0\0\0\0\0\xf8\xff"),
	  "{\"text\":\"\",\"fields\":{\"x\":\"NaN\"},\"types\":{\"x\":\"double\"}}",
	  "x=nan" },
	{ BYTES("\x12\x0c\n\1x\x29\0\0\0\0\0\0\xf0\x7f"),
	  "{\"text\":\"\",\"fields\":{\"x\":\"Infinity\"},\"types\":{\"x\":\"double\"}}",
	  "x=inf" },
	{ BYTES("\x12\x0c\n\1x\x29\0\0\0\0\0\0\xf0\xff"),
	  "{\"text\":\"\",\"fields\":{\"x\":\"-Infinity\"},\"types\":{\"x\":\"double\"}}",
	  "x=-inf" },
	/* Strings: empty, with NUL, invalid UTF-8. Bytes. */
	{ BYTES("\x12\5\n\1x\x32\0"), "{\"text\":\"\",\"fields\":{\"x\":\"\"}}",
	  "x=" },
	{ BYTES("\x12\x8\n\1x\x32\3a\0b"),
	  "{\"text\":\"\",\"fields\":{\"x\":\"a\\u0000b\"}}", "x=a\\x00b" },
	{ BYTES("\x12\6\n\1x\x32\1\xff"),
	  "{\"text\":\"\",\"fields\":{\"x\":\"/w==\"},\"types\":{\"x\":\"string_b64\"}}",
	  "x=\\xff" },
	{ BYTES("\x12\6\n\1x\x3a\1\xff"),
	  "{\"text\":\"\",\"fields\":{\"x\":\"/w==\"},\"types\":{\"x\":\"bytes\"}}",
	  "x=\"/w==\"" },
	/* Names: duplicate, empty, with NUL, invalid UTF-8. */
	{ BYTES("\x12\5\n\1x\x18\2\x12\5\n\1x\x18\4"),
	  "{\"text\":\"\",\"fields\":[{\"name\":\"x\",\"value\":1},{\"name\":\"x\",\"value\":2}]}",
	  "x=1 x=2" },
	{ BYTES("\x12\5\n\1x\x20\2\x12\5\n\1x\x18\4"),
	  "{\"text\":\"\",\"fields\":[{\"name\":\"x\",\"value\":2,\"type\":\"uint\"},{\"name\":\"x\",\"value\":2}]}",
	  "x=2 x=2" },
	{ BYTES("\x12\2\x18\2"), "{\"text\":\"\",\"fields\":{\"\":1}}", "=1" },
	{ BYTES("\x12\7\n\3a\0b\x18\2"),
	  "{\"text\":\"\",\"fields\":[{\"name\":\"a\\u0000b\",\"value\":1}]}",
	  "a\\x00b=1" },
	{ BYTES("\x12\5\n\1\xff\x18\2"),
	  "{\"text\":\"\",\"fields\":[{\"name_b64\":\"/w==\",\"value\":1}]}",
	  "\\xff=1" },
};

static void events_are_shown_whole(void **state)
{
	struct bus_message message;
	char expected[1024];
	size_t i;

	for (i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
		message = message_of("kbus.v1.Event", shown[i].payload,
				     shown[i].size);
		snprintf(expected, sizeof(expected), "\"payload\":%s",
			 shown[i].json);
		assert_payload_json(&message, expected);
		assert_plain(&message, shown[i].plain);
	}
}

/* NULL on failure; @fault then says why. */
static ProtobufCMessage *
read_json(const char *line, struct pub_message *message, const char **fault)
{
	static json_error_t error;
	json_t *object = json_line_read(line, strlen(line), &error);

	assert_true(pub_message_of_text(message, NULL, 0));
	*fault = error.text;
	if (object && pub_message_of_json(message, object, fault))
		*fault = NULL;
	json_decref(object);
	return message->event ? &message->event->base : NULL;
}

/* The bytes that are published for a line. */
static void assert_reads(const char *line, const char *payload, size_t size)
{
	struct pub_message message;
	ProtobufCMessage *event;
	uint8_t packed[1024];
	const char *fault;

	event = read_json(line, &message, &fault);
	if (fault)
		fail_msg("%s: %s", line, fault);
	if (event)
		message.size = protobuf_c_message_pack(event, packed);
	else
		memcpy(packed, message.bytes, message.size);
	if (message.size != size || memcmp(packed, payload, size) != 0)
		fail_msg("%s: reads differently", line);
	pub_message_free(&message);
}

static void what_is_shown_reads_back(void **state)
{
	char line[1024];
	size_t i;

	for (i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
		/* JSON has only one NaN. */
		if (strstr(shown[i].json, "NaN"))
			continue;
		snprintf(line, sizeof(line), "{\"payload\":%s}", shown[i].json);
		assert_reads(line, shown[i].payload, shown[i].size);
	}
}

static void json_is_read_as_documented(void **state)
{
	static const struct {
		const char *line;
		const char *payload;
		size_t size;
	} cases[] = {
		{ "{}", BYTES("") },
		{ "{\"x\":1}", BYTES("\x12\5\n\1x\x18\2") },
		{ "{\"x\":null}", BYTES("\x12\3\n\1x") },
		{ "{\"x\":9223372036854775808}",
		  BYTES("\x12\x0e\n\1x\x20\x80\x80\x80\x80\x80\x80\x80\x80\x80\1") },
		{ "{\"x\":{\"uint\":18446744073709551615}}",
		  BYTES("\x12\x0e\n\1x\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\1") },
		{ "{\"x\":{\"uint\":\"1\"}}", BYTES("\x12\5\n\1x\x20\1") },
		{ "{\"x\":{\"int\":\"-1\"}}", BYTES("\x12\5\n\1x\x18\1") },
		{ "{\"x\":{\"int\":-1}}", BYTES("\x12\5\n\1x\x18\1") },
		{ "{\"x\":{\"double\":2}}",
		  BYTES("\x12\x0c\n\1x\x29\0\0\0\0\0\0\0\x40") },
		{ "{\"x\":{\"double\":\"2\"}}",
		  BYTES("\x12\x0c\n\1x\x29\0\0\0\0\0\0\0\x40") },
		/* 2^63 as a double. */
		{ "{\"x\":{\"double\":9223372036854775808}}",
		  BYTES("\x12\x0c\n\1x\x29\0\0\0\0\0\0\xe0\x43") },
		{ "{\"x\":1e-310}",
		  BYTES("\x12\x0c\n\1x\x29\x2b\xe6\x70\x8b\x68\x12\x00\x00") },
		{ "{\"x\":{\"bool\":true}}", BYTES("\x12\5\n\1x\x10\1") },
		{ "{\"x\":{\"string\":\"1\"}}",
		  BYTES("\x12\6\n\1x\x32\1\x31") },
		{ "{\"x\":{\"bytes\":\"\"}}", BYTES("\x12\5\n\1x\x3a\0") },
		/*
		 * A field may have the name of a type, or of a member of the
		 * message.
		 */
		{ "{\"uint\":{\"uint\":1}}", BYTES("\x12\x8\n\4uint\x20\1") },
		{ "{\"text\":true}", BYTES("\x12\x8\n\4text\x10\1") },
		{ "{\"payload\":true}", BYTES("\x12\x0b\n\7payload\x10\1") },
		{ "{\"payload\":{\"bool\":true}}",
		  BYTES("\x12\x0b\n\7payload\x10\1") },
		/* A message as bus-sub prints it, whole or in part. */
		{ "{\"topic\":\"t\",\"seq\":1,\"type\":\"kbus.v1.Event\",\"payload\":{\"text\":\"hi\",\"fields\":{}}}",
		  BYTES("\n\2hi") },
		{ "{\"payload\":{\"fields\":{\"x\":1}}}",
		  BYTES("\x12\5\n\1x\x18\2") },
		{ "{\"payload\":{\"fields\":[{\"name\":\"x\"}]}}",
		  BYTES("\x12\3\n\1x") },
		{ "{\"topic\":\"t\",\"seq\":1,\"type\":\"a.B\",\"payload_b64\":\"AAE=\"}",
		  BYTES("\0\1") },
		/* The bytes contain more than the JSON, and are used. */
		{ "{\"topic\":\"t\",\"seq\":1,\"payload\":{\"text\":\"hi\"},\"payload_b64\":\"AAE=\"}",
		  BYTES("\0\1") },
		/* A field whose name looks like the member. */
		{ "{\"payload_b64\":\"AA==\"}",
		  BYTES("\x12\x13\n\x0bpayload_b64\x32\4AA==") },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_reads(cases[i].line, cases[i].payload, cases[i].size);
}

static void json_that_means_nothing_is_refused(void **state)
{
	static const struct {
		const char *line;
		const char *words;
	} cases[] = {
		{ "", "'[' or '{' expected" },
		{ "{", "end of file" },
		{ "[1]", "JSON object" },
		{ "{\"x\":1,\"x\":2}", "duplicate object key" },
		{ "{\"ok\":1,\"x\":[1]}", "x: a value is" },
		{ "{\"x\":{}}", "a value is" },
		{ "{\"x\":{\"int\":1,\"uint\":1}}", "a value is" },
		{ "{\"x\":{\"float\":1}}", "a value is" },
		{ "{\"x\":{\"int\":1.5}}", "not of this type" },
		{ "{\"x\":{\"int\":\"1x\"}}", "an int is" },
		{ "{\"x\":{\"int\":\"1\\u0000\"}}", "an int is" },
		{ "{\"x\":{\"int\":9223372036854775808}}", "an int is" },
		{ "{\"x\":{\"uint\":-1}}", "a uint is" },
		{ "{\"x\":{\"uint\":null}}", "not of this type" },
		{ "{\"x\":{\"bool\":\"true\"}}", "not of this type" },
		{ "{\"x\":{\"double\":\"\"}}", "a double is" },
		{ "{\"x\":{\"string\":1}}", "not of this type" },
		{ "{\"x\":{\"bytes\":\"A\"}}", "base64" },
		{ "{\"x\":{\"string_b64\":\"A\"}}", "base64" },
		{ "{\"x\":{\"bytes\":{\"uint\":\"AA==\"}}}",
		  "not of this type" },
		{ "{\"x\":18446744073709551616}", "a uint is" },
		{ "{\"x\":-9223372036854775809}", "too big negative" },
		{ "{\"x\":1e999}", "overflow" },
		{ "{\"payload\":{\"a\":1},\"type\":\"kbus.v1.LinkEvent\"}",
		  "other than kbus.v1.Event" },
		{ "{\"payload\":{\"fields\":{\"x\":1},\"types\":{\"x\":\"float\"}}}",
		  "x: there is no such type" },
		{ "{\"payload\":{\"fields\":{\"x\":-1},\"types\":{\"x\":\"uint\"}}}",
		  "x: a uint is" },
		{ "{\"payload\":[1]}", "an object with a \"text\"" },
		{ "{\"payload\":{\"text\":1}}", "must be strings" },
		{ "{\"payload\":{\"text\":\"\",\"felds\":{}}}", "has only" },
		{ "{\"payload\":{\"text\":\"\",\"text_b64\":\"\"}}",
		  "has only" },
		{ "{\"payload\":{\"fields\":[{\"name\":\"x\",\"valu\":1}]}}",
		  "has only a \"name\"" },
		{ "{\"payload\":{\"fields\":1}}", "a list of objects" },
		{ "{\"payload\":{\"fields\":[1]}}", "has only a \"name\"" },
		{ "{\"payload\":{\"fields\":[{\"name\":\"x\",\"value\":[]}]}}",
		  "x: a value is" },
		{ "{\"payload\":{\"fields\":[{\"value\":1}]}}",
		  "has only a \"name\"" },
		{ "{\"payload\":{\"text_b64\":\"?\"}}", "not base64" },
		{ "{\"payload\":{\"text\":\"\"},\"key_b64\":1}", "not base64" },
	};
	struct pub_message message;
	const char *fault;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		read_json(cases[i].line, &message, &fault);
		if (!fault)
			fail_msg("accepted: %s", cases[i].line);
		if (!strstr(fault, cases[i].words))
			fail_msg("%s: %s", cases[i].line, fault);
		pub_message_free(&message);
	}
}

static void many_large_integers_are_read(void **state)
{
	char *line = malloc(200000), *end = line;
	struct pub_message message;
	ProtobufCMessage *event;
	const char *fault;
	int i;

	end += sprintf(end, "{\"x\":0");
	for (i = 0; i < 1000; i++)
		end += sprintf(end, ",\"%d\":18446744073709551615", i);
	sprintf(end, "}");
	event = read_json(line, &message, &fault);
	assert_null(fault);
	assert_int_equal(((Whole__Event *)event)->n_fields, 1001);
	pub_message_free(&message);
	free(line);
}

static void keys_come_along(void **state)
{
	struct pub_message message;
	const char *fault;

	read_json("{\"key\":\"a\\u0000\",\"payload\":{\"text\":\"\"}}",
		  &message, &fault);
	assert_null(fault);
	assert_int_equal(message.key_size, 2);
	assert_memory_equal(message.key, "a", 2);
	pub_message_free(&message);
	read_json("{\"key_b64\":\"/w==\",\"payload\":{\"text\":\"\"}}",
		  &message, &fault);
	assert_null(fault);
	assert_int_equal(message.key_size, 1);
	assert_memory_equal(message.key, "\xff", 1);
	pub_message_free(&message);
	/* In this mode it is a field. */
	read_json("{\"key\":\"a\"}", &message, &fault);
	assert_null(fault);
	assert_null(message.key);
	assert_int_equal(message.event->n_fields, 1);
	pub_message_free(&message);
}

static void texts_of_other_types_are_shown_whole(void **state)
{
	/* process.proto: name = 8 */
	struct bus_message nul =
		message_of("kbus.v1.ProcessEvent", BYTES("\x42\3a\0b"));
	struct bus_message latin =
		message_of("kbus.v1.ProcessEvent", BYTES("\x42\1\xff"));

	assert_payload_json(
		&nul,
		"\"payload\":{\"action\":\"UNKNOWN\",\"pid\":0,\"ppid\":0,"
		"\"uid\":0,\"gid\":0,\"effective_uid\":0,\"effective_gid\":0,"
		"\"name\":\"a\\u0000b\",\"start_time_ns\":0,"
		"\"kernel_thread\":false}");
	assert_payload_json(
		&latin,
		"\"payload\":{\"action\":\"UNKNOWN\",\"pid\":0,\"ppid\":0,"
		"\"uid\":0,\"gid\":0,\"effective_uid\":0,\"effective_gid\":0,"
		"\"name_b64\":\"/w==\",\"start_time_ns\":0,"
		"\"kernel_thread\":false}");
}

static void fields_that_are_not_known_are_not_lost(void **state)
{
	/* A field 3 of the event, and an unknown field 8 of its field "x". */
	struct bus_message message =
		message_of("kbus.v1.Event", BYTES("\n\2hi\x18\1"));
	struct bus_message inner =
		message_of("kbus.v1.Event", BYTES("\x12\5\n\1x\x40\1"));

	assert_plain(&message, "hi +unknown");
	assert_payload_json(
		&message,
		"\"payload\":{\"text\":\"hi\",\"fields\":{}},\"payload_b64\":\"CgJoaRgB\"");
	assert_plain(&inner, "x=null +unknown");
	assert_payload_json(
		&inner,
		"\"payload\":{\"text\":\"\",\"fields\":{\"x\":null}},\"payload_b64\":\"EgUKAXhAAQ==\"");
}

static void assert_same_but_for_strings(const ProtobufCMessageDescriptor *type,
					const ProtobufCMessageDescriptor *whole)
{
	unsigned int i;

	assert_int_equal(type->n_fields, whole->n_fields);
	for (i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *a = &type->fields[i];
		const ProtobufCFieldDescriptor *b = &whole->fields[i];

		assert_string_equal(a->name, b->name);
		assert_int_equal(a->id, b->id);
		assert_int_equal(a->label, b->label);
		assert_int_equal(b->type, a->type == PROTOBUF_C_TYPE_STRING ?
						  PROTOBUF_C_TYPE_BYTES :
						  a->type);
		if (a->type == PROTOBUF_C_TYPE_MESSAGE)
			assert_same_but_for_strings(a->descriptor,
						    b->descriptor);
	}
}

static void whole_types_have_the_fields_of_the_types(void **state)
{
#define SAME(name)                                                   \
	assert_same_but_for_strings(&kbus__v1__##name##__descriptor, \
				    &whole__##name##__descriptor)
	SAME(event);
	SAME(address_event);
	SAME(link_event);
	SAME(heartbeat);
	SAME(process_event);
	SAME(topic_event);
	SAME(subscriber_event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_shown_whole),
		cmocka_unit_test(what_is_shown_reads_back),
		cmocka_unit_test(json_is_read_as_documented),
		cmocka_unit_test(json_that_means_nothing_is_refused),
		cmocka_unit_test(many_large_integers_are_read),
		cmocka_unit_test(keys_come_along),
		cmocka_unit_test(texts_of_other_types_are_shown_whole),
		cmocka_unit_test(fields_that_are_not_known_are_not_lost),
		cmocka_unit_test(whole_types_have_the_fields_of_the_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
