/* SPDX-License-Identifier: Apache-2.0 */
/* ReadRegisters, WriteRegisters, CopyRegisters: a thread's registers in the order of seL4_UserContext.
 *
 *   pc sp spsr x0-x8 x16-x18 x29 x30 | x9-x15 x19-x28 tpidr_el0 tpidrro_el0
 *   frame registers: 17              | integer registers: 19
 *
 * The pc of a blocked thread is where it would start again. */
#include "portable.h"

enum { FRAME_REGISTERS = 17, ALL_REGISTERS = 36 };

#define OFFSET(field) (offsetof(struct context, field) / sizeof(word_t))
static const uint8_t order[ALL_REGISTERS] = {
    OFFSET(pc), OFFSET(sp), OFFSET(spsr), 0,  1,  2,  3,  4,  5,  6,  7,  8,  16, 17, 18, 29, 30,
    9,          10,         11,           12, 13, 14, 15, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,
    OFFSET(tpidr_el0), OFFSET(tpidrro_el0),
};
_Static_assert(OFFSET(x) == 0, "general registers come first");

static bool is_waiting(const struct tcb *t) { return t->state != THREAD_INACTIVE && !thread_is_runnable(t); }

static word_t get_register(const struct tcb *t, unsigned i)
{
    if (order[i] == OFFSET(pc) && is_waiting(t))
        return t->restart_pc;
    return ((const word_t *)&t->ctx)[order[i]];
}

static void set_register(struct tcb *t, unsigned i, word_t value)
{
    if (order[i] == OFFSET(spsr))
        value = arch_sanitise_spsr(value);
    if (order[i] == OFFSET(pc))
        t->restart_pc = value;
    ((word_t *)&t->ctx)[order[i]] = value;
}

status_t tcb_read_registers(struct invocation *inv, struct tcb *t)
{
    struct tcb *caller = current_thread;
    if (inv->length < 2)
        return fail(ERROR_TRUNCATED_MESSAGE);
    word_t flags = msg_get(caller, 0), count = msg_get(caller, 1);
    if (count < 1 || count > ALL_REGISTERS)
        return fail_range(1, ALL_REGISTERS);
    if (t == caller)
        return fail(ERROR_ILLEGAL_OPERATION);
    if (flags & 1)
        thread_suspend(t);
    if (!inv->is_call)
        return STATUS_OK;
    if (count > MESSAGE_REGISTERS && !arch_ipc_buffer(caller, true))
        count = MESSAGE_REGISTERS;
    for (unsigned i = 0; i < count; i++)
        msg_set(caller, i, get_register(t, i));
    caller->ctx.x[0] = 0;
    caller->ctx.x[1] = info_pack((struct message_info){.length = count});
    inv->reply_words = REPLY_WRITTEN;
    return STATUS_OK;
}

status_t tcb_write_registers(struct invocation *inv, struct tcb *t)
{
    struct tcb *caller = current_thread;
    if (inv->length < 2)
        return fail(ERROR_TRUNCATED_MESSAGE);
    word_t flags = msg_get(caller, 0), count = msg_get(caller, 1);
    if (count > inv->length - 2)
        return fail(ERROR_TRUNCATED_MESSAGE);
    if (t == caller)
        return fail(ERROR_ILLEGAL_OPERATION);
    if (flags & 1)
        thread_resume(t);
    for (unsigned i = 0; i < count && i < ALL_REGISTERS; i++)
        set_register(t, i, msg_get(caller, i + 2));
    return STATUS_OK;
}

status_t tcb_copy_registers(struct invocation *inv, struct tcb *t)
{
    enum { SUSPEND_SOURCE = 1, RESUME_TARGET = 2, FRAME = 4, INTEGER = 8 };
    if (inv->length < 1 || !inv->extra[0])
        return fail(ERROR_TRUNCATED_MESSAGE);
    if (cap_type(inv->extra[0]->cap) != CAP_THREAD)
        return fail_capability(1);
    struct tcb *source = cap_thread_ptr(inv->extra[0]->cap);
    word_t flags = msg_get(current_thread, 0);
    if (flags & SUSPEND_SOURCE)
        thread_suspend(source);
    if (flags & RESUME_TARGET)
        thread_resume(t);
    if (flags & FRAME)
        for (unsigned i = 0; i < FRAME_REGISTERS; i++)
            set_register(t, i, get_register(source, i));
    if (flags & INTEGER)
        for (unsigned i = FRAME_REGISTERS; i < ALL_REGISTERS; i++)
            set_register(t, i, get_register(source, i));
    return STATUS_OK;
}
