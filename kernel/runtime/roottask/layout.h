/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the root task's image, from its linker script (roottask.ld). */
#pragma once

#include <stdint.h>

extern uint8_t __image_start[], __image_end[];
extern uint8_t __text_start[], __text_end[];
extern uint8_t __rodata_start[], __rodata_end[];
extern uint8_t __data_start[], __data_end[];
extern uint8_t __bss_start[], __bss_end[];
extern uint8_t __stack_guard[], __stack_bottom[], __stack_top[];

/* pc → source line (lines.h). */
extern uint8_t cohesix_lines[];

/* Linear memory (cohesix_memory in wasm-rt.h) begins a window of 8 GiB in which nothing else is mapped. */
#define MEMORY_WINDOW_BYTES (8ull << 30)

#define PAGE_BYTES 4096ul
