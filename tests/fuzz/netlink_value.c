// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values of attributes, good and bad
 */
#include "netlink.h"

#include <stdio.h>
#include <string.h>

#define ONE_OF(array) ((array)[any(sizeof(array) / sizeof(*(array)))])

static void set_bytes(struct value *value, const void *data, size_t size)
{
	memcpy(value->data, data, size);
	value->size = size;
}

static void set_u32(struct value *value, uint32_t number)
{
	set_bytes(value, &number, sizeof(number));
}

static void set_text(struct value *value, const char *text)
{
	set_bytes(value, text, strlen(text) + 1);
}

/* Few different levels, so that names collide. */
static void set_levels(struct value *value, unsigned int depth,
		       const char *const *levels, unsigned int count)
{
	char text[64];
	size_t len = 0;

	while (depth--)
		len += snprintf(text + len, sizeof(text) - len, "%s%s",
				len ? "/" : "", levels[any(count)]);
	set_text(value, text);
}

static void set_name(struct value *value)
{
	static const char *const levels[] = { "a", "b", "\xc3\xa9" };
	static const char *const special[] = {
		"kernel/net/link", "$x", "a//b", "/a", "a/", "a/+"
	};

	if (chance(2))
		set_text(value, ONE_OF(special));
	else
		set_levels(value, 1 + any(3), levels, 3);
}

static void set_pattern(struct value *value)
{
	static const char *const levels[] = { "a", "b", "+", "\xc3\xa9" };
	static const char *const special[] = { "#",  "a/#",   "+/#",
					       "$x", "a/#/b", "a+" };

	if (chance(20))
		set_text(value, ONE_OF(special));
	else
		set_levels(value, 1 + any(2), levels, 4);
}

static void set_payload(struct value *value)
{
	value->size = chance(2) ? any(KBUS_PAYLOAD_MAX + 1) : any(200);
	memset(value->data, 'p', value->size);
}

/* Usually the port id of a socket of this process. */
uint32_t portid_of(unsigned int process, unsigned int socket)
{
	return 10000 * (process + 1) + socket;
}

static uint32_t any_portid(void)
{
	unsigned int process = chance(10) ? any(PROCESSES) : known.process;

	return portid_of(process, any(SOCKETS));
}

static void set_good(struct value *value, enum kind kind)
{
	static const char *const types[] = { "kbus.v1.Event", "x.Y" };
	static const uint32_t modes[] = { 0664, 0644, 0600, 0 };
	static const uint32_t uids[] = { 0, 1000, 1001 };

	switch (kind) {
	case PAYLOAD:
		set_payload(value);
		break;
	case KEY:
		set_bytes(value, "xyz", 1 + any(3));
		break;
	case WAIT_MS:
		set_u32(value, any(3));
		break;
	case TOPIC_ID:
		set_u32(value, ONE_OF(known.topics));
		break;
	case NAME:
		set_name(value);
		break;
	case PATTERN:
		set_pattern(value);
		break;
	case TYPE:
		set_text(value, ONE_OF(types));
		break;
	case COUNT:
		set_u32(value, 1 + any(chance(10) ? 200 : 8));
		break;
	case BYTES:
		set_u32(value, 1 + any(1 << 18));
		break;
	case FLAG:
		value->size = 0;
		break;
	case UID:
		set_u32(value, ONE_OF(uids));
		break;
	case MODE:
		set_u32(value, chance(80) ? 0666 : ONE_OF(modes));
		break;
	case OVERFLOW:
		set_u32(value, any(KBUS_OVERFLOW_MAX + 1));
		break;
	case COALESCE:
		set_u32(value,
			any(chance(90) ? 2000 : KBUS_COALESCE_US_MAX + 1));
		break;
	case PORTID:
		set_u32(value, any_portid());
		break;
	}
}

void value_make(struct value *value, const struct attribute *attribute)
{
	value->type = attribute->type;
	value->times = 1;
	set_good(value, attribute->kind);
	value->claimed = NLA_HDRLEN + value->size;
}

static uint32_t boundary(void)
{
	static const uint32_t numbers[] = {
		0,	    1,		3,	    4,		255,
		256,	    4096,	4097,	    0666,	0xffff,
		0x10000,    1000000,	1000001,    64 << 20,	(64 << 20) + 1,
		0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
	};

	return chance(80) ? ONE_OF(numbers) : (uint32_t)mrand48();
}

/*
 * Invalid UTF-8: cut short, overlong, a surrogate, too large, a lone
 * continuation byte, a control character.
 */
static void spoil_text(struct value *value)
{
	static const char *const bad[] = { "\xc3",	   "\xc0\xaf",
					   "\xed\xa0\x80", "\xf4\x90\x80\x80",
					   "\x80",	   "\xc2\x80",
					   "\x1b[2J",	   "\xff" };

	set_text(value, ONE_OF(bad));
}

static void fill(struct value *value, size_t size)
{
	memset(value->data, 'a' + any(26), size);
	value->size = size;
}

static void scatter(struct value *value)
{
	size_t i;

	value->size = any(64);
	for (i = 0; i < value->size; i++)
		value->data[i] = lrand48();
}

/* nla_len stays correct. */
static void damage_data(struct value *value)
{
	switch (any(10)) {
	case 0: /* a string loses its NUL, a number a byte */
		value->size -= value->size > 0;
		break;
	case 1:
		value->data[value->size++] = chance(50) ? 0 : 'x';
		break;
	case 2:
		value->size = any(9);
		break;
	case 3:
		if (value->size)
			value->data[any(value->size)] = 0;
		break;
	case 4:
		spoil_text(value);
		break;
	case 5: /* too long for a name, with its NUL */
		fill(value, 250 + any(12));
		value->data[value->size - 1] = 0;
		break;
	case 6:
		scatter(value);
		break;
	case 7:
		fill(value, chance(10) ? any(VALUE_MAX) : any(600));
		break;
	default:
		set_u32(value, boundary());
	}
	value->claimed = NLA_HDRLEN + value->size;
}

void value_damage(struct value *value)
{
	switch (any(10)) {
	case 0:
		value->times = 0;
		break;
	case 1:
		value->times = 2;
		break;
	case 2:
		value->type = any(64);
		break;
	case 3:
		value->type |= chance(50) ? NLA_F_NESTED : NLA_F_NET_BYTEORDER;
		break;
	case 4:
		value->type = lrand48();
		value->claimed = chance(50) ? any(8) : lrand48();
		break;
	case 5:
		value->claimed += any(9) - 4;
		break;
	default:
		damage_data(value);
	}
}
