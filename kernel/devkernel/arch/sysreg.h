/* SPDX-License-Identifier: Apache-2.0 */
/* System registers and barriers, for arch/ only. */
#pragma once

#include "types.h"

#define READ_SYSREG(name)                                                                           \
    ({                                                                                              \
        word_t value_;                                                                              \
        __asm__ volatile("mrs %0, " name : "=r"(value_));                                           \
        value_;                                                                                     \
    })
#define WRITE_SYSREG(name, v) __asm__ volatile("msr " name ", %0" ::"r"((word_t)(v)) : "memory")

static inline void isb(void) { __asm__ volatile("isb" ::: "memory"); }
static inline void dsb(void) { __asm__ volatile("dsb ish" ::: "memory"); }
static inline void dsb_system(void) { __asm__ volatile("dsb sy" ::: "memory"); }

static inline uint32_t mmio_read32(const void *base, word_t offset)
{
    return *(const volatile uint32_t *)((word_t)base + offset);
}
static inline void mmio_write32(void *base, word_t offset, uint32_t value)
{
    *(volatile uint32_t *)((word_t)base + offset) = value;
}
