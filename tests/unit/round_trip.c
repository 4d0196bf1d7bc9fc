// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random events, printed as bus-sub --json prints them, and read back as
 * bus-pub --json reads them
 *
 * A failure prints its seed. SEED=17 SEEDS=1 runs that seed again.
 */
#include "unit_test.h"

#include "event.pb-c.h"
#include "event_json.h"
#include "format.h"
#include "json_line.h"
#include "pub_message.h"

#include <math.h>

static unsigned int seed;

#define assert_seed(condition)                                             \
	do {                                                               \
		if (!(condition))                                          \
			fail_msg("SEED=%u SEEDS=1: %s", seed, #condition); \
	} while (0)

static unsigned int random_below(unsigned int n)
{
	return rand() % n;
}

static uint64_t random_bits(void)
{
	return (uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^ rand();
}

/* Parts of names, strings and texts. */
static const struct piece {
	const char *text;
	size_t len;
} pieces[] = {
#define PIECE(literal)                       \
	{                                    \
		literal, sizeof(literal) - 1 \
	}
	PIECE("a"),
	PIECE("b"),
	PIECE("name"),
	PIECE("uint"),
	PIECE("payload"),
	PIECE("fields"),
	PIECE("text"),
	PIECE(" ="),
	PIECE("\""),
	PIECE("\\"),
	PIECE("\n"),
	PIECE("\0"),
	PIECE("\x1b[2J"),
	PIECE("12345678901234567890"),
	PIECE("\xc3\xbc"),
	PIECE("\xe2\x80\xae"),
	PIECE("\xef\xbf\xbd"),
	PIECE("\xf0\x9f\x9a\x8c"),
	PIECE("null"),
	/* Not valid UTF-8. */
	PIECE("\xff"),
	PIECE("\xed\xa0\x80"),
};

static size_t random_text(char *text)
{
	/* Most are valid UTF-8, and many are short. */
	size_t kinds =
		sizeof(pieces) / sizeof(*pieces) - (random_below(8) ? 2 : 0);
	size_t count = random_below(3) ? random_below(2) : random_below(6);
	const struct piece *piece;
	size_t len = 0;

	while (count--) {
		piece = &pieces[random_below(kinds)];
		memcpy(text + len, piece->text, piece->len);
		len += piece->len;
	}
	return len;
}

static ProtobufCBinaryData random_bytes(void)
{
	ProtobufCBinaryData bytes = { .len = random_below(20) };
	size_t i;

	bytes.data = malloc(bytes.len + 1);
	assert_non_null(bytes.data);
	for (i = 0; i < bytes.len; i++)
		bytes.data[i] = rand();
	return bytes;
}

static ProtobufCBinaryData random_string(void)
{
	ProtobufCBinaryData bytes = { .data = malloc(256) };

	assert_non_null(bytes.data);
	bytes.len = random_text((char *)bytes.data);
	return bytes;
}

static uint64_t random_integer(void)
{
	static const uint64_t edges[] = {
		0,	    1,
		INT64_MAX,  (uint64_t)INT64_MAX + 1,
		UINT64_MAX, UINT64_MAX - 1,
	};

	if (random_below(2))
		return edges[random_below(sizeof(edges) / sizeof(*edges))];
	return random_bits() >> random_below(64);
}

static double random_double(void)
{
	static const double edges[] = {
		0,	-0.0,	   21.7,      1e23,   5e-324,
		1e-310, 0x1p-1022, 0x1p63,    0x1p64, 1.7976931348623157e308,
		NAN,	INFINITY,  -INFINITY, 1e15,   123456789012345680,
	};
	uint64_t bits = random_bits();
	double number;

	if (random_below(2))
		return edges[random_below(sizeof(edges) / sizeof(*edges))];
	memcpy(&number, &bits, sizeof(number));
	/* JSON has only one NaN. */
	return isnan(number) ? NAN : number;
}

static void random_value(Whole__Event__Field *field)
{
	static const Whole__Event__Field__ValueCase cases[] = {
		WHOLE__EVENT__FIELD__VALUE__NOT_SET,
		WHOLE__EVENT__FIELD__VALUE_BOOL_VALUE,
		WHOLE__EVENT__FIELD__VALUE_INT_VALUE,
		WHOLE__EVENT__FIELD__VALUE_UINT_VALUE,
		WHOLE__EVENT__FIELD__VALUE_DOUBLE_VALUE,
		WHOLE__EVENT__FIELD__VALUE_STRING_VALUE,
		WHOLE__EVENT__FIELD__VALUE_BYTES_VALUE,
	};

	field->value_case = cases[random_below(sizeof(cases) / sizeof(*cases))];
	switch (field->value_case) {
	case WHOLE__EVENT__FIELD__VALUE_BOOL_VALUE:
		field->bool_value = random_below(2);
		break;
	case WHOLE__EVENT__FIELD__VALUE_INT_VALUE:
		field->int_value = (int64_t)random_integer();
		break;
	case WHOLE__EVENT__FIELD__VALUE_UINT_VALUE:
		field->uint_value = random_integer();
		break;
	case WHOLE__EVENT__FIELD__VALUE_DOUBLE_VALUE:
		field->double_value = random_double();
		break;
	case WHOLE__EVENT__FIELD__VALUE_STRING_VALUE:
		field->string_value = random_string();
		break;
	case WHOLE__EVENT__FIELD__VALUE_BYTES_VALUE:
		field->bytes_value = random_bytes();
		break;
	default:
		break;
	}
}

static Whole__Event *random_event(void)
{
	Whole__Event *event = event_new();
	unsigned int fields = random_below(6);
	char name[256];

	event->text = random_string();
	while (fields--)
		random_value(event_add_field(event, name, random_text(name)));
	return event;
}

/* The bytes that bus-pub would publish for a line. */
static size_t read_line(const char *line, size_t len, void *packed)
{
	json_error_t error;
	json_t *object = json_line_read(line, len, &error);
	struct pub_message message;
	const char *fault = NULL;
	size_t size;

	if (!object)
		fail_msg("SEED=%u SEEDS=1: %s: %s", seed, error.text, line);
	assert_seed(pub_message_of_text(&message, NULL, 0));
	if (!pub_message_of_json(&message, object, &fault))
		fail_msg("SEED=%u SEEDS=1: %s: %s", seed, fault, line);
	assert_seed(message.key_size == 2 && !memcmp(message.key, "k\xff", 2));
	if (message.event) {
		size = protobuf_c_message_pack(&message.event->base, packed);
	} else {
		size = message.size;
		memcpy(packed, message.bytes, size);
	}
	pub_message_free(&message);
	json_decref(object);
	return size;
}

static void reads_back(const struct bus_message *message)
{
	char line[65536] = "", again[65536] = "";
	struct bus_message copy = *message;
	uint8_t packed[65536];
	FILE *file;

	file = fmemopen(line, sizeof(line), "w");
	assert_seed(format_json(file, message));
	fclose(file);
	assert_seed(strchr(line, '\n') == line + strlen(line) - 1);
	copy.payload = packed;
	copy.size = read_line(line, strlen(line) - 1, packed);
	if (copy.size != message->size ||
	    memcmp(packed, message->payload, copy.size) != 0)
		fail_msg("SEED=%u SEEDS=1: differs: %s", seed, line);
	file = fmemopen(again, sizeof(again), "w");
	assert_seed(format_json(file, &copy));
	fclose(file);
	assert_string_equal(again, line);
}

/* On a topic declared to carry events, and on one that is not. */
static void random_event_reads_back(void)
{
	Whole__Event *event = random_event();
	uint8_t packed[65536];
	struct bus_message message = {
		.kind = BUS_MESSAGE,
		.topic = "a/b",
		.type = kbus__v1__event__descriptor.name,
		.key = "k\xff",
		.key_size = 2,
		.payload = packed,
		.size = protobuf_c_message_pack(&event->base, packed),
	};

	event_free(event);
	reads_back(&message);
	message.type = "";
	reads_back(&message);
}

/*
 * Lines with some bytes changed are read as a message or refused with a reason.
 */
static void damaged_line_does_no_harm(void)
{
	static const char bytes[] = "{}[]\",:\\0129.-enulx \0\xff";
	Whole__Event *event = random_event();
	json_t *object = event_json(event);
	struct pub_message message;
	const char *fault = NULL;
	unsigned int damages;
	json_error_t error;
	char *line;
	size_t len;

	object = json_pack("{s:o, s:s}", "payload", object, "key", "k");
	line = json_dumps(object, JSON_COMPACT);
	len = strlen(line);
	for (damages = 1 + random_below(3); damages; damages--)
		line[random_below(len)] =
			bytes[random_below(sizeof(bytes) - 1)];
	json_decref(object);
	object = json_line_read(line, len, &error);
	assert_seed(object || error.text[0]);
	if (object) {
		assert_seed(pub_message_of_text(&message, NULL, 0));
		if (!pub_message_of_json(&message, object, &fault))
			assert_seed(fault);
		else
			assert_seed(message.event || message.bytes);
		pub_message_free(&message);
	}
	json_decref(object);
	free(line);
	event_free(event);
}

static unsigned int number_from(const char *name, unsigned int fallback)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : fallback;
}

static void for_each_seed(void (*fn)(void))
{
	unsigned int first = number_from("SEED", 1);
	unsigned int count = number_from("SEEDS", 10000);

	for (seed = first; seed < first + count; seed++) {
		srand(seed);
		fn();
	}
}

static void random_events_read_back(void **state)
{
	for_each_seed(random_event_reads_back);
}

static void damaged_lines_do_no_harm(void **state)
{
	for_each_seed(damaged_line_does_no_harm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_events_read_back),
		cmocka_unit_test(damaged_lines_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
