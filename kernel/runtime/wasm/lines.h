/* SPDX-License-Identifier: Apache-2.0 */
/* Source lines of addresses, from the table that the build puts into a component's ELF (section .cohesix.lines, begin
 * at `cohesix_lines`). For the fault reporter, which may read the table of another component: nothing in it is trusted.
 * The layout is drawn in compiler/src/aot/lines.ts. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct line_row {
    uint32_t offset; /* address - base */
    uint32_t place;  /* file << 20 | line; line 0: no source */
};

struct line_table {
    uint32_t magic;
    uint32_t total_bytes;
    uint64_t base;
    uint32_t row_count;
    uint32_t file_count;
    struct line_row rows[];
};

#define LINES_MAGIC 0x454e494cu
#define LINES_LINE_BITS 20

/* Whether the bytes hold a complete table. Call once before lines_lookup. */
bool lines_valid(const struct line_table *table, size_t available_bytes);

/* Finds the source of an address. False when it has none; `file` then stays as it was. The table must be valid. */
bool lines_lookup(const struct line_table *table, uint64_t pc, const char **file, uint32_t *line);

/* The same for a thread that stopped at `pc`: in a function of the runtime, which the component imports, the source is
 * the line of the component that called it, by the thread's link register. */
bool lines_lookup_thread(const struct line_table *table, uint64_t pc, uint64_t link, const char **file, uint32_t *line);
