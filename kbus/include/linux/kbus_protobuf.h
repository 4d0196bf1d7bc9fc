/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Protocol Buffers writer for kernel publishers
 *
 * Writes fields into a buffer of the caller's, as the Protocol Buffers
 * encoding documents them: a field is a tag, field number and wire type, and
 * a value. Nothing is written past the buffer's end: the first field that does
 * not fit is the last, and kbus_pb_length() tells.
 *
 *	u8 buffer[64];
 *	struct kbus_pb pb;
 *	ssize_t len;
 *
 *	kbus_pb_init(&pb, buffer, sizeof(buffer));
 *	kbus_pb_string(&pb, 1, "eth0");
 *	kbus_pb_uint(&pb, 2, 1500);
 *	len = kbus_pb_length(&pb);
 *
 * Fields that hold their type's default value may be left out: a reader of
 * proto3 sees no difference.
 *
 * Context: any.
 */
#ifndef _LINUX_KBUS_PROTOBUF_H
#define _LINUX_KBUS_PROTOBUF_H

#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>

#define KBUS_PB_FIELD_MAX ((1U << 29) - 1)

enum kbus_pb_wire_type {
	KBUS_PB_VARINT = 0,
	KBUS_PB_FIXED64 = 1,
	KBUS_PB_DELIMITED = 2,
	KBUS_PB_FIXED32 = 5,
};

/**
 * struct kbus_pb - a message in the making
 * @data: the caller's buffer
 * @size: its size in bytes
 * @len: bytes written
 * @err: 0, or the first error, which sticks
 */
struct kbus_pb {
	u8 *data;
	size_t size;
	size_t len;
	int err;
};

/**
 * kbus_pb_init() - begin a message
 * @pb: the writer
 * @data: buffer to write to; the caller's, and in use until the message is
 *	no longer needed
 * @size: size of the buffer in bytes
 */
static inline void kbus_pb_init(struct kbus_pb *pb, void *data, size_t size)
{
	pb->data = data;
	pb->size = size;
	pb->len = 0;
	pb->err = 0;
}

/**
 * kbus_pb_length() - end a message
 * @pb: the writer
 *
 * Return: length of the message in bytes, or -EMSGSIZE if the buffer was too
 * small, -EINVAL if a field number was out of range.
 */
static inline ssize_t kbus_pb_length(const struct kbus_pb *pb)
{
	return pb->err ? pb->err : (ssize_t)pb->len;
}

static inline size_t __kbus_pb_varint_size(u64 value)
{
	size_t size = 1;

	while (value >>= 7)
		size++;
	return size;
}

static inline void __kbus_pb_varint(struct kbus_pb *pb, u64 value)
{
	for (; value >= 0x80; value >>= 7)
		pb->data[pb->len++] = value | 0x80;
	pb->data[pb->len++] = value;
}

/* Writes a tag if tag and @size bytes after it fit. */
static inline bool __kbus_pb_tag(struct kbus_pb *pb, u32 field,
				 enum kbus_pb_wire_type type, size_t size)
{
	u64 tag = (u64)field << 3 | type;
	size_t left = pb->size - pb->len;
	size_t tag_size = __kbus_pb_varint_size(tag);

	if (!pb->err && (field == 0 || field > KBUS_PB_FIELD_MAX))
		pb->err = -EINVAL;
	if (!pb->err && (tag_size > left || size > left - tag_size))
		pb->err = -EMSGSIZE;
	if (pb->err)
		return false;
	__kbus_pb_varint(pb, tag);
	return true;
}

static inline void __kbus_pb_fixed(struct kbus_pb *pb, u64 value, size_t size)
{
	for (; size; size--, value >>= 8)
		pb->data[pb->len++] = value;
}

/**
 * kbus_pb_uint() - write a uint32, uint64, bool or enum
 * @pb: the writer
 * @field: field number
 * @value: value
 */
static inline void kbus_pb_uint(struct kbus_pb *pb, u32 field, u64 value)
{
	if (__kbus_pb_tag(pb, field, KBUS_PB_VARINT,
			  __kbus_pb_varint_size(value)))
		__kbus_pb_varint(pb, value);
}

/**
 * kbus_pb_int() - write an int32 or int64
 * @pb: the writer
 * @field: field number
 * @value: value; ten bytes if negative: see kbus_pb_sint()
 */
static inline void kbus_pb_int(struct kbus_pb *pb, u32 field, s64 value)
{
	kbus_pb_uint(pb, field, value);
}

/**
 * kbus_pb_sint() - write a sint32 or sint64 (zigzag)
 * @pb: the writer
 * @field: field number
 * @value: value
 */
static inline void kbus_pb_sint(struct kbus_pb *pb, u32 field, s64 value)
{
	kbus_pb_uint(pb, field, (u64)value << 1 ^ (value < 0 ? ~0ULL : 0));
}

/**
 * kbus_pb_fixed32() - write a fixed32 or sfixed32
 * @pb: the writer
 * @field: field number
 * @value: value
 */
static inline void kbus_pb_fixed32(struct kbus_pb *pb, u32 field, u32 value)
{
	if (__kbus_pb_tag(pb, field, KBUS_PB_FIXED32, sizeof(value)))
		__kbus_pb_fixed(pb, value, sizeof(value));
}

/**
 * kbus_pb_fixed64() - write a fixed64 or sfixed64
 * @pb: the writer
 * @field: field number
 * @value: value
 */
static inline void kbus_pb_fixed64(struct kbus_pb *pb, u32 field, u64 value)
{
	if (__kbus_pb_tag(pb, field, KBUS_PB_FIXED64, sizeof(value)))
		__kbus_pb_fixed(pb, value, sizeof(value));
}

/**
 * kbus_pb_bytes() - write bytes, or a message encoded elsewhere
 * @pb: the writer
 * @field: field number
 * @value: the bytes; copied
 * @len: how many
 */
static inline void kbus_pb_bytes(struct kbus_pb *pb, u32 field,
				 const void *value, size_t len)
{
	size_t prefix = __kbus_pb_varint_size(len);

	/* Where the sum would wrap, len alone is too much. */
	if (!__kbus_pb_tag(pb, field, KBUS_PB_DELIMITED,
			   len > pb->size ? len : prefix + len))
		return;
	__kbus_pb_varint(pb, len);
	memcpy(pb->data + pb->len, value, len);
	pb->len += len;
}

/**
 * kbus_pb_string() - write a string
 * @pb: the writer
 * @field: field number
 * @value: the string, terminated, UTF-8; copied
 */
static inline void kbus_pb_string(struct kbus_pb *pb, u32 field,
				  const char *value)
{
	kbus_pb_bytes(pb, field, value, strlen(value));
}

#endif /* _LINUX_KBUS_PROTOBUF_H */
