/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EVENT_JSON_H
#define EVENT_JSON_H

#include "event.h"

#include <jansson.h>
#include <stdbool.h>

json_t *event_json(const Whole__Event *event);
bool event_json_is_value(const json_t *json);
bool event_add_json(Whole__Event *event, const json_t *object,
		    const char **fault);
bool event_set_json(Whole__Event *event, const json_t *payload,
		    const char **fault);

#endif /* EVENT_JSON_H */
