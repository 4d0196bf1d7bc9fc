/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EVENT_H
#define EVENT_H

#include "event.pb-c.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

Kbus__V1__Event *event_new(void);
void event_free(Kbus__V1__Event *event);
bool event_set_text(Kbus__V1__Event *event, const char *text, size_t len);
bool event_add_argument(Kbus__V1__Event *event, const char *argument,
			const char **fault);
bool event_add_json(Kbus__V1__Event *event, const json_t *object,
		    const char **fault);

#endif /* EVENT_H */
