/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PUB_MESSAGE_H
#define PUB_MESSAGE_H

#include "event.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * struct pub_message - a message that bus-pub publishes
 * @event: an event, or NULL
 * @bytes: the payload if @event is NULL
 * @size: length of @bytes
 * @key: the key, or NULL
 * @key_size: length of @key in bytes
 */
struct pub_message {
	Whole__Event *event;
	void *bytes;
	size_t size;
	void *key;
	size_t key_size;
};

bool pub_message_of_text(struct pub_message *message, const char *text,
			 size_t len);
bool pub_message_of_json(struct pub_message *message, const json_t *object,
			 const char **fault);
void pub_message_free(struct pub_message *message);

#endif /* PUB_MESSAGE_H */
