// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's Protocol Buffers writer, read back by protobuf-c
 */
#include "unit_test.h"

#include <linux/kbus_protobuf.h>

#include "every.pb-c.h"

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
		/* On the heap, for the address sanitizer to watch. */
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
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_reads_back),
		cmocka_unit_test(random_numbers_read_back),
		cmocka_unit_test(a_full_buffer_is_an_error_and_not_overrun),
		cmocka_unit_test(the_first_error_sticks),
		cmocka_unit_test(field_numbers_are_checked),
		cmocka_unit_test(absurd_lengths_do_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
