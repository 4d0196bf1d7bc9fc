/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_TOPIC_NAME_H
#define _KBUS_TOPIC_NAME_H

#include <linux/types.h>
#include <uapi/linux/kbus.h>

/* The owner of a topic name, given by its first level. */
enum kbus_name_owner {
	KBUS_NAME_OF_USER,
	KBUS_NAME_OF_KERNEL,	/* "kernel" and below: kernel modules */
	KBUS_NAME_OF_BROKER,	/* "$..." */
};

/* At most every second byte is a separator. */
#define KBUS_LEVELS_MAX ((KBUS_NAME_MAX + 1) / 2)

/**
 * struct kbus_levels - a name or pattern, split at its separators
 * @text: the whole name or pattern
 * @count: number of levels
 * @start: where each level begins; the next would begin at @start[@count]
 */
struct kbus_levels {
	const char *text;
	unsigned int count;
	u16 start[KBUS_LEVELS_MAX + 1];
};

static inline const char *kbus_level(const struct kbus_levels *levels,
				     unsigned int level)
{
	return levels->text + levels->start[level];
}

static inline size_t kbus_level_len(const struct kbus_levels *levels,
				    unsigned int level)
{
	return levels->start[level + 1] - levels->start[level] - 1;
}

const char *kbus_topic_name_fault(const char *name, size_t len);
const char *kbus_pattern_fault(const char *pattern, size_t len);
void kbus_levels_cut(struct kbus_levels *levels, const char *text, size_t len);
const char *kbus_type_name_fault(const char *name, size_t len);
enum kbus_name_owner kbus_topic_name_owner(const char *name, size_t len);

#endif /* _KBUS_TOPIC_NAME_H */
