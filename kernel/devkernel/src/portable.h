/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of src/ offer one another. arch/ sees include/kernel.h only. */
#pragma once

#include "abi.h"
#include "kernel.h"

/* ---- mdb.c: the derivation tree ---- */
void slot_move(struct slot *dest, struct slot *src, struct cap cap); /* the capability keeps its place in the tree */
void slot_swap(struct slot *a, struct slot *b);
void slot_unlink(struct slot *slot); /* empties a slot; its children go to its parent */
struct slot *slot_first_child(const struct slot *slot);
struct slot *mdb_first(void); /* all capabilities in pre-order, for the debug dump */
struct slot *mdb_successor(const struct slot *slot);
static inline bool slot_is_empty(const struct slot *slot) { return cap_type(slot->cap) == CAP_NULL; }

/* ---- cap.c: what can be made out of a capability ---- */
struct slot *cap_cnode_slots(struct cap cap);
struct cap cap_cnode_make(struct slot *slots, word_t radix);
status_t cap_derive(struct slot *slot, struct cap in, struct cap *out); /* a copy; NULL capability: not copyable */
struct cap cap_with_rights(struct cap cap, word_t rights);
struct cap cap_with_data(struct cap cap, word_t data, bool preserve); /* badge or guard; NULL capability: refused */
bool cap_same_object(struct cap a, struct cap b);

/* ---- cspace.c ---- */
status_t lookup_argument(struct cap root, cptr_t index, word_t depth, bool is_source, struct slot **out);
status_t lookup_source_slot(struct cap root, cptr_t index, word_t depth, struct slot **out);
struct cap lookup_cap(struct tcb *thread, cptr_t cptr); /* NULL capability when there is none */

/* ---- delete.c ---- */
bool slot_needs_steps(const struct slot *slot); /* deleting it empties a container, and may be interrupted */

/* ---- decoders, one an object type ---- */
status_t decode_untyped(struct invocation *inv);
status_t decode_cnode(struct invocation *inv);
status_t decode_tcb(struct invocation *inv);
status_t decode_irq_control(struct invocation *inv);
status_t decode_irq_handler(struct invocation *inv);
status_t decode_sgi(struct invocation *inv);
status_t decode_domain(struct invocation *inv);

/* ---- tcb.c, tcb_registers.c ---- */
void thread_create(struct tcb *t); /* on zeroed memory */
void thread_suspend(struct tcb *t);
void thread_resume(struct tcb *t);
void thread_finalise(struct tcb *t); /* its last capability is gone */
status_t tcb_read_registers(struct invocation *inv, struct tcb *t);
status_t tcb_write_registers(struct invocation *inv, struct tcb *t);
status_t tcb_copy_registers(struct invocation *inv, struct tcb *t);
static inline bool thread_is_runnable(const struct tcb *t)
{
    return t->state == THREAD_RUNNING || t->state == THREAD_RESTART;
}

/* ---- sched.c ---- */
void sched_wake(struct tcb *t);   /* now runnable by an operation of the current thread: may take over at once */
void sched_remove(struct tcb *t); /* no longer runnable, or about to change priority */
void sched_yield_current(void);
extern struct tcb *all_threads; /* for the debug dumps */
void sched_register(struct tcb *t);
void sched_unregister(struct tcb *t);

/* ---- queue.c: the thread queues of endpoints and notifications ---- */
static inline struct tcb *queue_head(word_t head_and_state)
{
    return (struct tcb *)(word_t)((int64_t)head_and_state >> 16);
}
static inline word_t queue_state(word_t head_and_state) { return head_and_state & MASK(16); }
void queue_append(word_t *head_and_state, word_t *tail, word_t state, struct tcb *t);
void queue_remove(word_t *head_and_state, word_t *tail, struct tcb *t); /* an emptied queue gets state 0, idle */

/* ---- endpoint.c ---- */
struct send_args {
    struct endpoint *endpoint;
    word_t badge;
    bool can_grant, can_grant_reply, is_call, is_blocking;
};
void endpoint_send(struct tcb *sender, const struct send_args *args);
void endpoint_receive(struct tcb *receiver, struct cap cap, bool is_blocking);
void endpoint_cancel_all(struct endpoint *e);
void endpoint_cancel_badged(struct endpoint *e, word_t badge);
void ipc_cancel(struct tcb *t); /* whatever the thread waits for, it waits no more; pc at its restart point */

/* ---- ipc.c ---- */
void ipc_transfer(struct tcb *sender, struct endpoint *endpoint, word_t badge, bool grant, struct tcb *receiver);
struct message_info {
    word_t label, caps_unwrapped, extra_caps, length;
};
struct message_info info_unpack(word_t info);
word_t info_pack(struct message_info info);
/* Words of the IPC buffer. */
enum {
    BUFFER_MSG = 1,
    BUFFER_CAPS = 122,
    BUFFER_RECEIVE_CNODE = 125,
    BUFFER_RECEIVE_INDEX = 126,
    BUFFER_RECEIVE_DEPTH = 127,
    MESSAGE_REGISTERS = 4,
};

/* ---- reply.c ---- */
void reply_setup(struct tcb *caller, struct tcb *callee, bool can_grant); /* caller blocks until the reply */
void reply_cancel(struct tcb *caller);                                    /* the reply capability ceases to exist */
void reply_deliver(struct tcb *sender, struct slot *reply_slot);

/* ---- notification.c ---- */
void notification_signal(struct notification *n, word_t badge);
void notification_receive(struct tcb *t, struct cap cap, bool is_blocking);
void notification_cancel_all(struct notification *n);
bool notification_take_bound(struct tcb *t); /* a signal waits at the bound notification: delivered */
void notification_bind(struct notification *n, struct tcb *t);
void notification_unbind(struct tcb *t);

/* ---- fault.c ---- */
void fault_raise(struct tcb *t); /* t->fault is filled in: tell the handler or stop the thread */
void fault_unknown_syscall(struct tcb *t, int64_t number);
void fault_raise_cap(struct tcb *t, cptr_t cptr, bool in_receive); /* current_error.fault holds the lookup failure */
bool fault_reply(struct tcb *faulter, struct tcb *sender);         /* true: the faulter runs again */
word_t fault_message(struct tcb *faulter, struct tcb *receiver);   /* words written */
struct cap_fault_words {
    word_t type, a, b, c;
};
void fault_set_lookup(struct cap_fault_words w); /* into current_error, for fault_raise_cap */

/* ---- irq.c ---- */
void irq_deactivate(uint32_t irq);

/* ---- debug.c ---- */
bool debug_syscall(int64_t number); /* false: not a debug call */
void debug_thread_line(const struct tcb *t);
