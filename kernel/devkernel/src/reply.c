/* SPDX-License-Identifier: Apache-2.0 */
/* Reply capabilities. A thread that waits for a reply holds a master in its TCB; the one reply capability that may
 * answer it is the master's only child, so that cancelling the call finds and removes it wherever it has been moved:
 *
 *   caller's slots[TCB_REPLY]: master ──child──► callee's slots[TCB_CALLER], or a CNode slot after SaveCaller
 */
#include "portable.h"

void reply_setup(struct tcb *caller, struct tcb *callee, bool can_grant)
{
    struct slot *master = &caller->slots[TCB_REPLY];
    struct cap cap = cap_reply_set_ptr(cap_of_type(CAP_REPLY), caller);
    if (slot_is_empty(master))
        cap_insert(master, cap_reply_set_master(cap, 1), NULL, false);
    cap_insert(&callee->slots[TCB_CALLER], cap_reply_set_can_grant(cap, can_grant), master, true);
    sched_remove(caller);
    caller->state = THREAD_BLOCKED_REPLY;
}

void reply_cancel(struct tcb *caller)
{
    struct slot *master = &caller->slots[TCB_REPLY];
    if (!slot_is_empty(master) && slot_has_children(master))
        slot_unlink(slot_first_child(master));
}

/* The capability is used up. Its caller waits, or the capability would not exist. */
void reply_deliver(struct tcb *sender, struct slot *reply_slot)
{
    struct cap cap = reply_slot->cap;
    struct tcb *caller = cap_reply_ptr(cap);
    ASSERT(caller->state == THREAD_BLOCKED_REPLY);
    slot_unlink(reply_slot);
    if (caller->fault.type == FAULT_NONE) {
        ipc_transfer(sender, NULL, 0, cap_reply_can_grant(cap), caller);
        caller->state = THREAD_RUNNING;
    } else {
        caller->state = fault_reply(caller, sender) ? THREAD_RESTART : THREAD_INACTIVE;
        caller->fault.type = FAULT_NONE;
    }
    if (thread_is_runnable(caller))
        sched_wake(caller);
}
