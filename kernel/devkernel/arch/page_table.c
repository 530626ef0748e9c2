/* SPDX-License-Identifier: Apache-2.0 */
/* Page table capabilities: a table goes in at the first level that has none yet for the address. */

#include "arch.h"

/* log2 of what the entry that points to a table of this level covers. */
static word_t entry_bits(word_t level)
{
    return 39 - 9 * (level - 1);
}

static status_t page_table_map(struct invocation *inv)
{
    pte_t *root;
    word_t asid;
    struct cap cap = inv->slot->cap;
    if (inv->length < 2 || !inv->extra[0]) {
        return fail(ERROR_TRUNCATED_MESSAGE);
    }
    if (cap_page_table_mapped(cap)) {
        return fail_capability(0);
    }
    status_t status = vspace_argument(inv, &root, &asid);
    if (status) {
        return status;
    }
    word_t vaddr = msg_get(current_thread, 0);
    if (vaddr > USER_TOP) {
        return fail_argument(0);
    }
    struct walk w = vspace_walk(root, vaddr, SMALL_PAGE_BITS);
    if (w.bits == SMALL_PAGE_BITS || (*w.entry & PTE_VALID)) {
        return fail(ERROR_DELETE_FIRST);
    }
    cap = cap_page_table_set_mapped(cap, 1);
    cap = cap_page_table_set_level(cap, (39 - w.bits) / 9 + 1);
    cap = cap_page_table_set_vaddr(cap, ROUND_DOWN(vaddr, BIT(w.bits)));
    inv->slot->cap = cap_page_table_set_asid(cap, asid);
    pte_write(w.entry, pte_for_table(cap_page_table_ptr(cap)));
    return STATUS_OK;
}

/* What the capability remembers may be outdated: a table above may be gone, or another one in its place. */
void page_table_unmap(struct cap cap)
{
    pte_t *root = cap_page_table_mapped(cap) ? asid_root(cap_page_table_asid(cap)) : NULL;
    if (!root) {
        return;
    }
    word_t bits = entry_bits(cap_page_table_level(cap));
    struct walk w = vspace_walk(root, cap_page_table_vaddr(cap), bits);
    if (w.bits == bits && *w.entry == pte_for_table(cap_page_table_ptr(cap))) {
        pte_write(w.entry, 0);
        tlb_flush_asid(cap_page_table_asid(cap));
    }
}

static status_t page_table_unmap_decode(struct invocation *inv)
{
    struct cap cap = inv->slot->cap;
    if (!cap_is_final(inv->slot)) {
        return fail(ERROR_REVOKE_FIRST);
    }
    if (cap_page_table_mapped(cap)) {
        page_table_unmap(cap);
        memory_zero(cap_page_table_ptr(cap), BIT(PAGE_TABLE_BITS));
    }
    cap = cap_page_table_set_mapped(cap, 0);
    cap = cap_page_table_set_vaddr(cap, 0);
    inv->slot->cap = cap_page_table_set_asid(cap, 0);
    return STATUS_OK;
}

status_t page_table_decode(struct invocation *inv)
{
    switch (inv->label) {
    case LABEL_PAGE_TABLE_MAP:
        return page_table_map(inv);
    case LABEL_PAGE_TABLE_UNMAP:
        return page_table_unmap_decode(inv);
    default:
        return fail(ERROR_ILLEGAL_OPERATION);
    }
}
