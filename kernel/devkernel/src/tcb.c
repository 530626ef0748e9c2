/* SPDX-License-Identifier: Apache-2.0 */
/* Thread control: life, suspension, and every TCB invocation but those that move registers (tcb_registers.c). */
#include "portable.h"

void thread_create(struct tcb *t)
{
    arch_init_context(&t->ctx);
    thread_init_slice(t);
}

void thread_suspend(struct tcb *t)
{
    ipc_cancel(t);
    sched_remove(t);
    t->state = THREAD_INACTIVE;
}

/* A blocked thread makes its system call again. */
void thread_resume(struct tcb *t)
{
    if (thread_is_runnable(t))
        return;
    ipc_cancel(t);
    t->state = THREAD_RESTART;
    sched_wake(t);
}

void thread_finalise(struct tcb *t)
{
    thread_suspend(t);
    notification_unbind(t);
    arch_forget_thread(t);
    sched_unregister(t);
}

static status_t check_authority(struct invocation *inv, word_t length, struct tcb **authority)
{
    if (inv->length < length || !inv->extra[0])
        return fail(ERROR_TRUNCATED_MESSAGE);
    if (cap_type(inv->extra[0]->cap) != CAP_THREAD)
        return fail_capability(1);
    *authority = cap_thread_ptr(inv->extra[0]->cap);
    return STATUS_OK;
}

static void set_priority(struct tcb *t, word_t priority)
{
    bool ready = t->in_ready_queue;
    sched_remove(t);
    t->priority = (uint8_t)priority;
    if (thread_is_runnable(t) && (ready || t != current_thread))
        thread_resume_ready(t);
}

static status_t decode_priorities(struct invocation *inv, struct tcb *t)
{
    bool both = inv->label == LABEL_TCB_SET_SCHED_PARAMS;
    struct tcb *authority;
    status_t status = check_authority(inv, both ? 2 : 1, &authority);
    if (status != STATUS_OK)
        return status;
    word_t first = msg_get(current_thread, 0), second = both ? msg_get(current_thread, 1) : 0;
    if (first > authority->mcp || second > authority->mcp)
        return fail_range(0, authority->mcp);
    if (inv->label != LABEL_TCB_SET_PRIORITY)
        t->mcp = (uint8_t)first;
    if (inv->label != LABEL_TCB_SET_MC_PRIORITY)
        set_priority(t, both ? second : first);
    return STATUS_OK;
}

/* One of a thread's own capabilities that is to be replaced. */
struct replacement {
    struct slot *source; /* where the new capability was found */
    struct cap cap;
    bool remove_only;
};

struct space_change {
    bool set_space, set_buffer;
    cptr_t fault_handler;
    word_t buffer_addr;
    struct replacement cspace, vspace, buffer;
};

static status_t check_buffer(struct slot *frame, word_t addr, struct space_change *c)
{
    c->set_buffer = true;
    c->buffer_addr = addr;
    c->buffer = (struct replacement){.source = frame, .remove_only = addr == 0};
    if (addr == 0)
        return STATUS_OK;
    status_t status = cap_derive(frame, frame->cap, &c->buffer.cap);
    if (status != STATUS_OK)
        return status;
    return arch_valid_ipc_buffer(c->buffer.cap, addr, &status) ? STATUS_OK : status;
}

static status_t check_root(struct slot *root, enum cap_type type, word_t data, struct replacement *out)
{
    struct cap cap = root->cap;
    if (data != 0)
        cap = cap_with_data(cap, data, false);
    status_t status = cap_derive(root, cap, &cap);
    if (status != STATUS_OK)
        return status;
    if (cap_type(cap) != type || (type == CAP_VSPACE && cap_vspace_asid(cap) == 0))
        return fail(ERROR_ILLEGAL_OPERATION);
    *out = (struct replacement){.source = root, .cap = cap};
    return STATUS_OK;
}

static status_t check_space(struct slot *cspace, struct slot *vspace, struct space_change *c)
{
    struct tcb *t = current_thread;
    c->set_space = true;
    c->fault_handler = msg_get(t, 0);
    status_t status = check_root(cspace, CAP_CNODE, msg_get(t, 1), &c->cspace);
    return status == STATUS_OK ? check_root(vspace, CAP_VSPACE, 0, &c->vspace) : status;
}

static void replace(struct tcb *t, unsigned index, const struct replacement *r)
{
    status_t status = slot_delete(&t->slots[index]);
    ASSERT(status == STATUS_OK);
    if (!r->remove_only)
        cap_insert(&t->slots[index], r->cap, r->source, false);
}

/* A root that is the last capability to its CNode stays: deleting it could be interrupted, and a thread that changes
 * its own spaces could not make the same call again without it. */
static status_t apply(struct tcb *t, const struct space_change *c)
{
    if (c->set_space) {
        if (slot_needs_steps(&t->slots[TCB_CSPACE]) || slot_needs_steps(&t->slots[TCB_VSPACE]))
            return fail(ERROR_ILLEGAL_OPERATION);
        t->fault_handler = c->fault_handler;
        replace(t, TCB_CSPACE, &c->cspace);
        replace(t, TCB_VSPACE, &c->vspace);
    }
    if (c->set_buffer) {
        replace(t, TCB_IPC_BUFFER, &c->buffer);
        t->ipc_buffer = c->buffer_addr;
    }
    return STATUS_OK;
}

static status_t decode_configure(struct invocation *inv, struct tcb *t)
{
    struct space_change c = {0};
    if (inv->length < 4 || !inv->extra[0] || !inv->extra[1] || !inv->extra[2])
        return fail(ERROR_TRUNCATED_MESSAGE);
    status_t status = check_buffer(inv->extra[2], msg_get(current_thread, 3), &c);
    if (status == STATUS_OK)
        status = check_space(inv->extra[0], inv->extra[1], &c);
    return status == STATUS_OK ? apply(t, &c) : status;
}

static status_t decode_set_space(struct invocation *inv, struct tcb *t)
{
    struct space_change c = {0};
    if (inv->length < 3 || !inv->extra[0] || !inv->extra[1])
        return fail(ERROR_TRUNCATED_MESSAGE);
    status_t status = check_space(inv->extra[0], inv->extra[1], &c);
    return status == STATUS_OK ? apply(t, &c) : status;
}

static status_t decode_set_ipc_buffer(struct invocation *inv, struct tcb *t)
{
    struct space_change c = {0};
    if (inv->length < 1 || !inv->extra[0])
        return fail(ERROR_TRUNCATED_MESSAGE);
    status_t status = check_buffer(inv->extra[0], msg_get(current_thread, 0), &c);
    return status == STATUS_OK ? apply(t, &c) : status;
}

static status_t decode_bind(struct invocation *inv, struct tcb *t)
{
    if (!inv->extra[0])
        return fail(ERROR_TRUNCATED_MESSAGE);
    struct cap cap = inv->extra[0]->cap;
    if (t->bound || cap_type(cap) != CAP_NOTIFICATION || !(cap_notification_rights(cap) & RIGHT_READ))
        return fail(ERROR_ILLEGAL_OPERATION);
    struct notification *n = cap_notification_ptr(cap);
    if (n->bound || queue_state(n->head_and_state) == NOTIFICATION_WAITING)
        return fail(ERROR_ILLEGAL_OPERATION);
    notification_bind(n, t);
    return STATUS_OK;
}

static status_t decode_unbind(struct tcb *t)
{
    if (!t->bound)
        return fail(ERROR_ILLEGAL_OPERATION);
    notification_unbind(t);
    return STATUS_OK;
}

static status_t decode_set_tls_base(struct invocation *inv, struct tcb *t)
{
    if (inv->length < 1)
        return fail(ERROR_TRUNCATED_MESSAGE);
    t->ctx.tpidr_el0 = msg_get(current_thread, 0);
    return STATUS_OK;
}

static status_t decode_set_flags(struct invocation *inv, struct tcb *t)
{
    if (inv->length < 2)
        return fail(ERROR_TRUNCATED_MESSAGE);
    t->flags = ((t->flags & ~msg_get(current_thread, 0)) | msg_get(current_thread, 1)) & TCB_FLAGS_KNOWN;
    if (t->flags & TCB_FLAG_FPU_DISABLED) {
        arch_fpu_save(t);
        arch_forget_thread(t);
    }
    inv->reply[0] = t->flags;
    inv->reply_words = 1;
    return STATUS_OK;
}

status_t decode_tcb(struct invocation *inv)
{
    struct tcb *t = cap_thread_ptr(inv->slot->cap);
    switch (inv->label) {
    case LABEL_TCB_READ_REGISTERS:
        return tcb_read_registers(inv, t);
    case LABEL_TCB_WRITE_REGISTERS:
        return tcb_write_registers(inv, t);
    case LABEL_TCB_COPY_REGISTERS:
        return tcb_copy_registers(inv, t);
    case LABEL_TCB_CONFIGURE:
        return decode_configure(inv, t);
    case LABEL_TCB_SET_PRIORITY:
    case LABEL_TCB_SET_MC_PRIORITY:
    case LABEL_TCB_SET_SCHED_PARAMS:
        return decode_priorities(inv, t);
    case LABEL_TCB_SET_IPC_BUFFER:
        return decode_set_ipc_buffer(inv, t);
    case LABEL_TCB_SET_SPACE:
        return decode_set_space(inv, t);
    case LABEL_TCB_SUSPEND:
        thread_suspend(t);
        return STATUS_OK;
    case LABEL_TCB_RESUME:
        thread_resume(t);
        return STATUS_OK;
    case LABEL_TCB_BIND_NOTIFICATION:
        return decode_bind(inv, t);
    case LABEL_TCB_UNBIND_NOTIFICATION:
        return decode_unbind(t);
    case LABEL_TCB_SET_TLS_BASE:
        return decode_set_tls_base(inv, t);
    case LABEL_TCB_SET_FLAGS:
        return decode_set_flags(inv, t);
    default:
        return fail(ERROR_ILLEGAL_OPERATION);
    }
}
