/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `memory` imports of components (lib/machine/memory.ts): ordered accesses to linear memory.
 */
#include "access.h"

struct w2c_memory;

uint32_t w2c_memory_load_acquire32(struct w2c_memory *unused, uint32_t offset)
{
    (void)unused;
    return linear_load_acquire_u32(offset);
}

uint64_t w2c_memory_load_acquire64(struct w2c_memory *unused, uint32_t offset)
{
    (void)unused;
    return linear_load_acquire_u64(offset);
}

void w2c_memory_store_release32(struct w2c_memory *unused, uint32_t offset, uint32_t value)
{
    (void)unused;
    linear_store_release_u32(offset, value);
}

void w2c_memory_store_release64(struct w2c_memory *unused, uint32_t offset, uint64_t value)
{
    (void)unused;
    linear_store_release_u64(offset, value);
}

void w2c_memory_fence(struct w2c_memory *unused)
{
    (void)unused;
    linear_fence();
}
