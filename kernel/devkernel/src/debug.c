/* SPDX-License-Identifier: Apache-2.0 */
/* The Debug system calls, and the lines that describe a thread or a capability on the kernel's console. */
#include "portable.h"

static const char *state_name(const struct tcb *t)
{
    static const char *const names[] = {
        [THREAD_INACTIVE] = "inactive",
        [THREAD_RUNNING] = "running",
        [THREAD_RESTART] = "restart",
        [THREAD_BLOCKED_SEND] = "blocked on send",
        [THREAD_BLOCKED_RECV] = "blocked on recv",
        [THREAD_BLOCKED_REPLY] = "blocked on reply",
        [THREAD_BLOCKED_NOTIFICATION] = "blocked on ntfn",
        [THREAD_IDLE] = "idle",
    };
    return names[t->state];
}

void debug_thread_line(const struct tcb *t)
{
    console_hex((word_t)t);
    console_puts(" \"");
    console_puts(t->name);
    console_puts("\" pc ");
    console_hex(t->ctx.pc);
    console_puts(" priority ");
    console_dec(t->priority);
    console_puts(" ");
    console_puts(state_name(t));
    console_puts("\n");
}

static void dump_scheduler(void)
{
    console_puts("threads:\n");
    for (const struct tcb *t = all_threads; t; t = t->all_next)
        debug_thread_line(t);
}

/* Every capability in derivation order: slot address, type, both words. */
static void snapshot(void)
{
    console_puts("capabilities:\n");
    for (const struct slot *s = mdb_first(); s; s = mdb_successor(s)) {
        console_hex((word_t)s);
        console_puts(" type ");
        console_dec(cap_type(s->cap));
        console_puts(" ");
        console_hex(s->cap.w[0]);
        console_puts(" ");
        console_hex(s->cap.w[1]);
        console_puts("\n");
    }
}

static void name_thread(struct tcb *caller)
{
    struct cap cap = lookup_cap(caller, caller->ctx.x[0]);
    const word_t *buffer = arch_ipc_buffer(caller, false);
    if (cap_type(cap) != CAP_THREAD || !buffer) {
        console_puts("devkernel: DebugNameThread needs a TCB capability and an IPC buffer\n");
        return;
    }
    struct tcb *t = cap_thread_ptr(cap);
    const char *from = (const char *)&buffer[BUFFER_MSG];
    size_t i = 0;
    for (; i < sizeof t->name - 1 && from[i]; i++)
        t->name[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
    t->name[i] = 0;
}

bool debug_syscall(int64_t number)
{
    struct tcb *t = current_thread;
    switch (number) {
    case SYS_DEBUG_PUT_CHAR:
        console_putc((char)t->ctx.x[0]);
        return true;
    case SYS_DEBUG_CAP_IDENTIFY:
        t->ctx.x[0] = cap_type(lookup_cap(t, t->ctx.x[0]));
        return true;
    case SYS_DEBUG_NAME_THREAD:
        name_thread(t);
        return true;
    case SYS_DEBUG_DUMP_SCHEDULER:
        dump_scheduler();
        return true;
    case SYS_DEBUG_SNAPSHOT:
        snapshot();
        return true;
    case SYS_DEBUG_HALT:
        console_puts("devkernel: halted by a thread\n");
        arch_halt();
    default:
        return false;
    }
}
