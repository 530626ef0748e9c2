/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The archive: text and read-only pages of all components, as part of the root task's image, with their line tables.
 * The build writes it (compiler/src/build/archive.ts); the pages are mapped into domains, the rest is for fault
 * reports.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lines.h"

struct archive_component {
    uint64_t text_vaddr;  /* where the domain has it */
    uint64_t text_bytes;
    uint64_t first_page;  /* of the text, in archive_pages */
    const struct line_table *lines;
    uint64_t lines_bytes;
};

extern const uint8_t archive_pages[];
extern const struct archive_component archive_components[];
extern const uint64_t archive_component_count;

/* The component of that number, or a null pointer. */
const struct archive_component *archive_component(uint32_t index);
/* The instruction at an address of the component's text; false: not in its text, or misaligned. */
bool archive_instruction(const struct archive_component *component, uint64_t pc, uint32_t *instruction);
