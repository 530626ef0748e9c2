/* SPDX-License-Identifier: Apache-2.0 */
/* Property test of IPC, notifications, faults and scheduling on the host: threads that share a CSpace make random
 * system calls with random capabilities, and after each one every queue and every thread's state must agree.
 *
 *   ipc <seed> <steps> */
#include "hosttest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/sched.c"

enum { RADIX = 6, SLOTS = 1 << RADIX, ENDPOINTS = 3, NOTIFICATIONS = 2, LINE = 40 };
enum { SLOT_ROOT = 1, SLOT_IRQ_CONTROL = 2, FIRST_RANDOM = 3 };

static _Alignas(32) struct slot slots[SLOTS];
static _Alignas(2048) struct tcb threads[FAKE_THREADS];
static struct endpoint endpoints[ENDPOINTS];
static struct notification notifications[NOTIFICATIONS];
static unsigned long step_number, transfers, blocks, made;

#define CHECK(e) ((e) ? (void)0 : check_failed(__LINE__, #e))
static void check_failed(int line, const char *what)
{
    fprintf(stderr, "step %lu, ipc.c:%d: %s\n", step_number, line, what);
    abort();
}

static unsigned below(unsigned n) { return (unsigned)(fake_random() % n); }

/* ---- what must hold between system calls ---- */

static bool in_queue(word_t head_and_state, word_t tail, const struct tcb *wanted)
{
    bool found = false;
    unsigned length = 0;
    struct tcb *previous = NULL;
    for (struct tcb *t = queue_head(head_and_state); t; previous = t, t = t->queue_next, length++) {
        CHECK(t->queue_prev == previous && length < FAKE_THREADS);
        found |= t == wanted;
    }
    CHECK((struct tcb *)tail == previous);
    CHECK((queue_head(head_and_state) == NULL) == (queue_state(head_and_state) == 0 || !previous));
    return found;
}

static void check_thread(const struct tcb *t)
{
    unsigned queues = 0;
    for (unsigned i = 0; i < ENDPOINTS; i++) {
        const struct endpoint *e = &endpoints[i];
        if (!in_queue(e->head_and_state, e->tail, t))
            continue;
        queues++;
        CHECK(t->block_object == (word_t)e);
        bool sends = queue_state(e->head_and_state) == ENDPOINT_SEND;
        CHECK(t->state == (sends ? THREAD_BLOCKED_SEND : THREAD_BLOCKED_RECV));
    }
    for (unsigned i = 0; i < NOTIFICATIONS; i++) {
        const struct notification *n = &notifications[i];
        if (!in_queue(n->head_and_state, n->tail, t))
            continue;
        queues++;
        CHECK(t->state == THREAD_BLOCKED_NOTIFICATION && t->block_object == (word_t)n);
    }
    bool waits = t->state == THREAD_BLOCKED_SEND || t->state == THREAD_BLOCKED_RECV ||
                 t->state == THREAD_BLOCKED_NOTIFICATION;
    CHECK(queues == waits);
    CHECK(thread_is_runnable(t) == (t == current_thread || t->in_ready_queue));
    CHECK(!(t == current_thread && t->in_ready_queue));
    CHECK(!current_thread || !t->in_ready_queue || t->priority <= current_thread->priority);
    CHECK(t->fault.type == FAULT_NONE || t->state == THREAD_BLOCKED_SEND || t->state == THREAD_BLOCKED_REPLY);
    CHECK(!t->bound || t->bound->bound == t);
    const struct slot *master = &t->slots[TCB_REPLY];
    if (!slot_is_empty(master) && slot_has_children(master)) {
        struct cap reply = slot_first_child(master)->cap;
        CHECK(t->state == THREAD_BLOCKED_REPLY);
        CHECK(cap_type(reply) == CAP_REPLY && !cap_reply_master(reply) && cap_reply_ptr(reply) == t);
    }
}

static void check_ready_queues(void)
{
    unsigned queued = 0, flagged = 0;
    for (unsigned p = 0; p < NUM_PRIORITIES; p++) {
        struct tcb *previous = NULL;
        for (struct tcb *t = ready[p].head; t; previous = t, t = t->ready_next, queued++)
            CHECK(t->priority == p && t->ready_prev == previous && t->in_ready_queue && queued < FAKE_THREADS);
        CHECK(!ready[p].head || ready[p].tail == previous);
        CHECK(((ready_bits[p / 64] >> p % 64) & 1) == (ready[p].head != NULL));
    }
    for (unsigned i = 0; i < FAKE_THREADS; i++)
        flagged += threads[i].in_ready_queue;
    CHECK(queued == flagged && !handover);
}

static void check_all(void)
{
    for (unsigned i = 0; i < FAKE_THREADS; i++)
        check_thread(&threads[i]);
    for (unsigned i = 0; i < NOTIFICATIONS; i++)
        CHECK(!notifications[i].bound || notifications[i].bound->bound == &notifications[i]);
    check_ready_queues();
}

/* ---- the world ---- */

static struct slot *empty_slot(void)
{
    for (unsigned tries = 0; tries < 16; tries++) {
        struct slot *slot = &slots[FIRST_RANDOM + below(SLOTS - FIRST_RANDOM)];
        if (slot_is_empty(slot))
            return slot;
    }
    return NULL;
}

static bool is_named(enum cap_type type, const void *object)
{
    for (const struct slot *s = mdb_first(); s; s = mdb_successor(s)) {
        struct cap cap = s->cap;
        if ((cap_type(cap) == type && cap_endpoint_ptr(cap) == object) ||
            (cap_type(cap) == CAP_ZOMBIE && cap_zombie_ptr(cap) == object))
            return true;
    }
    return false;
}

static bool has_cap(const struct tcb *t)
{
    for (const struct slot *s = mdb_first(); s; s = mdb_successor(s))
        if (cap_type(s->cap) == CAP_THREAD && cap_thread_ptr(s->cap) == t)
            return true;
    return false;
}

/* Puts an original capability to an object that has none left into the CSpace. */
static void renew(enum cap_type type, void *object, size_t bytes)
{
    struct slot *slot = empty_slot();
    if (is_named(type, object) || !slot)
        return;
    for (unsigned i = 0; i < bytes; i++)
        CHECK(type == CAP_THREAD || type == CAP_NOTIFICATION || !((char *)object)[i]);
    memset(object, 0, bytes);
    cap_insert(slot, cap_endpoint_set_rights(cap_endpoint_set_ptr(cap_of_type(type), object), RIGHTS_ALL), NULL, false);
    made++;
}

static void renew_thread(struct tcb *t)
{
    struct slot *slot = empty_slot();
    if (is_named(CAP_THREAD, t) || !slot || t == current_thread)
        return;
    memset(t, 0, sizeof *t);
    thread_create(t);
    cap_insert(slot, cap_thread_set_ptr(cap_of_type(CAP_THREAD), t), NULL, false);
    cap_insert(&t->slots[TCB_CSPACE], slots[SLOT_ROOT].cap, &slots[SLOT_ROOT], false);
    t->priority = 1 + below(4);
    t->mcp = 255;
    t->fault_handler = below(SLOTS);
    thread_resume(t);
    made++;
}

/* Rights only ever get fewer: now and then everything that names a random slot's object goes, to begin afresh. */
static void wear_out(void)
{
    struct cap cap = slots[FIRST_RANDOM + below(SLOTS - FIRST_RANDOM)].cap;
    for (unsigned i = FIRST_RANDOM; i < SLOTS; i++)
        while (cap_type(cap) != CAP_NULL && cap_same_object(cap, slots[i].cap) && slot_delete(&slots[i]) != STATUS_OK)
            ;
}

static void renew_all(void)
{
    if (below(2))
        wear_out();
    for (unsigned i = 0; i < FAKE_THREADS; i++)
        renew_thread(&threads[i]);
    for (unsigned i = 0; i < ENDPOINTS; i++)
        renew(CAP_ENDPOINT, &endpoints[i], sizeof endpoints[i]);
    for (unsigned i = 0; i < NOTIFICATIONS; i++)
        renew(CAP_NOTIFICATION, &notifications[i], sizeof notifications[i]);
}

/* A capability of the wanted type where there is one, or any slot. */
static unsigned random_cptr(enum cap_type type)
{
    unsigned cptr = below(SLOTS);
    for (unsigned tries = 0; tries < 24 && cap_type(slots[cptr].cap) != type; tries++)
        cptr = below(SLOTS);
    return cptr;
}

static unsigned random_target(void)
{
    static const enum cap_type types[] = {CAP_ENDPOINT, CAP_ENDPOINT, CAP_ENDPOINT, CAP_NOTIFICATION, CAP_REPLY,
                                          CAP_THREAD, CAP_IRQ_HANDLER};
    return random_cptr(types[below(sizeof types / sizeof *types)]);
}

static void fill_message(struct tcb *t, word_t label, unsigned length)
{
    word_t *buffer = fake_buffers[t - threads];
    unsigned extra = below(4);
    for (unsigned i = 0; i < length; i++)
        msg_set(t, i, fake_random());
    for (unsigned i = 0; i < MAX_EXTRA_CAPS; i++)
        buffer[BUFFER_CAPS + i] = random_target();
    buffer[BUFFER_RECEIVE_CNODE] = SLOT_ROOT;
    buffer[BUFFER_RECEIVE_INDEX] = FIRST_RANDOM + below(SLOTS - FIRST_RANDOM);
    buffer[BUFFER_RECEIVE_DEPTH] = 64;
    t->ctx.x[1] = info_pack((struct message_info){.label = label, .extra_caps = extra, .length = length});
}

static void cnode_call(struct tcb *t)
{
    static const word_t labels[] = {LABEL_CNODE_COPY, LABEL_CNODE_MINT, LABEL_CNODE_MINT, LABEL_CNODE_MOVE,
                                    LABEL_CNODE_DELETE, LABEL_CNODE_REVOKE, LABEL_CNODE_SAVE_CALLER,
                                    LABEL_CNODE_SAVE_CALLER, LABEL_CNODE_CANCEL_BADGED_SENDS};
    word_t label = labels[below(sizeof labels / sizeof *labels)];
    fill_message(t, label, 6);
    bool makes = label != LABEL_CNODE_DELETE && label != LABEL_CNODE_REVOKE &&
                 label != LABEL_CNODE_CANCEL_BADGED_SENDS;
    struct slot *dest = empty_slot();
    word_t index = makes && dest ? (word_t)(dest - slots) : random_target();
    word_t source = random_target(), rights = below(8) ? RIGHTS_ALL : below(16);
    word_t mr[6] = {index >= FIRST_RANDOM ? index : FIRST_RANDOM, 64, source >= FIRST_RANDOM ? source : FIRST_RANDOM, 64,
                    rights, below(4)};
    for (unsigned i = 0; i < 6; i++)
        msg_set(t, i, mr[i]);
    fake_buffers[t - threads][BUFFER_CAPS] = SLOT_ROOT;
    t->ctx.x[0] = SLOT_ROOT;
    t->ctx.x[1] |= 1 << 7;
    handle_syscall(SYS_CALL);
}

static void tcb_call(struct tcb *t)
{
    static const word_t labels[] = {LABEL_TCB_READ_REGISTERS, LABEL_TCB_WRITE_REGISTERS, LABEL_TCB_COPY_REGISTERS,
                                    LABEL_TCB_SUSPEND, LABEL_TCB_RESUME, LABEL_TCB_RESUME, LABEL_TCB_RESUME,
                                    LABEL_TCB_BIND_NOTIFICATION, LABEL_TCB_UNBIND_NOTIFICATION, LABEL_TCB_SET_PRIORITY,
                                    LABEL_TCB_SET_FLAGS, LABEL_TCB_SET_TLS_BASE};
    word_t label = labels[below(sizeof labels / sizeof *labels)];
    fill_message(t, label, 40);
    msg_set(t, 0, label == LABEL_TCB_SET_PRIORITY ? 1 + below(4) : below(16));
    msg_set(t, 1, 1 + below(36));
    fake_buffers[t - threads][BUFFER_CAPS] =
        random_cptr(label == LABEL_TCB_BIND_NOTIFICATION ? CAP_NOTIFICATION : CAP_THREAD);
    t->ctx.x[0] = random_cptr(CAP_THREAD);
    handle_syscall(SYS_CALL);
}

static void irq_call(struct tcb *t)
{
    fill_message(t, LABEL_IRQ_ISSUE_HANDLER, 3);
    msg_set(t, 0, LINE + below(2));
    msg_set(t, 1, FIRST_RANDOM + below(SLOTS - FIRST_RANDOM));
    msg_set(t, 2, 64);
    fake_buffers[t - threads][BUFFER_CAPS] = SLOT_ROOT;
    t->ctx.x[0] = SLOT_IRQ_CONTROL;
    if (below(2)) {
        t->ctx.x[0] = random_cptr(CAP_IRQ_HANDLER);
        fake_buffers[t - threads][BUFFER_CAPS] = random_cptr(CAP_NOTIFICATION);
        fill_message(t, LABEL_IRQ_ACK + below(3), 0);
    }
    t->ctx.x[1] |= 1 << 7;
    handle_syscall(SYS_CALL);
}

static void ipc_call(struct tcb *t)
{
    static const int numbers[] = {SYS_CALL, SYS_CALL, SYS_CALL, SYS_REPLY_RECV, SYS_REPLY_RECV, SYS_SEND, SYS_NBSEND,
                                  SYS_RECV, SYS_RECV, SYS_REPLY, SYS_YIELD, SYS_NBRECV, -99};
    fill_message(t, below(8), below(3) ? below(8) : below(128));
    t->ctx.x[0] = random_target();
    handle_syscall(numbers[below(sizeof numbers / sizeof *numbers)]);
}

static void step(void)
{
    struct tcb *t = current_thread;
    if (!t || below(24) == 0) {
        if (below(2))
            handle_interrupt_signal(LINE + below(2));
        else
            renew_all();
        struct tcb *sleeper = &threads[below(FAKE_THREADS)];
        if (!t && below(4) == 0 && has_cap(sleeper))
            thread_resume(sleeper);
        if (below(4) == 0)
            timer_slice_expired();
        return;
    }
    t->ctx.pc = 0x1000 + 4 * below(64);
    unsigned what = below(100);
    if (what < 60)
        ipc_call(t);
    else if (what < 78)
        cnode_call(t);
    else if (what < 90)
        tcb_call(t);
    else if (what < 94)
        irq_call(t);
    else if (what < 97)
        handle_vm_fault(fake_random(), 0x92000006, below(2));
    else
        handle_user_exception(0x2000000, 0);
    blocks += !thread_is_runnable(t);
    for (unsigned i = 0; i < FAKE_THREADS; i++)
        transfers += &threads[i] != t && t->state == THREAD_BLOCKED_REPLY;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: ipc <seed> <steps>\n");
        return 2;
    }
    unsigned long steps = strtoul(argv[2], NULL, 0);
    fake_seed(strtoull(argv[1], NULL, 0));
    struct cap root_cap = cap_cnode_set_guard_bits(cap_cnode_make(slots, RADIX), WORD_BITS - RADIX);
    cap_insert(&slots[SLOT_ROOT], root_cap, NULL, false);
    cap_insert(&slots[SLOT_IRQ_CONTROL], cap_of_type(CAP_IRQ_CONTROL), NULL, false);
    for (unsigned i = 0; i < FAKE_THREADS; i++)
        fake_threads[i] = &threads[i];
    renew_all();
    schedule();
    for (step_number = 0; step_number < steps; step_number++) {
        step();
        schedule();
        check_all();
    }
    printf("ok %lu steps, %lu blocked, %lu waited for a reply, %lu objects\n", steps, blocks, transfers, made);
    return 0;
}
