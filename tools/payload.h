/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include "bus.h"

#include <protobuf-c/protobuf-c.h>

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * An unpacked payload. The strings of @message are ProtobufCBinaryData, because
 * a string may contain NUL. @type is the published type. Its fields correspond
 * one to one to the fields of @message.
 */
struct payload {
	const ProtobufCMessageDescriptor *type;
	ProtobufCMessage *message;
};

/* One value of a field. @at points to the value. */
struct payload_value {
	const ProtobufCFieldDescriptor *field;
	const void *at;
};

bool payload_unpack(struct payload *payload, const struct bus_message *message);
void payload_free(struct payload *payload);
bool payload_is_event(const struct payload *payload);
bool payload_is_known(const struct payload *payload);
struct payload payload_part(const struct payload_value *value);
void payload_each_value(const struct payload *payload,
			void (*fn)(const struct payload_value *value,
				   void *data),
			void *data);

json_t *payload_json(const struct payload *payload);
void payload_print(FILE *file, const struct bus_message *message);

#endif /* PAYLOAD_H */
