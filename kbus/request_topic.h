/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_REQUEST_TOPIC_H
#define _KBUS_REQUEST_TOPIC_H

#include <linux/types.h>

struct kbus_request;

int kbus_request_topic_create(struct kbus_request *req);
int kbus_request_topic_delete(struct kbus_request *req);
int kbus_request_topic_change(struct kbus_request *req);
int kbus_request_topic_get(struct kbus_request *req);
int kbus_request_topics(struct kbus_request *req);

#endif /* _KBUS_REQUEST_TOPIC_H */
