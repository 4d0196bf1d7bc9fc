/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Protocol Buffers writer for kernel publishers
 *
 * It writes fields into the caller's buffer, as the documentation of Protocol
 * Buffers' encoding describes: a field is a tag (field number and wire type)
 * and a value. Nothing is written past the buffer's end or after the first
 * error. kbus_pb_length() returns it, so that no other call has to be checked.
 *
 *	u8 buffer[64];
 *	struct kbus_pb pb;
 *	ssize_t len;
 *
 *	kbus_pb_init(&pb, buffer, sizeof(buffer));
 *	kbus_pb_string(&pb, 1, "eth0");
 *	kbus_pb_uint(&pb, 2, 1500);
 *	kbus_pb_begin(&pb, 3);
 *	kbus_pb_uint(&pb, 1, true);
 *	kbus_pb_end(&pb);
 *	len = kbus_pb_length(&pb);
 *
 * Fields that hold their type's default value may be left out. A reader of
 * proto3 sees no difference. A repeated field is written element by element;
 * readers accept this for packed fields, too. A float or double is a fixed32 or
 * fixed64 of its bits.
 */
#ifndef _LINUX_KBUS_PROTOBUF_H
#define _LINUX_KBUS_PROTOBUF_H

#include <linux/errno.h>
#include <linux/kbus_utf8.h>
#include <linux/string.h>
#include <linux/types.h>

#define KBUS_PB_FIELD_MAX ((1U << 29) - 1)
/* Field numbers that no .proto file may use. */
#define KBUS_PB_FIELD_RESERVED_FIRST 19000
#define KBUS_PB_FIELD_RESERVED_LAST 19999
/* The encoding's limit for a message. */
#define KBUS_PB_SIZE_MAX ((1U << 31) - 1)
#define KBUS_PB_DEPTH_MAX 8

enum kbus_pb_wire_type {
	KBUS_PB_VARINT = 0,
	KBUS_PB_FIXED64 = 1,
	KBUS_PB_DELIMITED = 2,
	KBUS_PB_FIXED32 = 5,
};

/**
 * struct kbus_pb - a message that is being written
 * @data: the caller's buffer
 * @size: its size in bytes
 * @len: bytes written
 * @err: 0, or the first error
 * @depth: number of nested messages that are open
 * @open: where the content of each open message begins
 */
struct kbus_pb {
	u8 *data;
	size_t size;
	size_t len;
	int err;
	u32 depth;
	u32 open[KBUS_PB_DEPTH_MAX];
};

/**
 * kbus_pb_init() - begin a message
 * @pb: the writer
 * @data: buffer to write to; it belongs to the caller, and must stay valid
 *	until the message is no longer needed. NULL is an error unless @size is
 *	0.
 * @size: size of the buffer in bytes; no more than KBUS_PB_SIZE_MAX is used
 *
 * Context: any.
 */
static inline void kbus_pb_init(struct kbus_pb *pb, void *data, size_t size)
{
	pb->data = data;
	pb->size = size > KBUS_PB_SIZE_MAX ? KBUS_PB_SIZE_MAX : size;
	pb->len = 0;
	pb->err = data || !size ? 0 : -EINVAL;
	pb->depth = 0;
}

/* Records an error, unless there is one already. */
static inline void __kbus_pb_fail(struct kbus_pb *pb, int err)
{
	if (!pb->err)
		pb->err = err;
}

/**
 * kbus_pb_length() - end a message
 * @pb: the writer
 *
 * Context: any.
 * Return: length of the message in bytes; or the first error: -EMSGSIZE if the
 * buffer was too small, -EINVAL if a field number was 0, larger than
 * KBUS_PB_FIELD_MAX or reserved, a pointer was NULL, or nested messages were
 * too deep or not begun and ended equally often.
 */
static inline ssize_t kbus_pb_length(struct kbus_pb *pb)
{
	if (pb->depth)
		__kbus_pb_fail(pb, -EINVAL);
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

static inline bool __kbus_pb_field_ok(u32 field)
{
	return field > 0 && field <= KBUS_PB_FIELD_MAX &&
	       !(field >= KBUS_PB_FIELD_RESERVED_FIRST &&
		 field <= KBUS_PB_FIELD_RESERVED_LAST);
}

/* Writes a tag if the tag and @size bytes after it fit. */
static inline bool __kbus_pb_tag(struct kbus_pb *pb, u32 field,
				 enum kbus_pb_wire_type type, size_t size)
{
	u64 tag = (u64)field << 3 | type;
	size_t left = pb->size - pb->len;
	size_t tag_size = __kbus_pb_varint_size(tag);

	if (!__kbus_pb_field_ok(field))
		__kbus_pb_fail(pb, -EINVAL);
	if (tag_size > left || size > left - tag_size)
		__kbus_pb_fail(pb, -EMSGSIZE);
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
 *
 * Context: any.
 */
static inline void kbus_pb_uint(struct kbus_pb *pb, u32 field, u64 value)
{
	if (__kbus_pb_tag(pb, field, KBUS_PB_VARINT,
			  __kbus_pb_varint_size(value)))
		__kbus_pb_varint(pb, value);
}

/**
 * kbus_pb_int() - write an int32, int64, or enum with negative values
 * @pb: the writer
 * @field: field number
 * @value: value; takes ten bytes if negative, see kbus_pb_sint()
 *
 * Context: any.
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
 *
 * Context: any.
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
 *
 * Context: any.
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
 *
 * Context: any.
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
 * @value: the bytes; copied. NULL is an error unless @len is 0.
 * @len: number of bytes
 *
 * Context: any.
 */
static inline void kbus_pb_bytes(struct kbus_pb *pb, u32 field,
				 const void *value, size_t len)
{
	size_t prefix = __kbus_pb_varint_size(len);

	if (!value && len)
		__kbus_pb_fail(pb, -EINVAL);
	/* If the sum would wrap, @len alone is too large. */
	if (!__kbus_pb_tag(pb, field, KBUS_PB_DELIMITED,
			   len > pb->size ? len : prefix + len))
		return;
	__kbus_pb_varint(pb, len);
	if (len)
		memcpy(pb->data + pb->len, value, len);
	pb->len += len;
}

/**
 * kbus_pb_string() - write a string
 * @pb: the writer
 * @field: field number
 * @value: the string, NUL-terminated UTF-8; for other bytes see kbus_pb_text();
 *	copied. NULL is an error.
 *
 * Context: any.
 */
static inline void kbus_pb_string(struct kbus_pb *pb, u32 field,
				  const char *value)
{
	if (value)
		kbus_pb_bytes(pb, field, value, strlen(value));
	else
		__kbus_pb_fail(pb, -EINVAL);
}

/* Writes @text as kbus_pb_text() escapes it, or only counts if @to is NULL. */
static inline size_t __kbus_pb_escape(u8 *to, const u8 *text, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t written = 0;

	while (len) {
		u8 escape[] = { '\\', 'x', digits[*text >> 4],
				digits[*text & 0xf] };
		size_t size = kbus_utf8_size(text, len);
		size_t more = size;
		const u8 *from = text;

		if (!size || !*text) {
			from = escape;
			more = sizeof(escape);
			size = 1;
		} else if (*text == '\\') {
			escape[1] = '\\';
			from = escape;
			more = 2;
		}
		if (to)
			memcpy(to + written, from, more);
		written += more;
		text += size;
		len -= size;
	}
	return written;
}

/**
 * kbus_pb_text() - write a string of bytes that need not be UTF-8
 * @pb: the writer
 * @field: field number
 * @text: the bytes, such as a file's name; copied. They are read twice and must
 *	not change in between. NULL is an error unless @len is 0.
 * @len: number of bytes
 *
 * The string is UTF-8 and contains all of the bytes. A byte that is not part of
 * a UTF-8 character becomes \xNN, and so does NUL. A backslash becomes two. The
 * string is at most four times as long as the bytes.
 *
 * Context: any.
 */
static inline void kbus_pb_text(struct kbus_pb *pb, u32 field, const void *text,
				size_t len)
{
	size_t size;

	/*
	 * There is nothing to escape in NULL, or in a text that is too long
	 * even unescaped.
	 */
	if (!text || len > pb->size) {
		kbus_pb_bytes(pb, field, text, len);
		return;
	}
	size = __kbus_pb_escape(NULL, text, len);
	if (!__kbus_pb_tag(pb, field, KBUS_PB_DELIMITED,
			   __kbus_pb_varint_size(size) + size))
		return;
	__kbus_pb_varint(pb, size);
	pb->len += __kbus_pb_escape(pb->data + pb->len, text, len);
}

/**
 * kbus_pb_begin() - begin a nested message
 * @pb: the writer
 * @field: field number
 *
 * Fields that are written until kbus_pb_end() belong to the nested message. It
 * can contain nested messages itself, up to KBUS_PB_DEPTH_MAX deep. More levels
 * are an error.
 *
 * Context: any.
 */
static inline void kbus_pb_begin(struct kbus_pb *pb, u32 field)
{
	if (pb->depth >= KBUS_PB_DEPTH_MAX)
		__kbus_pb_fail(pb, -EINVAL);
	/* Reserve one byte for the length. */
	if (!__kbus_pb_tag(pb, field, KBUS_PB_DELIMITED, 1))
		return;
	pb->data[pb->len++] = 0;
	pb->open[pb->depth++] = pb->len;
}

/**
 * kbus_pb_end() - end a nested message
 * @pb: the writer
 *
 * Ends the message that was begun last. It is an error if there is none.
 *
 * The content is moved if its length takes more than one byte. Reserving room
 * for the longest length would avoid that, but would make every message longer,
 * and give the same fields two different encodings.
 *
 * Context: any.
 */
static inline void kbus_pb_end(struct kbus_pb *pb)
{
	size_t start, len, more;

	if (!pb->depth)
		__kbus_pb_fail(pb, -EINVAL);
	if (pb->err)
		return;
	start = pb->open[pb->depth - 1];
	len = pb->len - start;
	more = __kbus_pb_varint_size(len) - 1;
	if (more > pb->size - pb->len) {
		__kbus_pb_fail(pb, -EMSGSIZE);
		return;
	}
	if (more)
		memmove(pb->data + start + more, pb->data + start, len);
	pb->len = start - 1;
	__kbus_pb_varint(pb, len);
	pb->len += len;
	pb->depth--;
}

#endif /* _LINUX_KBUS_PROTOBUF_H */
