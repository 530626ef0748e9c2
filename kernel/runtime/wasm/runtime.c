/* SPDX-License-Identifier: Apache-2.0 */
/* Linear memory and the function table of the one instance in this image. Both are fixed at link time: nothing here
 * allocates. Called once, by the generated instantiate function. */
#include "component.h"

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint64_t pages, uint64_t max_pages, bool is64,
                             uint32_t page_size) {
    /* The build gave asc the same size rounded up to wasm pages; the rest of the last page is not there. */
    if (is64 || cohesix_memory_bytes > pages * page_size) WASM_TRAP(HOST);
    memory->data = cohesix_memory;
    memory->page_size = page_size;
    memory->pages = pages;
    memory->max_pages = max_pages;
    memory->size = cohesix_memory_bytes;
    memory->is64 = false;
}

uint64_t wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint64_t pages) {
    return pages == 0 ? memory->pages : UINT64_MAX;
}

void wasm_rt_free_memory(wasm_rt_memory_t *memory) {
    memory->size = 0;
}

void wasm_rt_allocate_funcref_table(wasm_rt_funcref_table_t *table, uint32_t elements, uint32_t max_elements) {
    if (elements > cohesix_table_entries) WASM_TRAP(HOST);
    for (uint32_t i = 0; i < elements; i++) cohesix_table[i] = wasm_rt_funcref_null_value;
    table->data = cohesix_table;
    table->size = elements;
    table->max_size = max_elements;
}

void wasm_rt_free_funcref_table(wasm_rt_funcref_table_t *table) {
    table->size = 0;
}
