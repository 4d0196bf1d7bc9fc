// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of topics, patterns, and names of payload types
 *
 * Topics and patterns follow MQTT's rules (MQTT 5, sections 1.5.4 and 4.7),
 * made stricter: control characters and empty levels are not allowed, because
 * names come from unprivileged programs and go to other users' terminals and
 * logs.
 */
#include "topic_name.h"

#include <linux/kbus_utf8.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/stringify.h>
#include <uapi/linux/kbus.h>

static bool is_control(const u8 *s)
{
	return s[0] < 0x20 || s[0] == 0x7f || (s[0] == 0xc2 && s[1] < 0xa0);
}

/* A wildcard stands for a whole level, and '#' must be the last level. */
static const char *wildcard_fault(const u8 *s, size_t i, size_t len)
{
	if ((i && s[i - 1] != '/') || (i + 1 < len && s[i + 1] != '/'))
		return "a wildcard '+' or '#' stands for a whole level: 'a/+/b', 'a/#'";
	if (s[i] == '#' && i + 1 < len)
		return "the wildcard '#' stands for the rest: nothing comes after it";
	return NULL;
}

static const char *name_fault(const char *name, size_t len, bool pattern)
{
	const u8 *s = (const u8 *)name;
	size_t i, step;

	if (!len)
		return "a topic name must not be empty";
	if (len > KBUS_NAME_MAX)
		return "a topic name has at most "
		       __stringify(KBUS_NAME_MAX) " bytes";
	if (name[0] == '/' || name[len - 1] == '/')
		return "a topic name neither begins nor ends with '/'";

	for (i = 0; i < len; i += step) {
		step = kbus_utf8_size(s + i, len - i);
		if (!step)
			return "a topic name must be UTF-8";
		if (is_control(s + i))
			return "a topic name has no control characters";
		if (s[i] == '/' && s[i + 1] == '/')
			return "a topic name has no empty level '//'";
		if (s[i] != '+' && s[i] != '#')
			continue;
		if (!pattern)
			return "a topic name has no wildcards '+' or '#'";
		if (wildcard_fault(s, i, len))
			return wildcard_fault(s, i, len);
	}
	return NULL;
}

/**
 * kbus_topic_name_fault() - check a topic's name
 * @name: the name, not necessarily terminated
 * @len: its length in bytes
 *
 * Return: NULL if the name is well-formed, or else a constant text for the
 * user.
 */
const char *kbus_topic_name_fault(const char *name, size_t len)
{
	return name_fault(name, len, false);
}

/**
 * kbus_pattern_fault() - check a pattern
 * @pattern: the pattern, not necessarily terminated; a name is also a pattern
 * @len: its length in bytes
 *
 * Return: NULL if the pattern is well-formed, or else a constant text for the
 * user.
 */
const char *kbus_pattern_fault(const char *pattern, size_t len)
{
	return name_fault(pattern, len, true);
}

/**
 * kbus_levels_cut() - split a name or pattern into its levels
 * @levels: the result; it refers to @text
 * @text: a well-formed name or pattern, not necessarily terminated
 * @len: its length in bytes
 */
void kbus_levels_cut(struct kbus_levels *levels, const char *text, size_t len)
{
	size_t i;

	levels->text = text;
	levels->count = 0;
	levels->start[0] = 0;
	for (i = 0; i <= len; i++)
		if (i == len || text[i] == '/')
			levels->start[++levels->count] = i + 1;
}

/**
 * kbus_type_name_fault() - check the full name of a payload's type
 * @name: the name, not necessarily terminated
 * @len: its length in bytes
 *
 * The rules are those of "Identifiers" in the Protocol Buffers language:
 * letters, digits and underscores, joined by dots. An empty name means that no
 * type is given.
 *
 * Return: NULL if the name is well-formed, or else a constant text for the
 * user.
 */
const char *kbus_type_name_fault(const char *name, size_t len)
{
	size_t i;

	if (len > KBUS_TYPE_MAX)
		return "a type's name has at most "
		       __stringify(KBUS_TYPE_MAX) " bytes";
	for (i = 0; i < len; i++)
		if (!(name[i] >= 'a' && name[i] <= 'z') &&
		    !(name[i] >= 'A' && name[i] <= 'Z') &&
		    !(name[i] >= '0' && name[i] <= '9') &&
		    name[i] != '_' && name[i] != '.')
			return "a type's name has letters, digits, '_' and '.' only";
	return NULL;
}

/**
 * kbus_topic_name_owner() - get the owner of a topic's name
 * @name: a well-formed name, not necessarily terminated
 * @len: its length in bytes
 *
 * Return: the owner of the name's first level.
 */
enum kbus_name_owner kbus_topic_name_owner(const char *name, size_t len)
{
	static const char kernel[] = "kernel";
	const size_t level = sizeof(kernel) - 1;

	if (name[0] == '$')
		return KBUS_NAME_OF_BROKER;
	if (len >= level && !memcmp(name, kernel, level) &&
	    (len == level || name[level] == '/'))
		return KBUS_NAME_OF_KERNEL;
	return KBUS_NAME_OF_USER;
}
