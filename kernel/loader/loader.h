/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loader's internal interfaces: console, memory, translation tables, device tree. Single core, interrupts masked,
 * nothing allocated: the whole working state is static or on one small stack.
 */
#ifndef LOADER_H
#define LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "payload.h"

/* console.c: polled PL011 output at BOARD_UART_BASE. */
void console_init(void);
void put_text(const char *text);
void put_hex(uint64_t value);
void put_decimal(uint64_t value);
/* Prints "cohesix loader: error: <text><value>" with the value in hexadecimal and stops this core for good. */
_Noreturn void fail(const char *text);
_Noreturn void fail_at(const char *text, uint64_t value);
_Noreturn void park(void); /* start.S */

/* memory.c */
void move_bytes(void *to, const void *from, uint64_t bytes); /* regions may overlap */
void zero_bytes(void *to, uint64_t bytes);
void *memcpy(void *to, const void *from, uint64_t bytes);
void *memset(void *to, int value, uint64_t bytes);
/* Writes the data cache back to the point of coherency, for [start, start + bytes). */
void clean_range(uint64_t start, uint64_t bytes);
bool ranges_overlap(uint64_t a, uint64_t a_end, uint64_t b, uint64_t b_end);

/* mmu.c: builds both translation tables and turns the MMU and the caches on. */
void mmu_enable(const struct payload *p);

/* fdt.c */
struct device_tree {
    const uint8_t *base;
    uint64_t bytes; /* what is used of it, which may be less than the header's total size */
};
/* The tree at `hint` if one is there, else the one at the start of RAM; halts with a message if there is neither. */
struct device_tree fdt_find(const struct payload *p, uint64_t hint);
/* Halts with a message unless RAM covers what the kernel was built for and the interrupt controller is its own. */
void fdt_check_machine(const struct device_tree *tree, const struct payload *p);
/* Copies the tree to p->dtb_destination, trimmed, and returns the copy. */
struct device_tree fdt_move(const struct device_tree *tree, const struct payload *p);

/* start.S: the registers of seL4's entry contract, then a branch to `entry`; no way back. */
_Noreturn void enter_kernel(uint64_t user_start, uint64_t user_end, uint64_t pv_offset, uint64_t user_entry,
                            uint64_t dtb, uint64_t dtb_bytes, uint64_t entry);

/* Called by start.S, at EL1, with the MMU off. `start_el` is the level at which the machine was entered. */
_Noreturn void loader_main(uint64_t dtb_hint, uint64_t start_el);
_Noreturn void loader_wrong_level(uint64_t start_el);
_Noreturn void loader_exception(uint64_t syndrome, uint64_t address, uint64_t fault_address);

#endif
