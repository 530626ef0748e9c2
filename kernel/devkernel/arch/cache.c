/* SPDX-License-Identifier: Apache-2.0 */
/* Cache maintenance on behalf of user space, by frame or by address space. It works through the kernel's own mapping
 * of RAM; device frames are not in it and have no cached lines to maintain, so nothing is done for them. */

#include "arch.h"
#include "sysreg.h"

enum cache_op { OP_CLEAN, OP_INVALIDATE, OP_CLEAN_INVALIDATE, OP_UNIFY };

static word_t data_line(void)
{
    return 4ull << (READ_SYSREG("ctr_el0") >> 16 & 15);
}

static word_t instruction_line(void)
{
    return 4ull << (READ_SYSREG("ctr_el0") & 15);
}

#define EACH_LINE(instruction, start, end, line)                                                    \
    for (word_t at_ = ROUND_DOWN(start, line); at_ < (end); at_ += (line)) {                          \
        __asm__ volatile(instruction ", %0" ::"r"(at_) : "memory");                                 \
    }

static void invalidate(word_t start, word_t end)
{
    word_t line = data_line();
    if (start & (line - 1)) { /* the neighbours in the first and last line keep their data */
        EACH_LINE("dc cvac", start, start + 1, line)
    }
    if (end & (line - 1)) {
        EACH_LINE("dc cvac", end - 1, end, line)
    }
    dsb();
    EACH_LINE("dc ivac", start, end, line)
}

static void maintain(enum cache_op op, paddr_t pa, word_t bytes)
{
    if (!kernel_map_covers(pa, bytes)) {
        return;
    }
    word_t start = (word_t)PHYS_TO_PTR(pa), end = start + bytes;
    switch (op) {
    case OP_CLEAN:
        EACH_LINE("dc cvac", start, end, data_line())
        break;
    case OP_INVALIDATE:
        invalidate(start, end);
        break;
    case OP_CLEAN_INVALIDATE:
        EACH_LINE("dc civac", start, end, data_line())
        break;
    case OP_UNIFY:
        EACH_LINE("dc cvau", start, end, data_line())
        dsb();
        EACH_LINE("ic ivau", start, end, instruction_line())
        break;
    }
    dsb_system();
    isb();
}

void arch_clean_range(void *p, word_t bytes)
{
    maintain(OP_CLEAN, PTR_TO_PHYS(p), bytes);
}

status_t vspace_cache_decode(struct invocation *inv)
{
    if (inv->label < LABEL_VSPACE_CLEAN_DATA || inv->label > LABEL_VSPACE_UNIFY_INSTRUCTION) {
        return fail(ERROR_ILLEGAL_OPERATION);
    }
    if (inv->length < 2) {
        return fail(ERROR_TRUNCATED_MESSAGE);
    }
    word_t start = msg_get(current_thread, 0), end = msg_get(current_thread, 1);
    if (end <= start) {
        return fail_argument(1);
    }
    if (end - 1 > USER_TOP) {
        return fail(ERROR_ILLEGAL_OPERATION);
    }
    struct cap cap = inv->slot->cap;
    if (!cap_vspace_asid(cap)) {
        return fail_capability(0);
    }
    pte_t *root = asid_root(cap_vspace_asid(cap));
    if (!root) {
        return fail_lookup(false, LOOKUP_INVALID_ROOT, 0, 0, 0);
    }
    if (root != cap_vspace_ptr(cap)) {
        return fail_capability(0);
    }
    struct walk w = vspace_walk(root, start, SMALL_PAGE_BITS);
    if (!(*w.entry & PTE_VALID)) {
        return STATUS_OK; /* nothing is mapped there, so nothing of it is cached */
    }
    word_t page_last = start | MASK(w.bits);
    if (end - 1 > page_last) {
        return fail_range(start, page_last);
    }
    maintain((enum cache_op)(inv->label - LABEL_VSPACE_CLEAN_DATA), pte_address(*w.entry) + (start & MASK(w.bits)),
             end - start);
    return STATUS_OK;
}

/* Called for the four labels only. */
status_t frame_cache_decode(struct invocation *inv)
{
    struct cap cap = inv->slot->cap;
    if (inv->length < 2) {
        return fail(ERROR_TRUNCATED_MESSAGE);
    }
    if (!cap_frame_asid(cap)) {
        return fail(ERROR_ILLEGAL_OPERATION);
    }
    if (!asid_root(cap_frame_asid(cap))) {
        return fail_lookup(false, LOOKUP_INVALID_ROOT, 0, 0, 0);
    }
    word_t start = msg_get(current_thread, 0), end = msg_get(current_thread, 1);
    word_t size = BIT(frame_bits[cap_frame_size(cap)]);
    if (end <= start) {
        return fail_argument(1);
    }
    if (start >= size || end > size) {
        return fail_argument(0);
    }
    maintain((enum cache_op)(inv->label - LABEL_PAGE_CLEAN_DATA), PTR_TO_PHYS(cap_frame_ptr(cap)) + start,
             end - start);
    return STATUS_OK;
}
