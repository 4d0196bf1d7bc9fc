/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TOPIC_PRINT_H
#define TOPIC_PRINT_H

#include "bus.h"
#include "output.h"

json_t *topic_json(const struct bus_topic *topic);
int topic_print_header(struct output *output);
/*
 * Callbacks for bus_topic_list() and bus_topic_get(). @data is a struct output.
 */
int topic_print_row(const struct bus_topic *topic, void *data);
int topic_print_json(const struct bus_topic *topic, void *data);
int topic_print_details(const struct bus_topic *topic, void *data);

#endif /* TOPIC_PRINT_H */
