/* SPDX-License-Identifier: Apache-2.0 */
/* Faults: what a thread did, as a message to its handler; and what the handler's reply does to the thread. A fault is
 * sent like a Call by the faulting thread. pc is the restart address from the moment of the fault. */
#include "portable.h"

static void stop_without_handler(struct tcb *t)
{
    console_puts("devkernel: fault without a handler, thread stopped: ");
    debug_thread_line(t);
    for (word_t i = 0; i < t->fault.length; i++) {
        console_puts(i ? " " : "  words: ");
        console_hex(t->fault.word[i]);
    }
    console_puts("\n");
    sched_remove(t);
    t->fault.type = FAULT_NONE;
    t->state = THREAD_INACTIVE;
}

void fault_raise(struct tcb *t)
{
    t->restart_pc = t->ctx.pc;
    struct cap handler = lookup_cap(t, t->fault_handler);
    word_t rights = cap_type(handler) == CAP_ENDPOINT ? cap_endpoint_rights(handler) : 0;
    if (!(rights & RIGHT_WRITE) || !(rights & (RIGHT_GRANT | RIGHT_GRANT_REPLY))) {
        stop_without_handler(t);
        return;
    }
    endpoint_send(t, &(struct send_args){
                         .endpoint = cap_endpoint_ptr(handler),
                         .badge = cap_endpoint_badge(handler),
                         .can_grant = (rights & RIGHT_GRANT) != 0,
                         .can_grant_reply = true,
                         .is_call = true,
                         .is_blocking = true,
                     });
}

void fault_raise_cap(struct tcb *t, cptr_t cptr, bool in_receive)
{
    t->ctx.pc = t->restart_pc;
    t->fault = current_error.fault;
    t->fault.word[0] = t->ctx.pc;
    t->fault.word[1] = cptr;
    t->fault.word[2] = in_receive;
    fault_raise(t);
}

void handle_vm_fault(word_t addr, word_t fsr, bool prefetch)
{
    struct tcb *t = current_thread;
    t->fault = (struct fault){.type = FAULT_VM, .word = {t->ctx.pc, addr, prefetch, fsr}, .length = 4};
    fault_raise(t);
}

void handle_user_exception(word_t number, word_t code)
{
    struct tcb *t = current_thread;
    t->fault = (struct fault){
        .type = FAULT_USER_EXCEPTION,
        .word = {t->ctx.pc, t->ctx.sp, t->ctx.spsr, number, code},
        .length = 5,
    };
    fault_raise(t);
}

word_t fault_message(struct tcb *faulter, struct tcb *receiver)
{
    const struct fault *f = &faulter->fault;
    word_t *buffer = f->length > MESSAGE_REGISTERS ? arch_ipc_buffer(receiver, true) : NULL;
    for (word_t i = 0; i < f->length; i++) {
        if (i < MESSAGE_REGISTERS)
            receiver->ctx.x[2 + i] = f->word[i];
        else if (buffer)
            buffer[BUFFER_MSG + i] = f->word[i];
        else
            return i;
    }
    return f->length;
}

/* Where word i of a reply goes; here what changes nothing. */
static word_t ignored;

static word_t *unknown_syscall_register(struct context *c, word_t i)
{
    switch (i) {
    case 8:
        return &c->pc;
    case 9:
        return &c->sp;
    case 10:
        return &ignored; /* the word called LR: where the call would have returned to; FaultIP alone decides */
    case 11:
        return &c->spsr;
    default:
        return i < 8 ? &c->x[i] : NULL;
    }
}

static word_t *user_exception_register(struct context *c, word_t i)
{
    switch (i) {
    case 0:
        return &c->pc;
    case 1:
        return &c->sp;
    case 2:
        return &c->spsr;
    default:
        return NULL;
    }
}

void fault_unknown_syscall(struct tcb *t, int64_t number)
{
    const word_t *x = t->ctx.x;
    word_t return_pc = t->ctx.pc;
    t->ctx.pc = t->restart_pc;
    t->fault = (struct fault){
        .type = FAULT_UNKNOWN_SYSCALL,
        .word = {x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7], t->ctx.pc, t->ctx.sp, return_pc, t->ctx.spsr,
                 (word_t)number},
        .length = 13,
    };
    fault_raise(t);
}

bool fault_reply(struct tcb *faulter, struct tcb *sender)
{
    word_t *(*target)(struct context *, word_t);
    switch (faulter->fault.type) {
    case FAULT_UNKNOWN_SYSCALL:
        target = unknown_syscall_register;
        break;
    case FAULT_USER_EXCEPTION:
        target = user_exception_register;
        break;
    default:
        return true; /* VM and capability faults: try again, whatever the reply says */
    }
    struct message_info info = info_unpack(sender->ctx.x[1]);
    const word_t *buffer = info.length > MESSAGE_REGISTERS ? arch_ipc_buffer(sender, false) : NULL;
    for (word_t i = 0; i < info.length && (i < MESSAGE_REGISTERS || buffer); i++) {
        word_t value = i < MESSAGE_REGISTERS ? sender->ctx.x[2 + i] : buffer[BUFFER_MSG + i];
        word_t *reg = target(&faulter->ctx, i);
        if (!reg)
            break;
        *reg = reg == &faulter->ctx.spsr ? arch_sanitise_spsr(value) : value;
    }
    return info.label == 0;
}
