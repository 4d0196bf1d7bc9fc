/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <stdlib.h>

#define GFP_KERNEL_ACCOUNT 0

/* The test decides when memory is short. */
void *kzalloc(size_t size, int gfp);

static inline void kfree(void *memory)
{
	free(memory);
}

#endif /* SHIM_LINUX_SLAB_H */
