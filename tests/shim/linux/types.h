/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The minimum of the kernel's headers that is needed to build its pure code on
 * the host
 */
#ifndef SHIM_LINUX_TYPES_H
#define SHIM_LINUX_TYPES_H

#include_next <linux/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#endif /* SHIM_LINUX_TYPES_H */
