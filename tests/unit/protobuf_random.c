// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random messages, encoded by the kernel's Protocol Buffers writer and read
 * back by protobuf-c; and random misuse of the writer
 *
 * A failure prints its seed. SEED=17 SEEDS=1 runs that seed again.
 */
#include "unit_test.h"

#include <linux/kbus_protobuf.h>
#include <linux/kernel.h>

#include <jansson.h>

#include <sanitizer/common_interface_defs.h>

#include "tree.pb-c.h"

#define GUARD 16
#define GUARD_BYTE 0xa5
#define REPEATED_MAX 3

static u64 random_number(void)
{
	u64 number = (u64)rand() << 33 ^ (u64)rand() << 11 ^ rand();

	/* All lengths of varint. */
	return (rand() % 2 ? number : ~number) >> (rand() % 64);
}

static void *some_memory(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	assert_non_null(memory);
	return memory;
}

static char *random_string(void)
{
	static const char text[] = "\xc3\xa4 string, \xe2\x82\xac 3";
	/* Some strings have a length that takes two bytes. */
	size_t times = rand() % 20 ? rand() % 2 : 1 + rand() % 12;
	char *string = some_memory(1 + times * strlen(text), 1);

	while (times--)
		strcat(string, text);
	return string;
}

static ProtobufCBinaryData random_bytes(void)
{
	ProtobufCBinaryData bytes = { .len = random_number() % 40 };
	size_t i;

	bytes.data = some_memory(bytes.len, 1);
	for (i = 0; i < bytes.len; i++)
		bytes.data[i] = rand();
	return bytes;
}

static size_t value_size(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 8;
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	default:
		return 4;
	}
}

static Tree *random_tree(unsigned int depth);

static void random_value(void *value, ProtobufCType type, unsigned int depth)
{
	u64 number = random_number();

	switch (type) {
	case PROTOBUF_C_TYPE_BOOL:
		*(protobuf_c_boolean *)value = rand() % 2;
		break;
	case PROTOBUF_C_TYPE_STRING:
		*(char **)value = random_string();
		break;
	case PROTOBUF_C_TYPE_BYTES:
		*(ProtobufCBinaryData *)value = random_bytes();
		break;
	case PROTOBUF_C_TYPE_MESSAGE:
		*(Tree **)value = random_tree(depth);
		break;
	default:
		memcpy(value, &number, value_size(type));
	}
}

static bool is_repeated(const ProtobufCFieldDescriptor *field)
{
	return field->label == PROTOBUF_C_LABEL_REPEATED;
}

/* The number of values of the field, and a pointer to one of them. */
static size_t count_of(const Tree *tree, const ProtobufCFieldDescriptor *field)
{
	const char *slot = (const char *)tree + field->offset;
	const char *quantity = (const char *)tree + field->quantifier_offset;

	if (is_repeated(field))
		return *(size_t *)quantity;
	if (field->type == PROTOBUF_C_TYPE_STRING ||
	    field->type == PROTOBUF_C_TYPE_MESSAGE)
		return *(void **)slot != NULL;
	return *(protobuf_c_boolean *)quantity;
}

static void *value_of(const Tree *tree, const ProtobufCFieldDescriptor *field,
		      size_t i)
{
	char *slot = (char *)tree + field->offset;

	return is_repeated(field) ?
		       *(char **)slot + i * value_size(field->type) :
		       slot;
}

static void fill_field(Tree *tree, const ProtobufCFieldDescriptor *field,
		       unsigned int depth)
{
	char *slot = (char *)tree + field->offset;
	char *quantity = (char *)tree + field->quantifier_offset;
	size_t count = 1;
	size_t i;

	if (is_repeated(field)) {
		count += rand() % REPEATED_MAX;
		*(size_t *)quantity = count;
		*(void **)slot = some_memory(count, value_size(field->type));
	} else if (field->type != PROTOBUF_C_TYPE_STRING &&
		   field->type != PROTOBUF_C_TYPE_MESSAGE) {
		*(protobuf_c_boolean *)quantity = true;
	}
	for (i = 0; i < count; i++)
		random_value(value_of(tree, field, i), field->type, depth);
}

/* @depth: how deep messages in it may be nested. */
static Tree *random_tree(unsigned int depth)
{
	Tree *tree = some_memory(1, sizeof(*tree));
	unsigned int sparsity = 1 + rand() % 6;
	unsigned int i;

	tree__init(tree);
	for (i = 0; i < tree__descriptor.n_fields; i++) {
		const ProtobufCFieldDescriptor *field =
			&tree__descriptor.fields[i];

		if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
			if (rand() % sparsity == 0)
				fill_field(tree, field, depth);
		} else if (depth && rand() % (sparsity + 1) == 0) {
			fill_field(tree, field, depth - 1);
		}
	}
	return tree;
}

static void write_tree(struct kbus_pb *pb, const Tree *tree,
		       unsigned int first);

static void write_value(struct kbus_pb *pb,
			const ProtobufCFieldDescriptor *field,
			const void *value, unsigned int first)
{
	const ProtobufCBinaryData *bytes = value;

	switch (field->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_ENUM:
		return kbus_pb_int(pb, field->id, *(s32 *)value);
	case PROTOBUF_C_TYPE_INT64:
		return kbus_pb_int(pb, field->id, *(s64 *)value);
	case PROTOBUF_C_TYPE_UINT32:
		return kbus_pb_uint(pb, field->id, *(u32 *)value);
	case PROTOBUF_C_TYPE_UINT64:
		return kbus_pb_uint(pb, field->id, *(u64 *)value);
	case PROTOBUF_C_TYPE_SINT32:
		return kbus_pb_sint(pb, field->id, *(s32 *)value);
	case PROTOBUF_C_TYPE_SINT64:
		return kbus_pb_sint(pb, field->id, *(s64 *)value);
	case PROTOBUF_C_TYPE_BOOL:
		return kbus_pb_uint(pb, field->id,
				    *(protobuf_c_boolean *)value);
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return kbus_pb_fixed32(pb, field->id, *(u32 *)value);
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return kbus_pb_fixed64(pb, field->id, *(u64 *)value);
	case PROTOBUF_C_TYPE_STRING:
		/* For valid UTF-8 both functions write the same bytes. */
		if (field->label == PROTOBUF_C_LABEL_OPTIONAL)
			return kbus_pb_string(pb, field->id, *(char **)value);
		return kbus_pb_text(pb, field->id, *(char **)value,
				    strlen(*(char **)value));
	case PROTOBUF_C_TYPE_BYTES:
		return kbus_pb_bytes(pb, field->id, bytes->data, bytes->len);
	case PROTOBUF_C_TYPE_MESSAGE:
		kbus_pb_begin(pb, field->id);
		write_tree(pb, *(Tree **)value, first);
		return kbus_pb_end(pb);
	}
}

/*
 * @first: the field to begin with. 0: in order, as protobuf-c does; otherwise
 * repeated fields are mixed as well.
 */
static void write_tree(struct kbus_pb *pb, const Tree *tree, unsigned int first)
{
	unsigned int n = tree__descriptor.n_fields;
	unsigned int i, j, pass;

	for (pass = 0; pass < (first ? REPEATED_MAX : 1); pass++) {
		for (i = 0; i < n; i++) {
			const ProtobufCFieldDescriptor *field =
				&tree__descriptor.fields[(i + first) % n];
			unsigned int end = first ? pass + 1 : REPEATED_MAX;

			for (j = pass; j < end && j < count_of(tree, field);
			     j++)
				write_value(pb, field, value_of(tree, field, j),
					    first);
		}
	}
}

static ssize_t encode(void *buffer, size_t size, const Tree *tree,
		      unsigned int first)
{
	struct kbus_pb pb;

	kbus_pb_init(&pb, buffer, size);
	write_tree(&pb, tree, first);
	return kbus_pb_length(&pb);
}

static unsigned long env_number(const char *name, unsigned long absent)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : absent;
}

static unsigned long seed;

static void print_seed(void)
{
	fprintf(stderr, "SEED=%lu SEEDS=1\n", seed);
}

/* The undefined behaviour sanitizer has no other callback. */
void __ubsan_on_report(void);
void __ubsan_on_report(void)
{
	print_seed();
}

static void for_each_seed(unsigned long seeds, void (*check)(void))
{
	unsigned long first = env_number("SEED", 1);

	seeds = env_number("SEEDS", seeds);
	for (seed = first; seed < first + seeds; seed++) {
		srand(seed);
		check();
	}
}

#define assert_seed(condition)                                     \
	do {                                                       \
		if (!(condition))                                  \
			fail_msg("SEED=%lu SEEDS=1: not %s", seed, \
				 #condition);                      \
	} while (0)

static void reads_back(void)
{
	Tree *tree = random_tree(rand() % (KBUS_PB_DEPTH_MAX + 1));
	size_t len = tree__get_packed_size(tree);
	u8 *expected = some_memory(len, 1);
	u8 *written = some_memory(len, 1);
	unsigned int first = 1 + rand() % (tree__descriptor.n_fields - 1);
	Tree *read;

	tree__pack(tree, expected);
	/* The same bytes as protobuf-c's, as short as possible. */
	assert_seed(encode(written, len, tree, 0) == (ssize_t)len);
	assert_seed(!memcmp(written, expected, len));
	/* In another order it is the same message. */
	assert_seed(encode(written, len, tree, first) == (ssize_t)len);
	read = tree__unpack(NULL, len, written);
	assert_seed(read);
	assert_seed(tree__get_packed_size(read) == len);
	tree__pack(read, written);
	assert_seed(!memcmp(written, expected, len));
	tree__free_unpacked(read, NULL);
	tree__free_unpacked(tree, NULL);
	free(expected);
	free(written);
}

static void random_messages_read_back(void **state)
{
	for_each_seed(3000, reads_back);
}

/*
 * The address sanitizer watches the end of the buffer. Guard bytes watch its
 * start.
 */
static void fits_or_does_not(void)
{
	Tree *tree = random_tree(rand() % 4);
	size_t len = tree__get_packed_size(tree);
	unsigned int first = rand() % tree__descriptor.n_fields;
	size_t size, i;

	for (size = 0; size <= len; size++) {
		u8 *buffer = some_memory(GUARD + size, 1);
		ssize_t err = size < len ? -EMSGSIZE : (ssize_t)len;

		memset(buffer, GUARD_BYTE, GUARD);
		assert_seed(encode(buffer + GUARD, size, tree, first) == err);
		for (i = 0; i < GUARD; i++)
			assert_seed(buffer[i] == GUARD_BYTE);
		free(buffer);
	}
	tree__free_unpacked(tree, NULL);
}

static void every_size_of_buffer_is_respected(void **state)
{
	for_each_seed(300, fits_or_does_not);
}

/* The reader's view of a text, as kbus_pb_text() documents it. */
static size_t unescape(u8 *bytes, const char *text)
{
	unsigned int byte;
	size_t len = 0;

	for (; *text; text++) {
		if (*text != '\\') {
			bytes[len++] = *text;
		} else if (*++text == '\\') {
			bytes[len++] = '\\';
		} else {
			assert_seed(sscanf(text, "x%2x", &byte) == 1);
			bytes[len++] = byte;
			text += 2;
		}
	}
	return len;
}

static void survives(void)
{
	/* Parts of valid and of broken UTF-8. */
	static const u8 likely[] = { 0x00, 'a',	 '\\', 0x7f, 0x80, 0x8f, 0x90,
				     0x9f, 0xa0, 0xbf, 0xc2, 0xdf, 0xe0, 0xe2,
				     0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff };
	size_t len = rand() % 20, i;
	u8 *bytes = some_memory(len, 1);
	u8 *back = some_memory(4 * len, 1);
	u8 buffer[128];
	struct kbus_pb pb;
	json_t *json;
	Tree *tree;

	for (i = 0; i < len; i++)
		bytes[i] = likely[rand() % ARRAY_SIZE(likely)];
	kbus_pb_init(&pb, buffer, sizeof(buffer));
	kbus_pb_text(&pb, 15, bytes, len);
	assert_seed(kbus_pb_length(&pb) <= (ssize_t)(2 + 4 * len));
	tree = tree__unpack(NULL, kbus_pb_length(&pb), buffer);
	assert_seed(tree);
	/* The parser accepts only valid UTF-8. */
	json = json_string(tree->a_string);
	assert_seed(json);
	assert_seed(unescape(back, tree->a_string) == len);
	assert_seed(!memcmp(back, bytes, len));
	json_decref(json);
	tree__free_unpacked(tree, NULL);
	free(back);
	free(bytes);
}

static void any_bytes_survive_as_text(void **state)
{
	for_each_seed(100000, survives);
}

/* The calls of a random caller, from which the expected result follows. */
struct caller {
	struct kbus_pb pb;
	unsigned int depth;
	bool misused;
};

static u32 random_field(struct caller *caller)
{
	static const u32 bad[] = {
		0,
		KBUS_PB_FIELD_RESERVED_FIRST,
		KBUS_PB_FIELD_RESERVED_LAST,
		KBUS_PB_FIELD_MAX + 1,
		UINT32_MAX,
	};

	if (rand() % 30)
		return 1 + rand() % 3000;
	caller->misused = true;
	return bad[rand() % ARRAY_SIZE(bad)];
}

static void random_begin(struct caller *caller)
{
	kbus_pb_begin(&caller->pb, random_field(caller));
	if (caller->depth++ >= KBUS_PB_DEPTH_MAX)
		caller->misused = true;
}

static void random_end(struct caller *caller)
{
	/* Rarely ends more messages than were begun. */
	if (!caller->depth && rand() % 10)
		return;
	kbus_pb_end(&caller->pb);
	if (caller->depth)
		caller->depth--;
	else
		caller->misused = true;
}

static void random_null(struct caller *caller)
{
	if (rand() % 10)
		return;
	caller->misused = true;
	if (rand() % 2)
		kbus_pb_string(&caller->pb, random_field(caller), NULL);
	else
		kbus_pb_bytes(&caller->pb, random_field(caller), NULL,
			      1 + random_number() % 8);
}

static void random_call(struct caller *caller)
{
	struct kbus_pb *pb = &caller->pb;
	u64 number = random_number();

	switch (rand() % 10) {
	case 0:
		return kbus_pb_uint(pb, random_field(caller), number);
	case 1:
		return kbus_pb_sint(pb, random_field(caller), number);
	case 2:
		return kbus_pb_fixed32(pb, random_field(caller), number);
	case 3:
		return kbus_pb_fixed64(pb, random_field(caller), number);
	case 4:
		return kbus_pb_string(pb, random_field(caller), "text");
	case 5:
		/*
		 * A length larger than any buffer: its bytes must not be read.
		 */
		return kbus_pb_bytes(pb, random_field(caller), "",
				     rand() % 20 ? 0 : SIZE_MAX - rand() % 99);
	case 6:
		return random_null(caller);
	case 7:
		return kbus_pb_text(pb, random_field(caller),
				    "\xff\\\xe2\x82\xac", rand() % 6);
	case 8:
		return random_begin(caller);
	default:
		return random_end(caller);
	}
}

static void is_refused(void)
{
	size_t size = rand() % 3 ? rand() % 100 : 1000;
	u8 *buffer = some_memory(size, 1);
	u8 *copy = some_memory(size, 1);
	struct caller caller = { 0 };
	unsigned int calls = rand() % 60;
	int err = 0;

	kbus_pb_init(&caller.pb, buffer, size);
	while (calls--) {
		random_call(&caller);
		assert_seed(caller.pb.len <= size);
		assert_seed(!caller.misused || caller.pb.err);
		if (err) {
			assert_seed(caller.pb.err == err);
			assert_seed(!memcmp(buffer, copy, size));
		} else if (caller.pb.err) {
			err = caller.pb.err;
			assert_seed(err == -EMSGSIZE || caller.misused);
			memcpy(copy, buffer, size);
		}
	}
	if (err)
		assert_seed(kbus_pb_length(&caller.pb) == err);
	else if (caller.depth)
		assert_seed(kbus_pb_length(&caller.pb) == -EINVAL);
	else
		assert_seed(kbus_pb_length(&caller.pb) >= 0);
	free(buffer);
	free(copy);
}

static void misuse_is_an_error_that_sticks(void **state)
{
	for_each_seed(100000, is_refused);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_messages_read_back),
		cmocka_unit_test(every_size_of_buffer_is_respected),
		cmocka_unit_test(any_bytes_survive_as_text),
		cmocka_unit_test(misuse_is_an_error_that_sticks),
	};

	/* A report of the address sanitizer ends the program. */
	__sanitizer_set_death_callback(print_seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
