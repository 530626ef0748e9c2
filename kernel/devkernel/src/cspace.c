/* SPDX-License-Identifier: Apache-2.0 */
/* CSpace addressing: from a capability pointer to a slot, through guarded CNodes; and the description of a failure,
 * for a fault message (a thread's own CSpace) or an error reply (a CNode argument). */
#include "portable.h"

/* Walks from `root` along the low `bits` bits of cptr. On success *remaining tells the bits not consumed. */
static bool resolve(struct cap root, cptr_t cptr, word_t bits, struct slot **out, word_t *remaining,
                    struct cap_fault_words *why)
{
    if (cap_type(root) != CAP_CNODE) {
        *why = (struct cap_fault_words){.type = LOOKUP_INVALID_ROOT};
        return false;
    }
    for (;;) {
        word_t radix = cap_cnode_radix(root), guard_bits = cap_cnode_guard_bits(root);
        word_t guard = cap_cnode_guard(root), level_bits = radix + guard_bits;
        word_t found = guard_bits ? (cptr >> ((bits - guard_bits) & MASK(6))) & MASK(guard_bits) : 0;
        if (guard_bits > bits || found != guard) {
            *why = (struct cap_fault_words){LOOKUP_GUARD_MISMATCH, bits, guard, guard_bits};
            return false;
        }
        if (level_bits > bits) {
            *why = (struct cap_fault_words){LOOKUP_DEPTH_MISMATCH, bits, level_bits, 0};
            return false;
        }
        struct slot *slot = cap_cnode_slots(root) + ((cptr >> (bits - level_bits)) & MASK(radix));
        bits -= level_bits;
        if (bits == 0 || cap_type(slot->cap) != CAP_CNODE) {
            *out = slot;
            *remaining = bits;
            return true;
        }
        root = slot->cap;
    }
}

status_t lookup_slot(struct tcb *thread, cptr_t cptr, struct slot **out)
{
    struct cap_fault_words why;
    word_t remaining;
    if (resolve(thread->slots[TCB_CSPACE].cap, cptr, WORD_BITS, out, &remaining, &why))
        return STATUS_OK;
    fault_set_lookup(why);
    return STATUS_FAULT;
}

struct cap lookup_cap(struct tcb *thread, cptr_t cptr)
{
    struct slot *slot;
    return lookup_slot(thread, cptr, &slot) == STATUS_OK ? slot->cap : cap_null();
}

/* A slot named by a CNode argument; is_source: how a failure is reported. */
status_t lookup_argument(struct cap root, cptr_t index, word_t depth, bool is_source, struct slot **out)
{
    struct cap_fault_words why;
    word_t remaining;
    if (cap_type(root) != CAP_CNODE)
        return fail_lookup(is_source, LOOKUP_INVALID_ROOT, 0, 0, 0);
    if (depth < 1 || depth > WORD_BITS)
        return fail_range(1, WORD_BITS);
    if (!resolve(root, index, depth, out, &remaining, &why))
        return fail_lookup(is_source, why.type, why.a, why.b, why.c);
    if (remaining != 0)
        return fail_lookup(is_source, LOOKUP_DEPTH_MISMATCH, remaining, 0, 0);
    return STATUS_OK;
}

status_t lookup_target_slot(struct cap root, cptr_t index, word_t depth, struct slot **out)
{
    return lookup_argument(root, index, depth, false, out);
}

status_t lookup_source_slot(struct cap root, cptr_t index, word_t depth, struct slot **out)
{
    status_t status = lookup_argument(root, index, depth, true, out);
    if (status == STATUS_OK && slot_is_empty(*out))
        return fail_lookup(true, LOOKUP_MISSING_CAP, depth, 0, 0);
    return status;
}

status_t lookup_empty_slot(struct cap root, cptr_t index, word_t depth, struct slot **out)
{
    status_t status = lookup_argument(root, index, depth, false, out);
    if (status == STATUS_OK && !slot_is_empty(*out))
        return fail(ERROR_DELETE_FIRST);
    return status;
}
