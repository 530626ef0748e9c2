/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The translation regime in which the kernel is entered, and in which the loader does its copying (so that it copies
 * through the caches). Four levels of 4 KiB tables, two trees:
 *
 *   TTBR0  identity     L0[0] -> low_l1    one 1 GiB block an entry: the UART's as device memory, RAM's as normal
 *   TTBR1  kernel       L0[a] -> high_l1[b] -> high_l2   2 MiB blocks from kernel_virt to the end of its 1 GiB
 *
 * The kernel never writes MAIR_EL1 or TCR_EL1: the values set here stay for ever, and it uses the same attribute
 * indices in its own tables.
 */
#include "loader.h"

/* Index 0 nGnRnE, 1 nGnRE, 2 GRE, 3 normal non-cacheable, 4 normal write-back, 5 normal write-through. */
#define MAIR_VALUE 0x0000aaff440c0400ul
#define ATTR_DEVICE (0ul << 2)
#define ATTR_NORMAL (4ul << 2)

#define DESC_BLOCK 1ul
#define DESC_TABLE 3ul
#define DESC_AF (1ul << 10)
#define DESC_PXN (1ul << 53)
#define DESC_UXN (1ul << 54)

/* 48-bit addresses both ways, write-back tables, 4 KiB granule both ways, 16-bit ASIDs; IPS is added at run time. */
#define TCR_VALUE 0x0000001085100510ul
#define TCR_IPS_SHIFT 32
#define TCR_IPS_MAX 5ul /* 48 bits, the most that this table format can hold */

#define SCTLR_M (1ul << 0)
#define SCTLR_C (1ul << 2)
#define SCTLR_I (1ul << 12)

#define ENTRIES 512

typedef uint64_t table[ENTRIES] __attribute__((aligned(4096)));
static table low_l0, low_l1, high_l0, high_l1, high_l2;

static unsigned level_index(uint64_t virt, unsigned shift)
{
    return (virt >> shift) & (ENTRIES - 1);
}

static void build_low(const struct payload *p)
{
    low_l0[0] = (uint64_t)low_l1 | DESC_TABLE;
    uint64_t uart_gib = BOARD_UART_BASE & ~(GIB - 1);
    low_l1[level_index(uart_gib, 30)] = uart_gib | ATTR_DEVICE | DESC_AF | DESC_PXN | DESC_UXN | DESC_BLOCK;
    for (uint64_t at = p->ram_start & ~(GIB - 1); at < p->ram_end; at += GIB) {
        low_l1[level_index(at, 30)] = at | ATTR_NORMAL | DESC_AF | DESC_UXN | DESC_BLOCK;
    }
}

static void build_high(const struct payload *p)
{
    high_l0[level_index(p->kernel_virt, 39)] = (uint64_t)high_l1 | DESC_TABLE;
    high_l1[level_index(p->kernel_virt, 30)] = (uint64_t)high_l2 | DESC_TABLE;
    uint64_t phys = p->kernel_start;
    for (unsigned i = level_index(p->kernel_virt, 21); i < ENTRIES; i++) {
        high_l2[i] = phys | ATTR_NORMAL | DESC_AF | DESC_BLOCK;
        phys += BLOCK_BYTES;
    }
}

/* Lines that firmware left in the cache for these addresses are older than what was just written past the cache. */
static void drop_stale_lines(void)
{
    uint64_t type;
    __asm__ volatile("dsb sy\n\tmrs %0, ctr_el0" : "=r"(type));
    for (const char *at = loader_bss_start; at < loader_bss_end; at += 4ul << ((type >> 16) & 15)) {
        __asm__ volatile("dc ivac, %0" : : "r"(at) : "memory");
    }
}

void mmu_enable(const struct payload *p)
{
    build_low(p);
    build_high(p);
    drop_stale_lines();

    uint64_t features, control;
    __asm__ volatile("mrs %0, id_aa64mmfr0_el1" : "=r"(features));
    uint64_t ips = features & 15;
    if (ips > TCR_IPS_MAX) {
        ips = TCR_IPS_MAX;
    }
    __asm__ volatile("dsb sy\n\t"
                     "msr mair_el1, %0\n\t"
                     "msr tcr_el1, %1\n\t"
                     "msr ttbr0_el1, %2\n\t"
                     "msr ttbr1_el1, %3\n\t"
                     "isb\n\t"
                     "tlbi vmalle1\n\t"
                     "ic iallu\n\t"
                     "dsb sy\n\t"
                     "isb"
                     :
                     : "r"(MAIR_VALUE), "r"(TCR_VALUE | ips << TCR_IPS_SHIFT), "r"(low_l0), "r"(high_l0)
                     : "memory");
    __asm__ volatile("mrs %0, sctlr_el1" : "=r"(control));
    control |= SCTLR_M | SCTLR_C | SCTLR_I;
    __asm__ volatile("msr sctlr_el1, %0\n\tisb" : : "r"(control) : "memory");
}
