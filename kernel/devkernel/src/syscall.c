/* SPDX-License-Identifier: Apache-2.0 */
/* System calls: from the number in x7 to an operation, and the kernel's own replies.
 *
 * x0 capability, x1 message information, x2-x5 message registers; the same registers carry the answer. pc stands
 * after the svc instruction, restart_pc on it. */
#include "portable.h"

#define SVC_BYTES 4

static void reply_from_kernel(struct tcb *t, word_t label, const word_t *words, word_t count)
{
    for (word_t i = 0; i < count; i++)
        msg_set(t, i, words[i]);
    if (count > MESSAGE_REGISTERS && !arch_ipc_buffer(t, true))
        count = MESSAGE_REGISTERS;
    t->ctx.x[0] = 0;
    t->ctx.x[1] = info_pack((struct message_info){.label = label, .length = count});
}

static status_t send_to_endpoint(struct invocation *inv)
{
    struct cap cap = inv->slot->cap;
    word_t rights = cap_endpoint_rights(cap);
    if (!(rights & RIGHT_WRITE))
        return fail_capability(0);
    inv->reply_words = REPLY_WRITTEN;
    endpoint_send(current_thread, &(struct send_args){
                                      .endpoint = cap_endpoint_ptr(cap),
                                      .badge = cap_endpoint_badge(cap),
                                      .can_grant = (rights & RIGHT_GRANT) != 0,
                                      .can_grant_reply = (rights & RIGHT_GRANT_REPLY) != 0,
                                      .is_call = inv->is_call,
                                      .is_blocking = inv->is_blocking,
                                  });
    return STATUS_OK;
}

static status_t signal(struct cap cap)
{
    if (!(cap_notification_rights(cap) & RIGHT_WRITE))
        return fail_capability(0);
    notification_signal(cap_notification_ptr(cap), cap_notification_badge(cap));
    return STATUS_OK;
}

static status_t decode(struct invocation *inv)
{
    struct cap cap = inv->slot->cap;
    switch (cap_type(cap)) {
    case CAP_NULL:
    case CAP_ZOMBIE:
        return fail_capability(0);
    case CAP_ENDPOINT:
        return send_to_endpoint(inv);
    case CAP_NOTIFICATION:
        return signal(cap);
    case CAP_REPLY:
        if (cap_reply_master(cap))
            return fail_capability(0);
        reply_deliver(current_thread, inv->slot);
        return STATUS_OK;
    case CAP_UNTYPED:
        return decode_untyped(inv);
    case CAP_CNODE:
        return decode_cnode(inv);
    case CAP_THREAD:
        return decode_tcb(inv);
    case CAP_IRQ_CONTROL:
        return decode_irq_control(inv);
    case CAP_IRQ_HANDLER:
        return decode_irq_handler(inv);
    case CAP_SGI_SIGNAL:
        return decode_sgi(inv);
    case CAP_DOMAIN:
        return decode_domain(inv);
    default:
        return arch_decode(inv);
    }
}

/* The slots of the capabilities that come along. On failure *missing is the one that has no slot. */
static status_t lookup_extra(struct invocation *inv, struct message_info info, cptr_t *missing)
{
    struct tcb *t = current_thread;
    const word_t *buffer = info.extra_caps ? arch_ipc_buffer(t, false) : NULL;
    for (word_t i = 0; buffer && i < info.extra_caps; i++) {
        *missing = buffer[BUFFER_CAPS + i];
        status_t status = lookup_slot(t, *missing, &inv->extra[i]);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static void finish(struct invocation *inv, status_t status)
{
    struct tcb *t = current_thread;
    if (status == STATUS_PREEMPTED) {
        /* The thread makes the same call again; what is done already is seen in the state of the slots. */
        t->ctx.pc = t->restart_pc;
        if (thread_is_runnable(t))
            t->state = THREAD_RESTART;
    } else if (inv->is_call && status != STATUS_OK) {
        reply_from_kernel(t, status, current_error.word, current_error.words);
    } else if (inv->is_call && inv->reply_words != REPLY_WRITTEN) {
        reply_from_kernel(t, ERROR_NONE, inv->reply, inv->reply_words);
    }
}

static void invoke(bool is_call, bool is_blocking)
{
    struct tcb *t = current_thread;
    struct message_info info = info_unpack(t->ctx.x[1]);
    struct invocation inv = {
        .cptr = t->ctx.x[0],
        .label = info.label,
        .length = info.length,
        .is_call = is_call,
        .is_blocking = is_blocking,
    };
    cptr_t missing = inv.cptr;
    status_t status = lookup_slot(t, inv.cptr, &inv.slot);
    if (status == STATUS_OK)
        status = lookup_extra(&inv, info, &missing);
    if (status != STATUS_OK) {
        if (is_blocking)
            fault_raise_cap(t, missing, false);
        return;
    }
    if (inv.length > MESSAGE_REGISTERS && !arch_ipc_buffer(t, false))
        inv.length = MESSAGE_REGISTERS;
    finish(&inv, decode(&inv));
}

static void reply(void)
{
    struct slot *caller = &current_thread->slots[TCB_CALLER];
    if (!slot_is_empty(caller))
        reply_deliver(current_thread, caller);
}

static void receive(bool is_blocking)
{
    struct tcb *t = current_thread;
    cptr_t cptr = t->ctx.x[0];
    struct slot *slot;
    if (lookup_slot(t, cptr, &slot) != STATUS_OK) {
        fault_raise_cap(t, cptr, true);
        return;
    }
    struct cap cap = slot->cap;
    if (cap_type(cap) == CAP_ENDPOINT && (cap_endpoint_rights(cap) & RIGHT_READ)) {
        if (!slot_is_empty(&t->slots[TCB_CALLER]))
            slot_unlink(&t->slots[TCB_CALLER]); /* whoever it was for will not be answered */
        endpoint_receive(t, cap, is_blocking);
        return;
    }
    if (cap_type(cap) == CAP_NOTIFICATION && (cap_notification_rights(cap) & RIGHT_READ)) {
        struct notification *n = cap_notification_ptr(cap);
        if (!n->bound || n->bound == t) {
            notification_receive(t, cap, is_blocking);
            return;
        }
    }
    fault_set_lookup((struct cap_fault_words){.type = LOOKUP_MISSING_CAP});
    fault_raise_cap(t, cptr, true);
}

void handle_syscall(int64_t number)
{
    struct tcb *t = current_thread;
    t->restart_pc = t->ctx.pc - SVC_BYTES;
    switch (number) {
    case SYS_CALL:
        invoke(true, true);
        break;
    case SYS_SEND:
        invoke(false, true);
        break;
    case SYS_NBSEND:
        invoke(false, false);
        break;
    case SYS_REPLY:
        reply();
        break;
    case SYS_REPLY_RECV:
        reply();
        receive(true);
        break;
    case SYS_RECV:
        receive(true);
        break;
    case SYS_NBRECV:
        receive(false);
        break;
    case SYS_YIELD:
        sched_yield_current();
        break;
    default:
        if (!debug_syscall(number))
            fault_unknown_syscall(t, number);
    }
}
