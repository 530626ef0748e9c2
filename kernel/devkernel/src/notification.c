/* SPDX-License-Identifier: Apache-2.0 */
/* Notifications: a word of ORed badges, the threads that wait for it, and the thread that it is bound to. */
#include "portable.h"

static enum notification_state state_of(const struct notification *n)
{
    return (enum notification_state)queue_state(n->head_and_state);
}

static void deliver(struct tcb *t, word_t badge)
{
    t->ctx.x[0] = badge;
    t->ctx.x[1] = 0;
}

static word_t take(struct notification *n)
{
    word_t badges = n->badges;
    n->badges = 0;
    n->head_and_state = NOTIFICATION_IDLE;
    return badges;
}

static void wake(struct tcb *t, word_t badge)
{
    deliver(t, badge);
    t->state = THREAD_RUNNING;
    sched_wake(t);
}

void notification_signal(struct notification *n, word_t badge)
{
    struct tcb *t;
    switch (state_of(n)) {
    case NOTIFICATION_WAITING:
        t = queue_head(n->head_and_state);
        queue_remove(&n->head_and_state, &n->tail, t);
        wake(t, badge);
        return;
    case NOTIFICATION_IDLE:
        t = n->bound;
        if (t && t->state == THREAD_BLOCKED_RECV) {
            struct endpoint *e = (struct endpoint *)t->block_object;
            queue_remove(&e->head_and_state, &e->tail, t);
            wake(t, badge);
            return;
        }
        break;
    case NOTIFICATION_ACTIVE:
        break;
    }
    n->badges |= badge;
    n->head_and_state = NOTIFICATION_ACTIVE;
}

void notification_receive(struct tcb *t, struct cap cap, bool is_blocking)
{
    struct notification *n = cap_notification_ptr(cap);
    if (state_of(n) == NOTIFICATION_ACTIVE) {
        deliver(t, take(n));
    } else if (!is_blocking) {
        deliver(t, 0);
    } else {
        t->state = THREAD_BLOCKED_NOTIFICATION;
        t->block_object = (word_t)n;
        queue_append(&n->head_and_state, &n->tail, NOTIFICATION_WAITING, t);
    }
}

bool notification_take_bound(struct tcb *t)
{
    if (!t->bound || state_of(t->bound) != NOTIFICATION_ACTIVE)
        return false;
    deliver(t, take(t->bound));
    return true;
}

/* Bound: the number of threads that wait. */
void notification_cancel_all(struct notification *n)
{
    if (state_of(n) != NOTIFICATION_WAITING)
        return;
    struct tcb *t;
    while ((t = queue_head(n->head_and_state)) != NULL) {
        queue_remove(&n->head_and_state, &n->tail, t);
        t->ctx.pc = t->restart_pc;
        t->state = THREAD_RESTART;
        thread_resume_ready(t);
    }
}

void notification_bind(struct notification *n, struct tcb *t)
{
    n->bound = t;
    t->bound = n;
}

void notification_unbind(struct tcb *t)
{
    if (t->bound)
        t->bound->bound = NULL;
    t->bound = NULL;
}
