/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EVENT_H
#define EVENT_H

#include "event_whole.pb-c.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A kbus.v1.Event under construction. Its strings have lengths and may contain
 * NUL. A NUL would end a string of Kbus__V1__Event.
 */
Whole__Event *event_new(void);
void event_free(Whole__Event *event);
bool event_set_text(Whole__Event *event, const char *text, size_t len);
Whole__Event__Field *event_add_field(Whole__Event *event, const char *name,
				     size_t len);
bool event_add_argument(Whole__Event *event, const char *argument,
			const char **fault);
bool event_is_type(const char *name);
bool event_set_value(Whole__Event__Field *field, const char *type,
		     const char *text, size_t len, const char **fault);

#endif /* EVENT_H */
