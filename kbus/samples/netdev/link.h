/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KBUS_SAMPLES_LINK_H
#define KBUS_SAMPLES_LINK_H

int links_begin(void);
void links_end(void);

#endif /* KBUS_SAMPLES_LINK_H */
