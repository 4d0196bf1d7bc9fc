/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The free memory of the whole machine
 */
#ifndef MEMORY_FREE_H
#define MEMORY_FREE_H

/* In bytes. Memory in the processors' own caches counts as free. */
double memory_free(void);

#endif
