/* SPDX-License-Identifier: Apache-2.0 */
/* Frame capabilities: map, change rights or attributes in place, unmap, physical address. Each capability stands for
 * at most one mapping and remembers it; a copy starts unmapped. */

#include "arch.h"

const uint8_t frame_bits[3] = {SMALL_PAGE_BITS, LARGE_PAGE_BITS, HUGE_PAGE_BITS};

static word_t bits_of(struct cap cap)
{
    return frame_bits[cap_frame_size(cap)];
}

static bool maps_frame(pte_t pte, word_t bits, struct cap cap)
{
    return (pte & PTE_VALID) && !pte_is_table(pte, bits) && pte_address(pte) == PTR_TO_PHYS(cap_frame_ptr(cap));
}

static status_t check_address(struct cap cap, word_t asid, word_t vaddr)
{
    word_t bits = bits_of(cap);
    if (cap_frame_asid(cap)) {
        if (cap_frame_asid(cap) != asid) {
            return fail_capability(1);
        }
        if (cap_frame_vaddr(cap) != vaddr) {
            return fail_argument(0);
        }
    } else if (vaddr > USER_TOP || vaddr + MASK(bits) > USER_TOP) {
        return fail_argument(0);
    }
    return vaddr & MASK(bits) ? fail(ERROR_ALIGNMENT) : STATUS_OK;
}

static status_t frame_map(struct invocation *inv)
{
    pte_t *root;
    word_t asid;
    struct cap cap = inv->slot->cap;
    word_t bits = bits_of(cap);
    if (inv->length < 3 || !inv->extra[0]) {
        return fail(ERROR_TRUNCATED_MESSAGE);
    }
    word_t vaddr = msg_get(current_thread, 0);
    word_t rights = msg_get(current_thread, 1) & cap_frame_rights(cap);
    word_t attributes = msg_get(current_thread, 2);
    status_t status = vspace_argument(inv, &root, &asid);
    if (!status) {
        status = check_address(cap, asid, vaddr);
    }
    if (status) {
        return status;
    }
    struct walk w = vspace_walk(root, vaddr, SMALL_PAGE_BITS);
    if (w.bits != bits) { /* a table is missing, or is where this frame would go */
        return fail_lookup(false, LOOKUP_MISSING_CAP, w.bits, 0, 0);
    }
    pte_t pte = pte_for_frame(PTR_TO_PHYS(cap_frame_ptr(cap)), bits, rights, attributes);
    if (*w.entry & PTE_VALID) { /* this frame's mapping changes, or it takes the place of another's */
        pte_write(w.entry, 0); /* no two translations of one address at a time, not even alike */
        tlb_flush_page(asid, vaddr);
    }
    inv->slot->cap = cap_frame_set_asid(cap_frame_set_vaddr(cap, vaddr), asid);
    pte_write(w.entry, pte);
    return STATUS_OK;
}

/* What the capability remembers may be outdated: the space or a table may be gone, or map something else. */
void frame_unmap(struct cap cap)
{
    word_t asid = cap_frame_asid(cap), bits = bits_of(cap);
    pte_t *root = asid ? asid_root(asid) : NULL;
    if (!root) {
        return;
    }
    struct walk w = vspace_walk(root, cap_frame_vaddr(cap), bits);
    if (w.bits == bits && maps_frame(*w.entry, bits, cap)) {
        pte_write(w.entry, 0);
        tlb_flush_page(asid, cap_frame_vaddr(cap));
    }
}

status_t frame_decode(struct invocation *inv)
{
    struct cap cap = inv->slot->cap;
    switch (inv->label) {
    case LABEL_PAGE_MAP:
        return frame_map(inv);
    case LABEL_PAGE_UNMAP:
        frame_unmap(cap);
        inv->slot->cap = cap_frame_set_asid(cap_frame_set_vaddr(cap, 0), 0);
        return STATUS_OK;
    case LABEL_PAGE_CLEAN_DATA:
    case LABEL_PAGE_INVALIDATE_DATA:
    case LABEL_PAGE_CLEAN_INVALIDATE_DATA:
    case LABEL_PAGE_UNIFY_INSTRUCTION:
        return frame_cache_decode(inv);
    case LABEL_PAGE_GET_ADDRESS:
        inv->reply[0] = PTR_TO_PHYS(cap_frame_ptr(cap));
        inv->reply_words = 1;
        return STATUS_OK;
    default:
        return fail(ERROR_ILLEGAL_OPERATION);
    }
}
