/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KBUS_SAMPLES_ADDRESS_H
#define KBUS_SAMPLES_ADDRESS_H

#include <linux/netdevice.h>

int addresses_begin(void);
void addresses_end(void);
void addresses_tell(struct net_device *dev);

#endif /* KBUS_SAMPLES_ADDRESS_H */
