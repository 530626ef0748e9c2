/* SPDX-License-Identifier: Apache-2.0 */
/* Deletion and revocation, in steps between which an interrupt may end the operation: the system call is then simply
 * made again and goes on where it stopped, because all progress is recorded in the slots themselves.
 *
 * The last capability to a CNode or a TCB (a *container*) turns into a zombie that remembers how many of the
 * container's slots may still be occupied:
 *
 *   CNode --last one deleted--> zombie(ptr, radix, count = 2^radix) --one slot a step--> count = 0 --> empty slot
 *
 * Containers within containers are not followed downwards, or the depth would be the user's to choose. A CNode whose
 * last capability is met inside a dying container changes places with that CNode's own slot 0: it holds itself from
 * then on, out of everyone's reach until its untyped memory is revoked, and what slot 0 held is deleted next. Every
 * container moves into itself at most once, so the work is finite. A thread met there is stopped and its five slots
 * are emptied on the spot, under the same rule.
 */
#include "portable.h"

#define ZOMBIE_OF_TCB 63

static bool is_container(struct cap cap) { return cap_type(cap) == CAP_CNODE || cap_type(cap) == CAP_THREAD; }

static struct slot *zombie_slots(struct cap zombie)
{
    void *ptr = cap_zombie_ptr(zombie);
    return cap_zombie_bits(zombie) == ZOMBIE_OF_TCB ? ((struct tcb *)ptr)->slots : ptr;
}

/* Last capability to a container: the object stops working, its slots remain to be emptied. */
static void make_zombie(struct slot *slot)
{
    struct cap cap = slot->cap, zombie = cap_of_type(CAP_ZOMBIE);
    if (cap_type(cap) == CAP_THREAD) {
        thread_finalise(cap_thread_ptr(cap));
        zombie = cap_zombie_set_ptr(cap_zombie_set_bits(zombie, ZOMBIE_OF_TCB), cap_thread_ptr(cap));
        slot->cap = cap_zombie_set_count(zombie, TCB_SLOTS);
    } else {
        zombie = cap_zombie_set_ptr(cap_zombie_set_bits(zombie, cap_cnode_radix(cap)), cap_cnode_slots(cap));
        slot->cap = cap_zombie_set_count(zombie, BIT(cap_cnode_radix(cap)));
    }
}

static void finalise(struct cap cap, bool final)
{
    switch (cap_type(cap)) {
    case CAP_ENDPOINT:
        if (final)
            endpoint_cancel_all(cap_endpoint_ptr(cap));
        break;
    case CAP_NOTIFICATION:
        if (final) {
            struct notification *n = cap_notification_ptr(cap);
            if (n->bound)
                notification_unbind(n->bound);
            notification_cancel_all(n);
        }
        break;
    case CAP_IRQ_HANDLER:
        if (final)
            irq_deactivate((uint32_t)cap_irq_handler_irq(cap));
        break;
    case CAP_FRAME:
    case CAP_PAGE_TABLE:
    case CAP_VSPACE:
    case CAP_ASID_POOL:
        arch_finalise_cap(cap, final);
        break;
    default:
        break;
    }
}

bool slot_needs_steps(const struct slot *slot)
{
    return cap_type(slot->cap) == CAP_ZOMBIE || (is_container(slot->cap) && cap_is_final(slot));
}

/* Deletes what needs no further steps. False: the slot holds a zombie or the last capability to a container. */
static bool delete_simple(struct slot *slot)
{
    if (slot_is_empty(slot))
        return true;
    if (slot_needs_steps(slot))
        return false;
    finalise(slot->cap, cap_is_final(slot));
    slot_unlink(slot);
    return true;
}

/* Makes the container in `slot` hold itself; `slot` then has what the container's first slot had. */
static void isolate(struct slot *slot)
{
    if (cap_type(slot->cap) != CAP_ZOMBIE)
        make_zombie(slot);
    slot_swap(slot, zombie_slots(slot->cap));
}

/* One step on a thread found in a dying container. False: more steps are needed. */
static bool reduce_inner_thread(struct slot *slot)
{
    word_t count = cap_zombie_count(slot->cap);
    if (count == 0) {
        slot_unlink(slot);
        return true;
    }
    struct slot *inner = zombie_slots(slot->cap) + count - 1;
    if (delete_simple(inner))
        slot->cap = cap_zombie_set_count(slot->cap, count - 1);
    else
        isolate(inner);
    return false;
}

/* One step on a slot of a dying container. False: the slot is not empty yet. */
static bool reduce_inner(struct slot *inner)
{
    if (delete_simple(inner))
        return true;
    if (cap_type(inner->cap) == CAP_THREAD)
        make_zombie(inner);
    if (cap_type(inner->cap) == CAP_ZOMBIE && cap_zombie_bits(inner->cap) == ZOMBIE_OF_TCB)
        return reduce_inner_thread(inner);
    if (cap_type(inner->cap) == CAP_ZOMBIE && cap_zombie_count(inner->cap) == 0) {
        slot_unlink(inner);
        return true;
    }
    isolate(inner);
    return false;
}

static void reduce_zombie(struct slot *zombie)
{
    word_t count = cap_zombie_count(zombie->cap);
    struct slot *inner = zombie_slots(zombie->cap) + count - 1;
    /* A zombie may stand in its own container; that slot empties last of all, by the caller. */
    if (inner == zombie || reduce_inner(inner))
        zombie->cap = cap_zombie_set_count(zombie->cap, count - 1);
}

status_t slot_delete(struct slot *slot)
{
    while (!delete_simple(slot)) {
        if (cap_type(slot->cap) != CAP_ZOMBIE)
            make_zombie(slot);
        else if (cap_zombie_count(slot->cap) == 0)
            slot_unlink(slot);
        else
            reduce_zombie(slot);
        if (preemption_point())
            return STATUS_PREEMPTED;
    }
    return STATUS_OK;
}

/* A child's children become ours when it goes, so deleting first children to the last removes every descendant. */
status_t slot_revoke(struct slot *slot)
{
    while (!slot_is_empty(slot) && slot_has_children(slot)) {
        status_t status = slot_delete(slot_first_child(slot));
        if (status != STATUS_OK)
            return status;
        if (preemption_point())
            return STATUS_PREEMPTED;
    }
    return STATUS_OK;
}
