/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's base types and the numbers of its ABI that are not seL4 names.
 * Owned by both halves of the kernel: src/ (portable) and arch/ (AArch64). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t word_t;
typedef uint64_t paddr_t; /* physical address */
typedef uint64_t cptr_t;  /* capability pointer, as user space names it */

#define WORD_BITS 64
#define BIT(n) (1ull << (n))
#define MASK(n) (BIT(n) - 1)

/* Physical memory appears at one fixed offset in the kernel's half of the address space, so that an object's kernel
 * pointer and its physical address convert by one addition. The kernel's own image is linked inside this window. */
#define KERNEL_WINDOW_OFFSET 0xffffff8000000000ull
#define PHYS_TO_PTR(pa) ((void *)((word_t)(pa) + KERNEL_WINDOW_OFFSET))
#define PTR_TO_PHYS(p) ((paddr_t)((word_t)(p) - KERNEL_WINDOW_OFFSET))

/* Object sizes (log2 bytes), fixed by the ABI. */
enum {
    SLOT_BITS = 5,
    TCB_BITS = 11,
    ENDPOINT_BITS = 4,
    NOTIFICATION_BITS = 5,
    SMALL_PAGE_BITS = 12,
    LARGE_PAGE_BITS = 21,
    HUGE_PAGE_BITS = 30,
    PAGE_TABLE_BITS = 12,
    VSPACE_BITS = 12,
    ASID_POOL_BITS = 12,
    IPC_BUFFER_BITS = 10,
    MIN_UNTYPED_BITS = 4,
    MAX_UNTYPED_BITS = 47,
};

#define NUM_PRIORITIES 256
#define MAX_MSG_WORDS 120
#define MAX_EXTRA_CAPS 3
#define MAX_RETYPE_FANOUT 256
#define USER_TOP 0x00000fffffffffffull

/* Stops the machine with a message and resets it; never returns. */
_Noreturn void kernel_panic(const char *file, int line, const char *what);
#define ASSERT(e) ((e) ? (void)0 : kernel_panic(__FILE__, __LINE__, #e))
