/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_LIMITS_H
#define _KBUS_LIMITS_H

#include "quota.h"

/*
 * Multicast groups of a namespace. Netlink's bitmaps of groups, one for each
 * protocol and one for each socket that joins, have a bit for each of them:
 * 8 KiB at the most. Netlink itself gives every protocol 32.
 */
#define KBUS_GROUPS_MIN 32
#define KBUS_GROUPS_MAX 65536
#define KBUS_GROUPS_DEFAULT 16384

/*
 * How many sockets of one user may join one group: a message costs the topic's
 * work item a copy for each.
 */
#define KBUS_GROUP_JOINS_MAX 64

/**
 * enum kbus_scope - whose limit
 * @KBUS_ONE_USER: each user's
 * @KBUS_ALL_USERS: that of all users together
 */
enum kbus_scope {
	KBUS_ONE_USER,
	KBUS_ALL_USERS,

	KBUS_SCOPES,
};

void kbus_limits_init(void);
unsigned long kbus_limit(enum kbus_resource resource, enum kbus_scope scope);
const char *kbus_limit_text(enum kbus_resource resource, enum kbus_scope scope);
unsigned long kbus_backlog_bytes_first(void);

#endif /* _KBUS_LIMITS_H */
