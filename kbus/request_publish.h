/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_REQUEST_PUBLISH_H
#define _KBUS_REQUEST_PUBLISH_H

#include <linux/types.h>

struct kbus_request;

int kbus_request_publish(struct kbus_request *req);

#endif /* _KBUS_REQUEST_PUBLISH_H */
