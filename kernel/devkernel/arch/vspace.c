/* SPDX-License-Identifier: Apache-2.0 */
/* User address spaces: the page-table format, walks, and which space the processor uses.
 *
 *   level  table found by      one entry covers   frame that maps there
 *   0      VSpace object       512 GiB (39 bits)  -
 *   1      page table object     1 GiB (30)       huge
 *   2      page table object     2 MiB (21)       large
 *   3      page table object     4 KiB (12)       small
 *
 * Entries are tagged with the space's ASID, so switching spaces flushes nothing. */

#include "arch.h"
#include "sysreg.h"

#define ASID_SHIFT 48

static word_t current_ttbr0; /* 0: the boot value, nothing is mapped */

bool pte_is_table(pte_t pte, word_t bits)
{
    return bits > SMALL_PAGE_BITS && (pte & 3) == (PTE_VALID | PTE_TABLE_OR_PAGE);
}

paddr_t pte_address(pte_t pte)
{
    return pte & MASK(48) & ~MASK(12);
}

pte_t pte_for_table(const void *table)
{
    return PTR_TO_PHYS(table) | PTE_VALID | PTE_TABLE_OR_PAGE;
}

/* Not cacheable means device memory (nGnRnE) for RAM too. Writing needs reading: a write-only page is inaccessible. */
pte_t pte_for_frame(paddr_t pa, word_t bits, word_t rights, word_t attributes)
{
    pte_t pte = pa | PTE_VALID | PTE_ACCESSED | PTE_NOT_GLOBAL | PTE_KERNEL_XN;
    if (bits == SMALL_PAGE_BITS) {
        pte |= PTE_TABLE_OR_PAGE;
    }
    if (rights & RIGHT_READ) {
        pte |= PTE_USER | (rights & RIGHT_WRITE ? 0 : PTE_READ_ONLY);
    }
    pte |= attributes & ATTRIBUTE_CACHEABLE ? PTE_ATTR_NORMAL | PTE_INNER_SHAREABLE : PTE_ATTR_DEVICE;
    if (attributes & ATTRIBUTE_EXECUTE_NEVER) {
        pte |= PTE_USER_XN;
    }
    return pte;
}

/* Follows tables towards the entry that covers 2^target_bits bytes; stops earlier where no table is mapped. */
struct walk vspace_walk(pte_t *root, word_t vaddr, word_t target_bits)
{
    struct walk w = {&root[vaddr >> 39 & MASK(9)], 39};
    while (w.bits > target_bits && pte_is_table(*w.entry, w.bits)) {
        pte_t *table = PHYS_TO_PTR(pte_address(*w.entry));
        w.bits -= 9;
        w.entry = &table[vaddr >> w.bits & MASK(9)];
    }
    return w;
}

void pte_write(pte_t *entry, pte_t value)
{
    *(volatile pte_t *)entry = value;
    dsb();
}

void tlb_flush_page(word_t asid, word_t vaddr)
{
    __asm__ volatile("tlbi vae1, %0" ::"r"(asid << ASID_SHIFT | vaddr >> 12) : "memory");
    dsb();
}

void tlb_flush_asid(word_t asid)
{
    __asm__ volatile("tlbi aside1, %0" ::"r"(asid << ASID_SHIFT) : "memory");
    dsb();
}

static void set_ttbr0(word_t value)
{
    if (value != current_ttbr0) {
        current_ttbr0 = value;
        WRITE_SYSREG("ttbr0_el1", value);
        isb();
    }
}

void vspace_enter(const struct tcb *t)
{
    struct cap cap = t->slots[TCB_VSPACE].cap;
    word_t ttbr0 = empty_vspace;
    if (cap_type(cap) == CAP_VSPACE && cap_vspace_asid(cap) &&
        asid_root(cap_vspace_asid(cap)) == cap_vspace_ptr(cap)) {
        ttbr0 = PTR_TO_PHYS(cap_vspace_ptr(cap)) | cap_vspace_asid(cap) << ASID_SHIFT;
    }
    set_ttbr0(ttbr0);
}

void vspace_leave(const pte_t *root)
{
    if ((current_ttbr0 & MASK(ASID_SHIFT)) == PTR_TO_PHYS(root)) {
        set_ttbr0(empty_vspace);
    }
}

status_t vspace_argument(const struct invocation *inv, pte_t **root, word_t *asid)
{
    struct cap cap = inv->extra[0]->cap;
    if (cap_type(cap) != CAP_VSPACE || !cap_vspace_asid(cap)) {
        return fail_capability(1);
    }
    *asid = cap_vspace_asid(cap);
    *root = asid_root(*asid);
    if (!*root) {
        return fail_lookup(false, LOOKUP_INVALID_ROOT, 0, 0, 0);
    }
    return *root == cap_vspace_ptr(cap) ? STATUS_OK : fail_capability(1);
}
