/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SUBSCRIBER_PRINT_H
#define SUBSCRIBER_PRINT_H

#include "bus.h"
#include "output.h"

#include <stdbool.h>

/**
 * struct subscriber_table - a table with one row per subscriber
 * @output: destination of the table
 * @begun: the header was printed; a table without rows has no header
 */
struct subscriber_table {
	struct output *output;
	bool begun;
};

uint64_t subscriber_delivered(const struct bus_subscriber *subscriber);
const char *subscriber_state(const struct bus_subscriber *subscriber);
const char *subscriber_backlog(char *text,
			       const struct bus_subscriber *subscriber);
json_t *subscriber_json(const struct bus_subscriber *subscriber);
/* A callback for bus_subscriber_list(). @data is a struct subscriber_table. */
int subscriber_print_row(const struct bus_subscriber *subscriber, void *data);

/* Size of the buffer for subscriber_backlog(). */
#define SUBSCRIBER_BACKLOG_SIZE 24

#endif /* SUBSCRIBER_PRINT_H */
