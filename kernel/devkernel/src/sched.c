/* SPDX-License-Identifier: Apache-2.0 */
/* The scheduler: 256 priorities, round robin within one, the highest ready priority always runs.
 *
 *   ready_words (4 bits) ──► ready_bits[4] (64 bits each) ──► ready[256]: head ⇄ … ⇄ tail
 *
 * The running thread is in no queue. One thread that an operation has just woken may be held back in `handover`: when
 * the running thread blocks in the same operation (a Call, a ReplyRecv) it is entered directly, before others of its
 * priority; when the running thread can go on and is at least as important, it queues up at the tail like any other.
 *
 * The slice timer runs only while another thread of the running one's priority is ready. */
#include "portable.h"

struct tcb *current_thread;
struct tcb *all_threads;

static struct {
    struct tcb *head, *tail;
} ready[NUM_PRIORITIES];
static word_t ready_words, ready_bits[NUM_PRIORITIES / WORD_BITS];
static struct tcb *handover;
static uint64_t slice_deadline; /* 0: nobody's slice is measured */
static bool timer_on;

static void mark(unsigned priority, bool occupied)
{
    unsigned word = priority / WORD_BITS;
    if (occupied)
        ready_bits[word] |= BIT(priority % WORD_BITS);
    else
        ready_bits[word] &= ~BIT(priority % WORD_BITS);
    if (ready_bits[word])
        ready_words |= BIT(word);
    else
        ready_words &= ~BIT(word);
}

static int highest_ready(void)
{
    if (!ready_words)
        return -1;
    int word = 63 - __builtin_clzll(ready_words);
    return word * WORD_BITS + 63 - __builtin_clzll(ready_bits[word]);
}

static void enqueue(struct tcb *t, bool at_head)
{
    unsigned p = t->priority;
    ASSERT(!t->in_ready_queue && thread_is_runnable(t));
    t->in_ready_queue = 1;
    t->ready_prev = t->ready_next = NULL;
    if (!ready[p].head) {
        ready[p].head = ready[p].tail = t;
        mark(p, true);
    } else if (at_head) {
        t->ready_next = ready[p].head;
        ready[p].head->ready_prev = t;
        ready[p].head = t;
    } else {
        t->ready_prev = ready[p].tail;
        ready[p].tail->ready_next = t;
        ready[p].tail = t;
    }
}

static void dequeue(struct tcb *t)
{
    unsigned p = t->priority;
    if (t->ready_prev)
        t->ready_prev->ready_next = t->ready_next;
    else
        ready[p].head = t->ready_next;
    if (t->ready_next)
        t->ready_next->ready_prev = t->ready_prev;
    else
        ready[p].tail = t->ready_prev;
    t->ready_prev = t->ready_next = NULL;
    t->in_ready_queue = 0;
    if (!ready[p].head)
        mark(p, false);
}

void thread_resume_ready(struct tcb *t)
{
    if (thread_is_runnable(t) && t != current_thread && t != handover && !t->in_ready_queue)
        enqueue(t, false);
}

void sched_wake(struct tcb *t)
{
    if (!handover && t != current_thread && !t->in_ready_queue)
        handover = t;
    else
        thread_resume_ready(t);
}

void sched_remove(struct tcb *t)
{
    if (t == handover)
        handover = NULL;
    if (t->in_ready_queue)
        dequeue(t);
}

void sched_yield_current(void)
{
    current_thread->slice_left = arch_slice_ticks;
    slice_deadline = 0;
    enqueue(current_thread, false);
}

void timer_slice_expired(void)
{
    slice_deadline = 0;
    if (!current_thread)
        return;
    current_thread->slice_left = arch_slice_ticks;
    if (thread_is_runnable(current_thread) && !current_thread->in_ready_queue)
        enqueue(current_thread, false);
}

struct tcb *thread_init_slice(struct tcb *t)
{
    t->slice_left = arch_slice_ticks;
    sched_register(t);
    return t;
}

void sched_register(struct tcb *t)
{
    t->all_prev = NULL;
    t->all_next = all_threads;
    if (all_threads)
        all_threads->all_prev = t;
    all_threads = t;
}

void sched_unregister(struct tcb *t)
{
    if (t->all_prev)
        t->all_prev->all_next = t->all_next;
    else
        all_threads = t->all_next;
    if (t->all_next)
        t->all_next->all_prev = t->all_prev;
}

/* `running` may go on unless NULL. */
static struct tcb *choose(struct tcb *running)
{
    struct tcb *woken = handover;
    handover = NULL;
    if (woken && ((running && running->priority >= woken->priority) || highest_ready() > woken->priority)) {
        enqueue(woken, false);
        woken = NULL;
    }
    int best = highest_ready();
    if (running && !woken && running->priority >= best)
        return running;
    if (running)
        enqueue(running, true);
    if (!woken && best >= 0) {
        woken = ready[best].head;
        dequeue(woken);
    }
    return woken;
}

/* The slice of the thread that the timer was set for: what is left of it. */
static void stop_slice(struct tcb *t)
{
    uint64_t now = arch_now();
    t->slice_left = slice_deadline > now ? slice_deadline - now : arch_slice_ticks;
    slice_deadline = 0;
}

static void start_slice(struct tcb *t)
{
    slice_deadline = arch_now() + (t->slice_left ? t->slice_left : arch_slice_ticks);
    arch_set_slice_timer(slice_deadline);
    timer_on = true;
}

struct tcb *schedule(void)
{
    struct tcb *old = current_thread;
    bool may_go_on = old && thread_is_runnable(old) && !old->in_ready_queue;
    bool was_timed = slice_deadline != 0;
    struct tcb *next = choose(may_go_on ? old : NULL);
    bool has_peers = next && ready[next->priority].head;

    if (was_timed && (next != old || !has_peers))
        stop_slice(old);
    if (has_peers && !slice_deadline)
        start_slice(next);
    if (!slice_deadline && timer_on) {
        arch_set_slice_timer(0);
        timer_on = false;
    }
    if (next)
        next->state = THREAD_RUNNING;
    current_thread = next;
    return next;
}

/* Not on every call: the look at the interrupts costs more than a step. */
#ifndef PREEMPTION_PERIOD
#define PREEMPTION_PERIOD 16
#endif

bool preemption_point(void)
{
    static unsigned steps;
    return ++steps % PREEMPTION_PERIOD == 0 && arch_irq_pending();
}
