/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_TOPIC_NAME_H
#define _KBUS_TOPIC_NAME_H

#include <linux/types.h>

/* Whose a topic name is, told by its first level. */
enum kbus_name_owner {
	KBUS_NAME_OF_USER,
	KBUS_NAME_OF_KERNEL,	/* "kernel" and below: kernel modules */
	KBUS_NAME_OF_BROKER,	/* "$..." */
};

const char *kbus_topic_name_fault(const char *name, size_t len);
const char *kbus_type_name_fault(const char *name, size_t len);
enum kbus_name_owner kbus_topic_name_owner(const char *name, size_t len);

#endif /* _KBUS_TOPIC_NAME_H */
