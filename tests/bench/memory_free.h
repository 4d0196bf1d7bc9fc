/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is free in the whole machine
 */
#ifndef MEMORY_FREE_H
#define MEMORY_FREE_H

/* In bytes; what processors have set aside is free as well. */
double memory_free(void);

#endif
