/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_REQUEST_INFO_H
#define _KBUS_REQUEST_INFO_H

struct kbus_request;

int kbus_request_info(struct kbus_request *req);

#endif /* _KBUS_REQUEST_INFO_H */
