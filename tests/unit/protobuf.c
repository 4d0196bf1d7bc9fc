// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's Protocol Buffers writer, read back by protobuf-c
 */
#include "unit_test.h"

#include <linux/kbus_protobuf.h>

#include <sys/mman.h>

#include "every.pb-c.h"
#include "tree.pb-c.h"

static void every_type_reads_back(void **state)
{
	static const u8 bytes[] = { 0, 1, 255 };
	Every *every;
	u8 buffer[256];
	struct kbus_pb pb;

	kbus_pb_init(&pb, buffer, sizeof(buffer));
	kbus_pb_uint(&pb, 1, UINT64_MAX);
	kbus_pb_int(&pb, 2, -1);
	kbus_pb_sint(&pb, 3, INT64_MIN);
	kbus_pb_uint(&pb, 4, true);
	kbus_pb_fixed32(&pb, 5, 0x12345678);
	kbus_pb_fixed64(&pb, 6, 0x123456789abcdef0);
	kbus_pb_bytes(&pb, 7, bytes, sizeof(bytes));
	kbus_pb_string(&pb, 8, "text");
	kbus_pb_sint(&pb, KBUS_PB_FIELD_MAX, -3);
	assert_true(kbus_pb_length(&pb) > 0);

	every = every__unpack(NULL, kbus_pb_length(&pb), buffer);
	assert_non_null(every);
	assert_true(every->an_uint64 == UINT64_MAX);
	assert_true(every->an_int64 == -1);
	assert_true(every->a_sint64 == INT64_MIN);
	assert_true(every->a_bool);
	assert_int_equal(every->a_fixed32, 0x12345678);
	assert_true(every->a_fixed64 == 0x123456789abcdef0);
	assert_int_equal(every->some_bytes.len, sizeof(bytes));
	assert_memory_equal(every->some_bytes.data, bytes, sizeof(bytes));
	assert_string_equal(every->a_string, "text");
	assert_int_equal(every->the_last, -3);
	every__free_unpacked(every, NULL);
}

static u64 random_number(void)
{
	u64 number = (u64)rand() << 33 ^ (u64)rand() << 11 ^ rand();

	/* All lengths of varint. */
	return number >> (rand() % 64);
}

static void random_numbers_read_back(void **state)
{
	u8 buffer[128];
	struct kbus_pb pb;
	Every *every;
	int i;

	srand(1);
	for (i = 0; i < 20000; i++) {
		u64 a = random_number(), b = random_number();
		s64 c = (s64)random_number() * (i % 2 ? 1 : -1);

		kbus_pb_init(&pb, buffer, sizeof(buffer));
		kbus_pb_uint(&pb, 1, a);
		kbus_pb_int(&pb, 2, (s64)b);
		kbus_pb_sint(&pb, 3, c);
		every = every__unpack(NULL, kbus_pb_length(&pb), buffer);
		assert_non_null(every);
		assert_true(every->an_uint64 == a);
		assert_true(every->an_int64 == (s64)b);
		assert_true(every->a_sint64 == c);
		every__free_unpacked(every, NULL);
	}
}

static ssize_t write_some(u8 *buffer, size_t size)
{
	struct kbus_pb pb;

	kbus_pb_init(&pb, buffer, size);
	kbus_pb_uint(&pb, 1, 300);
	kbus_pb_string(&pb, 8, "some text");
	kbus_pb_fixed32(&pb, 5, 1);
	kbus_pb_fixed64(&pb, 6, 1);
	return kbus_pb_length(&pb);
}

static void a_full_buffer_is_an_error_and_not_overrun(void **state)
{
	u8 whole[64];
	ssize_t len = write_some(whole, sizeof(whole));
	ssize_t size;

	assert_int_equal(len, 3 + 11 + 5 + 9);
	assert_int_equal(write_some(whole, len), len);
	for (size = 0; size < len; size++) {
		/* On the heap, so that the address sanitizer watches it. */
		u8 *buffer = malloc(size ? size : 1);

		assert_int_equal(write_some(buffer, size), -EMSGSIZE);
		free(buffer);
	}
}

static void the_first_error_sticks(void **state)
{
	u8 buffer[4];
	struct kbus_pb pb;

	kbus_pb_init(&pb, buffer, sizeof(buffer));
	kbus_pb_string(&pb, 1, "too long");
	assert_int_equal(kbus_pb_length(&pb), -EMSGSIZE);
	kbus_pb_uint(&pb, 1, 1);
	kbus_pb_uint(&pb, 0, 1);
	assert_int_equal(kbus_pb_length(&pb), -EMSGSIZE);
	assert_int_equal(pb.len, 0);
}

static void field_numbers_are_checked(void **state)
{
	u8 buffer[32];
	struct kbus_pb pb;

	kbus_pb_init(&pb, buffer, sizeof(buffer));
	kbus_pb_uint(&pb, 0, 1);
	assert_int_equal(kbus_pb_length(&pb), -EINVAL);
	kbus_pb_init(&pb, buffer, sizeof(buffer));
	kbus_pb_uint(&pb, KBUS_PB_FIELD_MAX + 1, 1);
	assert_int_equal(kbus_pb_length(&pb), -EINVAL);
}

static ssize_t write_field(u32 field)
{
	u8 buffer[32];
	struct kbus_pb pb;

	kbus_pb_init(&pb, buffer, sizeof(buffer));
	kbus_pb_bytes(&pb, field, NULL, 0);
	return kbus_pb_length(&pb);
}

static void reserved_field_numbers_are_refused(void **state)
{
	assert_int_equal(write_field(18999), 4);
	assert_int_equal(write_field(19000), -EINVAL);
	assert_int_equal(write_field(19500), -EINVAL);
	assert_int_equal(write_field(19999), -EINVAL);
	assert_int_equal(write_field(20000), 4);
}

static void null_is_an_error(void **state)
{
	u8 buffer[32];
	struct kbus_pb pb;

	kbus_pb_init(&pb, buffer, sizeof(buffer));
	kbus_pb_string(&pb, 1, NULL);
	assert_int_equal(kbus_pb_length(&pb), -EINVAL);
	kbus_pb_init(&pb, buffer, sizeof(buffer));
	kbus_pb_bytes(&pb, 1, NULL, 1);
	assert_int_equal(kbus_pb_length(&pb), -EINVAL);
	kbus_pb_init(&pb, buffer, sizeof(buffer));
	kbus_pb_text(&pb, 1, NULL, 1);
	assert_int_equal(kbus_pb_length(&pb), -EINVAL);
	kbus_pb_init(&pb, NULL, 1);
	kbus_pb_uint(&pb, 1, 1);
	assert_int_equal(kbus_pb_length(&pb), -EINVAL);
	kbus_pb_init(&pb, NULL, 0);
	assert_int_equal(kbus_pb_length(&pb), 0);
	kbus_pb_uint(&pb, 1, 1);
	assert_int_equal(kbus_pb_length(&pb), -EMSGSIZE);
}

static void messages_nest_as_deep_as_is_said(void **state)
{
	u8 buffer[64];
	struct kbus_pb pb;
	Tree *tree, *inner;
	int i;

	kbus_pb_init(&pb, buffer, sizeof(buffer));
	for (i = 0; i < KBUS_PB_DEPTH_MAX; i++)
		kbus_pb_begin(&pb, 2047);
	kbus_pb_uint(&pb, 3, 42);
	for (i = 0; i < KBUS_PB_DEPTH_MAX; i++)
		kbus_pb_end(&pb);
	tree = tree__unpack(NULL, kbus_pb_length(&pb), buffer);
	assert_non_null(tree);
	for (i = 0, inner = tree; i < KBUS_PB_DEPTH_MAX; i++) {
		inner = inner->a_tree;
		assert_non_null(inner);
	}
	assert_int_equal(inner->an_uint32, 42);
	tree__free_unpacked(tree, NULL);

	kbus_pb_init(&pb, buffer, sizeof(buffer));
	for (i = 0; i < KBUS_PB_DEPTH_MAX + 1; i++)
		kbus_pb_begin(&pb, 2047);
	for (i = 0; i < KBUS_PB_DEPTH_MAX + 1; i++)
		kbus_pb_end(&pb);
	assert_int_equal(kbus_pb_length(&pb), -EINVAL);
}

static void what_is_begun_is_ended_once(void **state)
{
	u8 buffer[32];
	struct kbus_pb pb;

	kbus_pb_init(&pb, buffer, sizeof(buffer));
	kbus_pb_end(&pb);
	assert_int_equal(kbus_pb_length(&pb), -EINVAL);
	kbus_pb_init(&pb, buffer, sizeof(buffer));
	kbus_pb_begin(&pb, 1);
	assert_int_equal(kbus_pb_length(&pb), -EINVAL);
	/* Too late: the writer has failed. */
	kbus_pb_end(&pb);
	assert_int_equal(kbus_pb_length(&pb), -EINVAL);
}

static void nest(u8 *buffer, size_t size, const u8 *content, size_t len)
{
	size_t value = 0;
	struct kbus_pb pb;
	size_t i = 1;

	kbus_pb_init(&pb, buffer, size);
	kbus_pb_begin(&pb, 1);
	kbus_pb_bytes(&pb, 1, content, len);
	kbus_pb_uint(&pb, 2, 7);
	kbus_pb_end(&pb);
	assert_int_equal(kbus_pb_length(&pb), size);

	assert_int_equal(buffer[0], 1 << 3 | KBUS_PB_DELIMITED);
	do
		value |= (size_t)(buffer[i] & 0x7f) << 7 * (i - 1);
	while (buffer[i++] & 0x80);
	assert_int_equal(value, size - i);
	assert_int_equal(buffer[i], 1 << 3 | KBUS_PB_DELIMITED);
	assert_int_equal(buffer[size - 2], 2 << 3 | KBUS_PB_VARINT);
	assert_int_equal(buffer[size - 1], 7);
}

/* At lengths where the length field of a nested message grows by a byte. */
static void nested_lengths_are_minimal(void **state)
{
	size_t room = (1U << 28) + 16;
	u8 *buffer = mmap(NULL, room, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	/* Pages that are never written take no memory. */
	u8 *zeros =
		mmap(NULL, room, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t i;

	assert_true(buffer != MAP_FAILED && zeros != MAP_FAILED);
	for (i = 1; i < 5; i++) {
		size_t border = 1U << 7 * i;
		/*
		 * The content's own tag and length, and the two bytes of the
		 * number.
		 */
		size_t most = border - 1 - (1 + i + 2);

		nest(buffer, 1 + i + border - 1, zeros, most);
		nest(buffer, 1 + i + 1 + border, zeros, most + 1);
	}
	munmap(buffer, room);
	munmap(zeros, room);
}

static void assert_text(const char *bytes, size_t len, const char *expected)
{
	u8 buffer[64];
	struct kbus_pb pb;
	Every *every;

	kbus_pb_init(&pb, buffer, sizeof(buffer));
	kbus_pb_text(&pb, 8, bytes, len);
	assert_true(kbus_pb_length(&pb) >= 0);
	every = every__unpack(NULL, kbus_pb_length(&pb), buffer);
	assert_non_null(every);
	assert_string_equal(every->a_string, expected);
	every__free_unpacked(every, NULL);
}

#define ASSERT_TEXT(bytes, expected) \
	assert_text(bytes, sizeof(bytes) - 1, expected)

static void text_that_is_not_utf8_is_escaped(void **state)
{
	assert_text(NULL, 0, "");
	ASSERT_TEXT("plain", "plain");
	ASSERT_TEXT("tab\t, line\n", "tab\t, line\n");
	ASSERT_TEXT("a\\b", "a\\\\b");
	ASSERT_TEXT("a\0b", "a\\x00b");
	/* The first and the last character of each length. */
	ASSERT_TEXT("\x7f\xc2\x80\xdf\xbf", "\x7f\xc2\x80\xdf\xbf");
	ASSERT_TEXT("\xe0\xa0\x80\xef\xbf\xbf", "\xe0\xa0\x80\xef\xbf\xbf");
	ASSERT_TEXT("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
		    "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
	/* The characters around the surrogates, and surrogates. */
	ASSERT_TEXT("\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80");
	ASSERT_TEXT("\xed\xa0\x80", "\\xed\\xa0\\x80");
	/* Longer than necessary. */
	ASSERT_TEXT("\xc0\xaf", "\\xc0\\xaf");
	ASSERT_TEXT("\xc1\xbf", "\\xc1\\xbf");
	ASSERT_TEXT("\xe0\x9f\xbf", "\\xe0\\x9f\\xbf");
	ASSERT_TEXT("\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf");
	/* Past the last code point. */
	ASSERT_TEXT("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	ASSERT_TEXT("\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80");
	/* Cut short, at the end or in the middle. */
	ASSERT_TEXT("\x80", "\\x80");
	ASSERT_TEXT("\xe2\x82", "\\xe2\\x82");
	ASSERT_TEXT("\xe2\x82z", "\\xe2\\x82z");
	ASSERT_TEXT("\xf0\x90\x80\xe2\x82\xac", "\\xf0\\x90\\x80\xe2\x82\xac");
}

static void absurd_lengths_do_not_wrap(void **state)
{
	u8 buffer[32];
	struct kbus_pb pb;

	kbus_pb_init(&pb, buffer, sizeof(buffer));
	kbus_pb_bytes(&pb, 1, buffer, SIZE_MAX);
	assert_int_equal(kbus_pb_length(&pb), -EMSGSIZE);
	kbus_pb_init(&pb, buffer, sizeof(buffer));
	kbus_pb_bytes(&pb, 1, buffer, SIZE_MAX - 8);
	assert_int_equal(kbus_pb_length(&pb), -EMSGSIZE);
	kbus_pb_init(&pb, buffer, sizeof(buffer));
	kbus_pb_text(&pb, 1, buffer, SIZE_MAX - 8);
	assert_int_equal(kbus_pb_length(&pb), -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_reads_back),
		cmocka_unit_test(random_numbers_read_back),
		cmocka_unit_test(a_full_buffer_is_an_error_and_not_overrun),
		cmocka_unit_test(the_first_error_sticks),
		cmocka_unit_test(field_numbers_are_checked),
		cmocka_unit_test(reserved_field_numbers_are_refused),
		cmocka_unit_test(null_is_an_error),
		cmocka_unit_test(messages_nest_as_deep_as_is_said),
		cmocka_unit_test(what_is_begun_is_ended_once),
		cmocka_unit_test(nested_lengths_are_minimal),
		cmocka_unit_test(text_that_is_not_utf8_is_escaped),
		cmocka_unit_test(absurd_lengths_do_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
