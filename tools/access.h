/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ACCESS_H
#define ACCESS_H

#include "bus.h"

#include <stdbool.h>
#include <stddef.h>

/* Size of a buffer for the name of a user or group, or for its number. */
#define ACCESS_NAME_SIZE 64

bool access_parse_mode(struct bus_topic_access *access, const char *text);
bool access_parse_owner(struct bus_topic_access *access, const char *text);
void access_user_name(char *name, uint32_t uid);
void access_group_name(char *name, uint32_t gid);

#endif /* ACCESS_H */
