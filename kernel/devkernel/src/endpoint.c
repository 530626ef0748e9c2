/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints: the rendezvous of senders and receivers, and how waiting at one ends without a message. */
#include "portable.h"

static enum endpoint_state state_of(const struct endpoint *e)
{
    return (enum endpoint_state)queue_state(e->head_and_state);
}

static struct tcb *take_first(struct endpoint *e)
{
    struct tcb *t = queue_head(e->head_and_state);
    queue_remove(&e->head_and_state, &e->tail, t);
    return t;
}

/* Past the transfer: a caller waits for its reply, or for ever when nobody may be given a reply capability. */
static void settle_sender(struct tcb *sender, bool is_call, bool may_reply, struct tcb *receiver, bool reply_grant)
{
    if (!is_call) {
        if (sender->state == THREAD_BLOCKED_SEND) {
            sender->state = THREAD_RUNNING;
            sched_wake(sender);
        }
    } else if (may_reply) {
        reply_setup(sender, receiver, reply_grant);
    } else {
        sched_remove(sender);
        sender->ctx.pc = sender->restart_pc;
        sender->state = THREAD_INACTIVE;
    }
}

void endpoint_send(struct tcb *sender, const struct send_args *args)
{
    struct endpoint *e = args->endpoint;
    if (state_of(e) == ENDPOINT_RECV) {
        struct tcb *receiver = take_first(e);
        ipc_transfer(sender, e, args->badge, args->can_grant, receiver);
        receiver->state = THREAD_RUNNING;
        sched_wake(receiver);
        settle_sender(sender, args->is_call, args->can_grant || args->can_grant_reply, receiver,
                      receiver->block_can_grant);
        return;
    }
    if (!args->is_blocking)
        return;
    sched_remove(sender);
    sender->state = THREAD_BLOCKED_SEND;
    sender->block_object = (word_t)e;
    sender->block_badge = args->badge;
    sender->block_can_grant = args->can_grant;
    sender->block_can_grant_reply = args->can_grant_reply;
    sender->block_is_call = args->is_call;
    queue_append(&e->head_and_state, &e->tail, ENDPOINT_SEND, sender);
}

void endpoint_receive(struct tcb *receiver, struct cap cap, bool is_blocking)
{
    struct endpoint *e = cap_endpoint_ptr(cap);
    bool grant = (cap_endpoint_rights(cap) & RIGHT_GRANT) != 0;
    if (notification_take_bound(receiver))
        return;
    if (state_of(e) == ENDPOINT_SEND) {
        struct tcb *sender = take_first(e);
        ipc_transfer(sender, e, sender->block_badge, sender->block_can_grant, receiver);
        settle_sender(sender, sender->block_is_call, sender->block_can_grant || sender->block_can_grant_reply, receiver,
                      grant);
        return;
    }
    if (!is_blocking) {
        receiver->ctx.x[0] = 0; /* no message: badge 0 */
        receiver->ctx.x[1] = 0;
        return;
    }
    receiver->state = THREAD_BLOCKED_RECV;
    receiver->block_object = (word_t)e;
    receiver->block_can_grant = grant;
    queue_append(&e->head_and_state, &e->tail, ENDPOINT_RECV, receiver);
}

/* Bound: the number of threads that wait at the endpoint. */
static void restart(struct endpoint *e, struct tcb *t)
{
    queue_remove(&e->head_and_state, &e->tail, t);
    t->ctx.pc = t->restart_pc;
    t->fault.type = FAULT_NONE;
    t->state = THREAD_RESTART;
    thread_resume_ready(t);
}

void endpoint_cancel_all(struct endpoint *e)
{
    while (queue_head(e->head_and_state))
        restart(e, queue_head(e->head_and_state));
}

void endpoint_cancel_badged(struct endpoint *e, word_t badge)
{
    if (state_of(e) != ENDPOINT_SEND)
        return;
    struct tcb *next;
    for (struct tcb *t = queue_head(e->head_and_state); t; t = next) {
        next = t->queue_next;
        if (t->block_badge == badge)
            restart(e, t);
    }
}

void ipc_cancel(struct tcb *t)
{
    switch (t->state) {
    case THREAD_BLOCKED_SEND:
    case THREAD_BLOCKED_RECV: {
        struct endpoint *e = (struct endpoint *)t->block_object;
        queue_remove(&e->head_and_state, &e->tail, t);
        break;
    }
    case THREAD_BLOCKED_NOTIFICATION: {
        struct notification *n = (struct notification *)t->block_object;
        queue_remove(&n->head_and_state, &n->tail, t);
        break;
    }
    case THREAD_BLOCKED_REPLY:
        reply_cancel(t);
        break;
    default:
        return;
    }
    t->ctx.pc = t->restart_pc;
    t->fault.type = FAULT_NONE;
    t->state = THREAD_INACTIVE;
}
