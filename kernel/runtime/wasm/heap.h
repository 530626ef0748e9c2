/* SPDX-License-Identifier: Apache-2.0 */
/* The memory that a component's `new` takes (lib/machine/heap.ts): handed out in order until start-up is over, never
 * given back. Afterwards an allocation is a trap, and so is one that does not fit.
 *
 * The imports are inlined into the module's code, so that the trap stops in the very line that allocates. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "trap.h"

struct w2c_heap;

/* For the start code: after the component's start() has returned, and the bytes of linear memory in use from its
 * start. */
void heap_seal(void);
uint32_t heap_used(void);

/* heap.c. A null offset: it does not fit. */
extern bool heap_sealed;
uint32_t heap_block(uint32_t size);
uint32_t heap_resize(uint32_t block, uint32_t size);
uint32_t heap_object(uint32_t size, uint32_t id);
uint32_t heap_resize_object(uint32_t object, uint32_t size);

/* GNU inline: used here, never emitted, and the generated header may declare it once more. */
#define HEAP_IMPORT extern inline __attribute__((gnu_inline, always_inline, nodebug, unused))

#define HEAP_RESULT(allocation)                                        \
    __extension__({                                                    \
        if (__builtin_expect(heap_sealed, 0)) TRAP_STOP(TRAP_SEALED);  \
        uint32_t heap_result = (allocation);                           \
        if (__builtin_expect(heap_result == 0, 0)) TRAP_STOP(TRAP_HEAP); \
        heap_result;                                                   \
    })

HEAP_IMPORT uint32_t w2c_heap_alloc(struct w2c_heap *unused, uint32_t size) {
    (void)unused;
    return HEAP_RESULT(heap_block(size));
}

HEAP_IMPORT uint32_t w2c_heap_realloc(struct w2c_heap *unused, uint32_t block, uint32_t size) {
    (void)unused;
    return HEAP_RESULT(heap_resize(block, size));
}

HEAP_IMPORT uint32_t w2c_heap_new(struct w2c_heap *unused, uint32_t size, uint32_t id) {
    (void)unused;
    return HEAP_RESULT(heap_object(size, id));
}

HEAP_IMPORT uint32_t w2c_heap_renew(struct w2c_heap *unused, uint32_t object, uint32_t size) {
    (void)unused;
    return HEAP_RESULT(heap_resize_object(object, size));
}
