/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef JSON_VALUE_H
#define JSON_VALUE_H

#include <jansson.h>
#include <stdint.h>
#include <stddef.h>

json_t *json_value_text(const void *text, size_t len);
json_t *json_value_base64(const void *data, size_t len);
json_t *json_value_uint(uint64_t number);
json_t *json_value_double(double number);
int json_set_base64(json_t *object, const char *name, const void *data,
		    size_t len);
int json_set_text(json_t *object, const char *name, const void *text,
		  size_t len);
void *json_get_base64(const json_t *object, const char *name, size_t *len,
		      const char **fault);
void *json_get_text(const json_t *object, const char *name, size_t *len,
		    const char **fault);

#endif /* JSON_VALUE_H */
