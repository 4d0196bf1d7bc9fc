/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_LIMITS_H
#define _KBUS_LIMITS_H

#include "quota.h"

extern unsigned long kbus_user_limits[KBUS_RESOURCES];
extern unsigned long kbus_total_limits[KBUS_RESOURCES];

void kbus_limits_init(void);
const char *kbus_limit_text(enum kbus_resource resource, bool total);
unsigned long kbus_backlog_bytes_first(void);

#endif /* _KBUS_LIMITS_H */
