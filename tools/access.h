/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ACCESS_H
#define ACCESS_H

#include "bus.h"

#include <stdbool.h>
#include <stddef.h>

/* A user's or group's name, or number if it has none. */
#define ACCESS_NAME_SIZE 64

bool access_parse_mode(struct bus_topic_access *access, const char *text);
bool access_parse_owner(struct bus_topic_access *access, const char *text);
void access_user_name(char *name, uint32_t uid);
void access_group_name(char *name, uint32_t gid);

#endif /* ACCESS_H */
