/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up memory of a component: see heap.h. Blocks have the headers that AssemblyScript's library expects, which
 * reads an object's size and type in front of it.
 *
 *   block                                object (for new)
 *   -4  size of the block, u32           -20  size of the block, u32
 *    0  ...                              -16  two words for a collector: zero
 *                                         -8  type, u32
 *                                         -4  size of the object, u32
 *                                          0  ...
 *
 * Blocks are aligned to 16. Linear memory starts as zeros and nothing is given out twice, so all of it is zero. */
#include "heap.h"

#include "wasm-rt.h"

enum { ALIGNMENT = 16, BLOCK_HEADER = 4, OBJECT_HEADER = 16 };

bool heap_sealed;
static uint32_t top;

/* Bytes of private linear memory: shared frames lie behind it. The link sets it. */
extern char cohesix_private_bytes[];
#define LIMIT ((uint64_t)cohesix_private_bytes)

static uint32_t *word(uint32_t offset) {
    return (uint32_t *)(void *)(cohesix_memory + offset);
}

void heap_seal(void) {
    heap_sealed = true;
}

uint32_t heap_used(void) {
    return top;
}

/* The component's static data ends at `base`. */
void w2c_heap_init(struct w2c_heap *unused, uint32_t base);
void w2c_heap_init(struct w2c_heap *unused, uint32_t base) {
    (void)unused;
    top = base;
}

/* A block's bytes: its end is where the next one's header can stand. */
static uint64_t padded(uint64_t size) {
    return ((size + BLOCK_HEADER + ALIGNMENT - 1) & ~(uint64_t)(ALIGNMENT - 1)) - BLOCK_HEADER;
}

static bool give(uint32_t block, uint64_t bytes) {
    if (block + bytes > LIMIT) return false;
    *word(block - BLOCK_HEADER) = (uint32_t)bytes;
    top = (uint32_t)(block + bytes);
    return true;
}

static uint32_t allocate(uint64_t size) {
    uint64_t block = ((uint64_t)top + BLOCK_HEADER + ALIGNMENT - 1) & ~(uint64_t)(ALIGNMENT - 1);
    if (block > LIMIT) return 0;
    return give((uint32_t)block, padded(size)) ? (uint32_t)block : 0;
}

static uint32_t resize(uint32_t block, uint64_t size) {
    uint32_t old = *word(block - BLOCK_HEADER);
    if (size <= old) return block;
    if (block + old == top) return give(block, padded(size)) ? block : 0;
    uint32_t copy = allocate(size);
    if (copy != 0) memcpy(cohesix_memory + copy, cohesix_memory + block, old);
    return copy;
}

uint32_t heap_block(uint32_t size) {
    return allocate(size);
}

uint32_t heap_resize(uint32_t block, uint32_t size) {
    return resize(block, size);
}

uint32_t heap_object(uint32_t size, uint32_t id) {
    uint32_t block = allocate((uint64_t)size + OBJECT_HEADER);
    if (block == 0) return 0;
    uint32_t object = block + OBJECT_HEADER;
    *word(object - 8) = id;
    *word(object - 4) = size;
    return object;
}

uint32_t heap_resize_object(uint32_t object, uint32_t size) {
    uint32_t block = resize(object - OBJECT_HEADER, (uint64_t)size + OBJECT_HEADER);
    if (block == 0) return 0;
    object = block + OBJECT_HEADER;
    *word(object - 4) = size;
    return object;
}
