/* SPDX-License-Identifier: Apache-2.0 */
/* How C code of a shim reaches linear memory on behalf of a component: checked pointers for what an import is handed,
 * and ordered accesses for memory that another domain writes at the same time.
 *
 * wasm has no acquire or release on unshared memory, and a plain load in a loop is compiled away: components poll
 * shared memory only through imports made of these. Offsets are linear-memory offsets. */
#pragma once

#include "component.h"

/* No line information of their own: a trap inside is reported at the shim's line. */
#define LINEAR_INLINE static inline __attribute__((always_inline, nodebug))

/* Pointer to [offset, offset + length), or a null pointer when that is not inside linear memory. For an empty range the
 * pointer may be one past the end. */
LINEAR_INLINE void *linear_range(uint32_t offset, uint32_t length) {
    if ((uint64_t)offset + length > cohesix_memory_bytes) return NULL;
    return cohesix_memory + offset;
}

/* The same, and a trap (out of bounds memory access) instead of a null pointer. */
#define LINEAR_RANGE(offset, length)                                        \
    __extension__({                                                         \
        void *linear_pointer = linear_range((offset), (length));            \
        if (__builtin_expect(linear_pointer == NULL, 0)) WASM_TRAP(OOB);    \
        linear_pointer;                                                     \
    })

/* Ordered accesses trap when they are misaligned or outside: single-copy atomicity needs natural alignment. */
#define LINEAR_WORD(type, offset)                                                 \
    __extension__({                                                               \
        uint32_t linear_offset = (offset);                                        \
        if (__builtin_expect(linear_offset % sizeof(type) != 0, 0)) WASM_TRAP(OOB); \
        (type *)LINEAR_RANGE(linear_offset, sizeof(type));                        \
    })

LINEAR_INLINE uint32_t linear_load_acquire_u32(uint32_t offset) {
    return __atomic_load_n(LINEAR_WORD(uint32_t, offset), __ATOMIC_ACQUIRE);
}

LINEAR_INLINE uint64_t linear_load_acquire_u64(uint32_t offset) {
    return __atomic_load_n(LINEAR_WORD(uint64_t, offset), __ATOMIC_ACQUIRE);
}

LINEAR_INLINE void linear_store_release_u32(uint32_t offset, uint32_t value) {
    __atomic_store_n(LINEAR_WORD(uint32_t, offset), value, __ATOMIC_RELEASE);
}

LINEAR_INLINE void linear_store_release_u64(uint32_t offset, uint64_t value) {
    __atomic_store_n(LINEAR_WORD(uint64_t, offset), value, __ATOMIC_RELEASE);
}

LINEAR_INLINE void linear_fence(void) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
