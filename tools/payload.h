/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include "bus.h"

#include <jansson.h>
#include <stdio.h>

ProtobufCMessage *payload_unpack(const struct bus_message *message);
void payload_print(FILE *file, const struct bus_message *message);
json_t *payload_json(const ProtobufCMessage *message);

#endif /* PAYLOAD_H */
