/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_REQUEST_SUBSCRIBER_H
#define _KBUS_REQUEST_SUBSCRIBER_H

#include <linux/types.h>

struct kbus_request;

int kbus_request_register(struct kbus_request *req);
int kbus_request_subscribe(struct kbus_request *req);
int kbus_request_unsubscribe(struct kbus_request *req);
int kbus_request_subscriber_get(struct kbus_request *req);
int kbus_request_subscribers(struct kbus_request *req);
int kbus_request_backlog(struct kbus_request *req);

#endif /* _KBUS_REQUEST_SUBSCRIBER_H */
