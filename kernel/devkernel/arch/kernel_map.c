/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's half of the address space: all of RAM at one offset, its own image with the rights that each part
 * needs, and the registers of the interrupt controller and the console. Nothing else is mapped.
 *
 *   root (level 0) ── entry 511 ── level 1: entry n covers the n-th GiB of physical memory
 *                                  ├─ a 1 GiB block where a whole GiB is RAM
 *                                  └─ level 2 ── 2 MiB blocks, or level 3 ── 4 KiB pages
 *
 * It is built twice from static tables: once to read the DTB, and for good when RAM is known. */

#include "arch.h"
#include "sysreg.h"

#define MAP_RAM (PTE_ATTR_NORMAL | PTE_INNER_SHAREABLE | PTE_ACCESSED | PTE_KERNEL_XN | PTE_USER_XN)
#define MAP_CONSTANT (MAP_RAM | PTE_READ_ONLY)
#define MAP_TEXT (MAP_CONSTANT & ~PTE_KERNEL_XN)
#define MAP_DEVICE (PTE_ATTR_DEVICE | PTE_ACCESSED | PTE_KERNEL_XN | PTE_USER_XN)

enum { ENTRIES = 512, ROOT_INDEX = 511, EARLY_TABLES = 8, FINAL_TABLES = 24 };

struct table {
    pte_t entry[ENTRIES];
};
/* tables[0] is the root, tables[1] its level 1. */
struct map {
    struct table *tables;
    uint32_t used, limit;
};

static struct table early_tables[EARLY_TABLES] __attribute__((aligned(4096)));
static struct table final_tables[FINAL_TABLES] __attribute__((aligned(4096)));
static struct table empty_table __attribute__((aligned(4096)));
paddr_t empty_vspace;

static struct table *new_table(struct map *m)
{
    if (m->used == m->limit) {
        kernel_panic(__FILE__, __LINE__, "the memory map has too many pieces");
    }
    return &m->tables[m->used++];
}

static struct table *table_below(struct map *m, pte_t *entry)
{
    if (!*entry) {
        *entry = PTR_TO_PHYS(new_table(m)) | PTE_TABLE_OR_PAGE | PTE_VALID;
    }
    ASSERT(*entry & PTE_TABLE_OR_PAGE); /* ranges do not overlap */
    return PHYS_TO_PTR(*entry & ~MASK(12));
}

static pte_t *entry_for(struct map *m, paddr_t at, word_t bits)
{
    pte_t *entry = &m->tables[1].entry[at >> HUGE_PAGE_BITS];
    for (word_t b = HUGE_PAGE_BITS; b > bits; b -= 9) {
        entry = &table_below(m, entry)->entry[at >> (b - 9) & MASK(9)];
    }
    return entry;
}

static void map_range(struct map *m, paddr_t start, paddr_t end, pte_t rights)
{
    ASSERT(!((start | end) & (PAGE_SIZE - 1)) && end <= WINDOW_SIZE);
    while (start < end) {
        word_t bits = HUGE_PAGE_BITS;
        while (bits > SMALL_PAGE_BITS && ((start & MASK(bits)) || end - start < BIT(bits))) {
            bits -= 9;
        }
        pte_t *entry = entry_for(m, start, bits);
        if (!*entry) { /* the early map may name a page twice */
            *entry = start | rights | PTE_VALID | (bits == SMALL_PAGE_BITS ? PTE_TABLE_OR_PAGE : 0);
        }
        start += BIT(bits);
    }
}

static void map_image(struct map *m)
{
    map_range(m, PTR_TO_PHYS(kernel_start), PTR_TO_PHYS(kernel_text_end), MAP_TEXT);
    map_range(m, PTR_TO_PHYS(kernel_text_end), PTR_TO_PHYS(kernel_rodata_end), MAP_CONSTANT);
    map_range(m, PTR_TO_PHYS(kernel_rodata_end), PTR_TO_PHYS(kernel_stack_guard), MAP_RAM);
    map_range(m, PTR_TO_PHYS(kernel_stack_bottom), PTR_TO_PHYS(kernel_end), MAP_RAM);
}

static struct map begin_map(struct table *tables, uint32_t limit)
{
    struct map m = {.tables = tables, .used = 2, .limit = limit};
    tables[0].entry[ROOT_INDEX] = PTR_TO_PHYS(&tables[1]) | PTE_TABLE_OR_PAGE | PTE_VALID;
    return m;
}

static void use_map(const struct map *m)
{
    dsb();
    WRITE_SYSREG("ttbr0_el1", empty_vspace);
    WRITE_SYSREG("ttbr1_el1", PTR_TO_PHYS(m->tables));
    isb();
    __asm__ volatile("tlbi vmalle1" ::: "memory");
    dsb();
    isb();
}

void kernel_map_early(paddr_t dtb, word_t dtb_bytes)
{
    empty_vspace = PTR_TO_PHYS(&empty_table);
    struct map m = begin_map(early_tables, EARLY_TABLES);
    map_image(&m);
    map_range(&m, platform.uart, platform.uart + PAGE_SIZE, MAP_DEVICE);
    if (dtb_bytes) {
        map_range(&m, ROUND_DOWN(dtb, PAGE_SIZE), ROUND_UP(dtb + dtb_bytes, PAGE_SIZE), MAP_CONSTANT);
    }
    use_map(&m);
}

void kernel_map_final(void)
{
    struct map m = begin_map(final_tables, FINAL_TABLES);
    paddr_t image_start = PTR_TO_PHYS(kernel_start), image_end = PTR_TO_PHYS(kernel_end);
    map_image(&m);
    for (uint32_t i = 0; i < platform.ram_count; i++) {
        struct range r = platform.ram[i];
        if (r.start <= image_start && image_end <= r.end) {
            map_range(&m, r.start, image_start, MAP_RAM);
            map_range(&m, image_end, r.end, MAP_RAM);
        } else {
            map_range(&m, r.start, r.end, MAP_RAM);
        }
    }
    for (uint32_t i = 0; i < platform.gic_count; i++) {
        map_range(&m, platform.gic[i].start, platform.gic[i].end, MAP_DEVICE);
    }
    map_range(&m, platform.uart, platform.uart + PAGE_SIZE, MAP_DEVICE);
    use_map(&m);
}

bool kernel_map_covers(paddr_t start, word_t bytes)
{
    for (uint32_t i = 0; i < platform.ram_count; i++) {
        const struct range *r = &platform.ram[i];
        if (start >= r->start && start < r->end && bytes <= r->end - start) {
            return true;
        }
    }
    return false;
}
