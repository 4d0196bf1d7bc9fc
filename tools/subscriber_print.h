/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SUBSCRIBER_PRINT_H
#define SUBSCRIBER_PRINT_H

#include "bus.h"
#include "output.h"

#include <stdbool.h>

/**
 * struct subscriber_table - subscribers, one in a row
 * @output: where it goes
 * @begun: it has its header, which a table without rows does not get
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
/* For bus_subscriber_list(); @data is the struct subscriber_table. */
int subscriber_print_row(const struct bus_subscriber *subscriber, void *data);

/* For subscriber_backlog(). */
#define SUBSCRIBER_BACKLOG_SIZE 24

#endif /* SUBSCRIBER_PRINT_H */
