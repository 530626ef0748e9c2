/* SPDX-License-Identifier: Apache-2.0 */
/* Lookup in a component's line table. Owns no state; see lines.h. */
#include "lines.h"

bool lines_valid(const struct line_table *table, size_t available_bytes) {
    if (available_bytes < sizeof *table || table->magic != LINES_MAGIC) return false;
    uint64_t total = table->total_bytes;
    uint64_t rows_bytes = (uint64_t)table->row_count * sizeof(struct line_row);
    uint64_t names = sizeof *table + rows_bytes + (uint64_t)table->file_count * sizeof(uint32_t);
    if (total > available_bytes || names > total) return false;
    /* The last byte ends every name, so that no name runs out of the table. */
    return total == names || ((const char *)table)[total - 1] == '\0';
}

bool lines_lookup(const struct line_table *table, uint64_t pc, const char **file, uint32_t *line) {
    if (pc < table->base || pc - table->base > UINT32_MAX) return false;
    uint32_t offset = (uint32_t)(pc - table->base);
    /* Invariant: rows before `low` begin at or before the address, rows from `high` on behind it. */
    uint32_t low = 0, high = table->row_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (table->rows[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0) return false;
    uint32_t place = table->rows[low - 1].place;
    uint32_t number = place & ((1u << LINES_LINE_BITS) - 1);
    uint32_t index = place >> LINES_LINE_BITS;
    if (number == 0 || index >= table->file_count) return false;
    const uint32_t *names = (const uint32_t *)(const void *)&table->rows[table->row_count];
    if (names[index] >= table->total_bytes) return false;
    *file = (const char *)table + names[index];
    *line = number;
    return true;
}

static bool is_component_source(const char *file) {
    size_t length = 0;
    while (file[length] != '\0') length++;
    return length > 3 && file[length - 3] == '.' && file[length - 2] == 't' && file[length - 1] == 's';
}

bool lines_lookup_thread(const struct line_table *table, uint64_t pc, uint64_t link, const char **file, uint32_t *line) {
    const char *caller_file;
    uint32_t caller_line;
    bool found = lines_lookup(table, pc, file, line);
    if (found && is_component_source(*file)) return true;
    /* The link register points behind the call. */
    if (!lines_lookup(table, link - 4, &caller_file, &caller_line) || !is_component_source(caller_file)) return found;
    *file = caller_file;
    *line = caller_line;
    return true;
}
