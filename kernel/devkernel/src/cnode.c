/* SPDX-License-Identifier: Apache-2.0 */
/* CNode invocations. The invoked CNode is the root in which the first slot is looked up; where a second one takes
 * part, its root comes along as an extra capability. */
#include "portable.h"

static status_t decode_copying(struct invocation *inv, struct slot *dest)
{
    struct tcb *t = current_thread;
    static const word_t min_length[] = {[LABEL_CNODE_COPY] = 5, [LABEL_CNODE_MINT] = 6, [LABEL_CNODE_MOVE] = 4,
                                        [LABEL_CNODE_MUTATE] = 5};
    if (inv->length < 4 || !inv->extra[0])
        return fail(ERROR_TRUNCATED_MESSAGE);
    if (!slot_is_empty(dest))
        return fail(ERROR_DELETE_FIRST);
    struct slot *src;
    status_t status = lookup_source_slot(inv->extra[0]->cap, msg_get(t, 2), msg_get(t, 3), &src);
    if (status != STATUS_OK)
        return status;
    if (inv->length < min_length[inv->label])
        return fail(ERROR_TRUNCATED_MESSAGE);
    struct cap cap = src->cap;
    bool moves = inv->label == LABEL_CNODE_MOVE || inv->label == LABEL_CNODE_MUTATE;
    if (!moves)
        cap = cap_with_rights(cap, msg_get(t, 4));
    if (inv->label == LABEL_CNODE_MINT)
        cap = cap_with_data(cap, msg_get(t, 5), false);
    if (inv->label == LABEL_CNODE_MUTATE)
        cap = cap_with_data(cap, msg_get(t, 4), true);
    if (!moves) {
        status = cap_derive(src, cap, &cap);
        if (status != STATUS_OK)
            return status;
    }
    if (cap_type(cap) == CAP_NULL)
        return fail(ERROR_ILLEGAL_OPERATION);
    if (moves)
        slot_move(dest, src, cap);
    else
        cap_insert(dest, cap, src, false);
    return STATUS_OK;
}

static status_t decode_rotate(struct invocation *inv, struct slot *dest)
{
    struct tcb *t = current_thread;
    struct slot *pivot, *src;
    if (inv->length < 8 || !inv->extra[0] || !inv->extra[1])
        return fail(ERROR_TRUNCATED_MESSAGE);
    status_t status = lookup_argument(inv->extra[1]->cap, msg_get(t, 6), msg_get(t, 7), true, &src);
    if (status != STATUS_OK)
        return status;
    status = lookup_argument(inv->extra[0]->cap, msg_get(t, 3), msg_get(t, 4), true, &pivot);
    if (status != STATUS_OK)
        return status;
    if (pivot == src || pivot == dest)
        return fail(ERROR_ILLEGAL_OPERATION);
    if (src != dest && !slot_is_empty(dest))
        return fail(ERROR_DELETE_FIRST);
    if (slot_is_empty(src))
        return fail_lookup(true, LOOKUP_MISSING_CAP, msg_get(t, 7), 0, 0);
    if (slot_is_empty(pivot))
        return fail_lookup(false, LOOKUP_MISSING_CAP, msg_get(t, 4), 0, 0);

    /* Like Mutate, twice: endpoints and notifications, which take no data by a move, cannot be rotated. */
    struct cap to_dest = cap_with_data(pivot->cap, msg_get(t, 2), true);
    struct cap to_pivot = cap_with_data(src->cap, msg_get(t, 5), true);
    if (cap_type(to_dest) == CAP_NULL || cap_type(to_pivot) == CAP_NULL)
        return fail(ERROR_ILLEGAL_OPERATION);
    if (src == dest) {
        slot_swap(src, pivot);
        dest->cap = to_dest;
        pivot->cap = to_pivot;
    } else {
        slot_move(dest, pivot, to_dest);
        slot_move(pivot, src, to_pivot);
    }
    return STATUS_OK;
}

static status_t cancel_badged_sends(struct slot *slot)
{
    struct cap cap = slot->cap;
    if (cap_type(cap) != CAP_ENDPOINT || cap_endpoint_rights(cap) != RIGHTS_ALL)
        return fail(ERROR_ILLEGAL_OPERATION);
    if (cap_endpoint_badge(cap) != 0)
        endpoint_cancel_badged(cap_endpoint_ptr(cap), cap_endpoint_badge(cap));
    return STATUS_OK;
}

static status_t save_caller(struct slot *dest)
{
    struct slot *caller = &current_thread->slots[TCB_CALLER];
    if (!slot_is_empty(dest))
        return fail(ERROR_DELETE_FIRST);
    if (!slot_is_empty(caller))
        slot_move(dest, caller, caller->cap);
    return STATUS_OK;
}

status_t decode_cnode(struct invocation *inv)
{
    struct tcb *t = current_thread;
    struct slot *slot;
    if (inv->label < LABEL_CNODE_REVOKE || inv->label > LABEL_CNODE_SAVE_CALLER)
        return fail(ERROR_ILLEGAL_OPERATION);
    if (inv->length < 2)
        return fail(ERROR_TRUNCATED_MESSAGE);
    status_t status = lookup_target_slot(inv->slot->cap, msg_get(t, 0), msg_get(t, 1), &slot);
    if (status != STATUS_OK)
        return status;
    switch (inv->label) {
    case LABEL_CNODE_REVOKE:
        return slot_revoke(slot);
    case LABEL_CNODE_DELETE:
        return slot_delete(slot);
    case LABEL_CNODE_CANCEL_BADGED_SENDS:
        return cancel_badged_sends(slot);
    case LABEL_CNODE_SAVE_CALLER:
        return save_caller(slot);
    case LABEL_CNODE_ROTATE:
        return decode_rotate(inv, slot);
    default:
        return decode_copying(inv, slot);
    }
}
