/* SPDX-License-Identifier: Apache-2.0 */
/* The runtime interface that wasm2c's output is written against, for a freestanding AArch64 component: the names and
 * types are wasm2c's, the implementation (runtime.c) and everything else is ours.
 *
 * One instance per image: linear memory begins at the link-time symbol `cohesix_memory`, has a fixed size and never
 * grows. In guard mode (WASM_RT_MEMCHECK_GUARD_PAGES 1) nothing is mapped in the 8 GiB behind it but its own frames, so
 * a 32-bit index plus a 32-bit offset cannot reach anything else. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "heap.h"
#include "trap.h"

#ifndef WASM_RT_MEMCHECK_GUARD_PAGES
#error "the build says WASM_RT_MEMCHECK_GUARD_PAGES=1 (guard mode) or =0 (bounds mode)"
#endif

#define WABT_BIG_ENDIAN 0
#define WASM_RT_USE_SEGUE 0
#define WASM_RT_SEGUE_FREE_SEGMENT 0
#define WASM_RT_SANITY_CHECKS 0
/* The stack ends in a guard page: no depth counter. */
#define WASM_RT_STACK_DEPTH_COUNT 0

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define wasm_rt_memcpy __builtin_memcpy

#define WASM_TRAP(reason) TRAP_STOP(TRAP_##reason)

/* Where linear memory begins; set by the linker script or --defsym. */
extern uint8_t cohesix_memory[];

/* Value types, as numbered in wasm2c_*_get_func_type(). */
typedef enum {
    WASM_RT_I32,
    WASM_RT_I64,
    WASM_RT_F32,
    WASM_RT_F64,
    WASM_RT_V128,
    WASM_RT_FUNCREF,
    WASM_RT_EXTERNREF,
    WASM_RT_EXNREF,
} wasm_rt_type_t;

/* 32 bytes that are equal exactly when the signatures are. */
typedef const char *wasm_rt_func_type_t;
typedef void (*wasm_rt_function_ptr_t)(void);
/* Tail calls are not enabled; the field stays because the initialisers name it. */
typedef struct {
    void (*fn)(void);
} wasm_rt_tailcallee_t;

typedef struct {
    wasm_rt_func_type_t func_type;
    wasm_rt_function_ptr_t func;
    wasm_rt_tailcallee_t func_tailcallee;
    void *module_instance;
} wasm_rt_funcref_t;

typedef void *wasm_rt_externref_t;

#define wasm_rt_funcref_null_value ((wasm_rt_funcref_t){NULL, NULL, {NULL}, NULL})
#define wasm_rt_externref_null_value ((wasm_rt_externref_t)NULL)

typedef struct {
    uint8_t *data;
    uint64_t page_size;
    uint64_t pages;
    uint64_t max_pages;
    uint64_t size; /* bytes */
    bool is64;
} wasm_rt_memory_t;

typedef struct {
    wasm_rt_funcref_t *data;
    uint32_t max_size;
    uint32_t size;
} wasm_rt_funcref_table_t;

typedef struct {
    wasm_rt_externref_t *data;
    uint32_t max_size;
    uint32_t size;
} wasm_rt_externref_table_t;

static inline bool wasm_rt_is_initialized(void) {
    return true;
}

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint64_t pages, uint64_t max_pages, bool is64,
                             uint32_t page_size);
/* Always refused: returns UINT64_MAX, which is memory.grow's -1. */
uint64_t wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint64_t pages);
void wasm_rt_free_memory(wasm_rt_memory_t *memory);

void wasm_rt_allocate_funcref_table(wasm_rt_funcref_table_t *table, uint32_t elements, uint32_t max_elements);
void wasm_rt_free_funcref_table(wasm_rt_funcref_table_t *table);
