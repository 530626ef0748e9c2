/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scheduling: priorities, preemption, round robin, yield, and the rule of the maximum controlled priority.
 */
#include "env.h"
#include "harness.h"

#define SELF seL4_CapInitThreadTCB

static volatile char order[64];
static volatile unsigned order_length;
static volatile seL4_Word counters[4];
static volatile int stop;

static void note(char who)
{
    order[order_length < 63 ? order_length++ : 63] = who;
}

/* Whether the recorded order is this text. */
static int order_is(const char *text)
{
    unsigned i = 0;
    for (; text[i] && i < order_length; i++) {
        if (text[i] != order[i]) {
            return 0;
        }
    }
    return !text[i] && i == order_length;
}

static void begin(void)
{
    order_length = 0;
    stop = 0;
    counters[0] = counters[1] = counters[2] = 0;
}

static void note_once(seL4_Word who)
{
    note((char)who);
}

static void note_and_yield(seL4_Word who)
{
    for (int i = 0; i < 3; i++) {
        note((char)who);
        seL4_Yield();
    }
}

static void spin(seL4_Word index)
{
    while (!stop) {
        counters[index] = counters[index] + 1;
    }
}

static void higher_runs_at_once(void)
{
    begin();
    note('a');
    spawn(note_once, 'b', MAIN_PRIORITY + 1);
    note('c');
    EXPECT_TRUE(order_is("abc"));
}

static void equal_waits(void)
{
    begin();
    spawn(note_once, 'b', MAIN_PRIORITY);
    note('a');
    seL4_Yield();
    note('c');
    EXPECT_TRUE(order_is("abc"));
}

static void lower_waits_for_all(void)
{
    begin();
    seL4_CPtr notification = new_notification();
    spawn(note_once, 'c', MAIN_PRIORITY - 2);
    spawn(note_once, 'b', MAIN_PRIORITY - 1);
    seL4_Yield();
    note('a');
    spawn((thread_function)seL4_Signal, notification, MAIN_PRIORITY - 3);
    seL4_Wait(notification, 0);
    EXPECT_TRUE(order_is("abc"));
}

static void yield_goes_round(void)
{
    begin();
    spawn(note_and_yield, 'a', MAIN_PRIORITY);
    spawn(note_and_yield, 'b', MAIN_PRIORITY);
    spawn(note_and_yield, 'c', MAIN_PRIORITY);
    for (int i = 0; i < 5; i++) {
        seL4_Yield();
    }
    /* Which of them starts is the kernel's choice; after that they take turns. */
    EXPECT_EQ(order_length, 9);
    EXPECT_EQ(order[0] + order[1] + order[2], 'a' + 'b' + 'c');
    for (int i = 3; i < 9; i++) {
        EXPECT_EQ(order[i], order[i - 3]);
    }
}

static void yield_alone(void)
{
    for (int i = 0; i < 100; i++) {
        seL4_Yield();
    }
    EXPECT_TRUE(1);
}

static void slices_go_round(void)
{
    begin();
    spawn(spin, 0, MAIN_PRIORITY);
    spawn(spin, 1, MAIN_PRIORITY);
    /* No yield: only the end of time slices lets the others run. */
    while (!counters[0] || !counters[1]) {
        counters[2] = counters[2] + 1;
    }
    seL4_Word first = counters[0], second = counters[1];
    while (counters[0] == first || counters[1] == second) {
    }
    stop = 1;
    EXPECT_TRUE(counters[2] > 0);
}

static void preempts_lower(void)
{
    /* A spinning thread of lower priority runs while we are blocked, and not a moment longer. */
    begin();
    seL4_CPtr notification = new_notification();
    spawn(spin, 0, MAIN_PRIORITY - 2);
    struct thread *waker = spawn_suspended((thread_function)seL4_Signal, notification, MAIN_PRIORITY - 1);
    EXPECT_EQ(counters[0], 0);
    EXPECT_OK(seL4_TCB_Resume(waker->tcb));
    seL4_Wait(notification, 0);
    EXPECT_EQ(counters[0], 0);
}

static void raise_other(void)
{
    begin();
    struct thread *thread = spawn(note_once, 'b', MAIN_PRIORITY - 1);
    note('a');
    EXPECT_OK(seL4_TCB_SetPriority(thread->tcb, SELF, MAIN_PRIORITY + 1));
    note('c');
    EXPECT_TRUE(order_is("abc"));
}

static void lower_self(void)
{
    begin();
    spawn(note_once, 'b', MAIN_PRIORITY - 1);
    note('a');
    EXPECT_OK(seL4_TCB_SetPriority(SELF, SELF, MAIN_PRIORITY - 2));
    note('c');
    EXPECT_OK(seL4_TCB_SetPriority(SELF, SELF, MAIN_PRIORITY));
    EXPECT_TRUE(order_is("abc"));
}

static void lower_other(void)
{
    begin();
    struct thread *thread = spawn(note_once, 'b', MAIN_PRIORITY);
    spawn(note_once, 'a', MAIN_PRIORITY);
    EXPECT_OK(seL4_TCB_SetPriority(thread->tcb, SELF, MAIN_PRIORITY - 1));
    seL4_Yield();
    seL4_Yield();
    EXPECT_TRUE(order_is("a"));
}

static void all_priorities(void)
{
    seL4_CPtr tcb = new_tcb();
    for (seL4_Word priority = 0; priority <= seL4_MaxPrio; priority++) {
        EXPECT_OK(seL4_TCB_SetPriority(tcb, SELF, priority));
    }
}

static void set_priority_refused(void)
{
    seL4_CPtr tcb = new_tcb(), weak = new_tcb(), endpoint = new_endpoint();
    EXPECT_OK(seL4_TCB_SetMCPriority(weak, SELF, 10));
    EXPECT_ERR(seL4_TCB_SetPriority(tcb, weak, 11), seL4_RangeError, 0, 10);
    EXPECT_OK(seL4_TCB_SetPriority(tcb, weak, 10));
    EXPECT_ERR(seL4_TCB_SetPriority(tcb, SELF, 256), seL4_RangeError, 0, 255);
    EXPECT_ERR(seL4_TCB_SetPriority(tcb, SELF, ~0UL), seL4_RangeError, 0, 255);
    EXPECT_ERR(seL4_TCB_SetPriority(tcb, endpoint, 1), seL4_InvalidCapability, 1);
    EXPECT_EQ(RAW(tcb, TCBSetPriority, 0, 1, 1), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(tcb, TCBSetPriority, 1, 0), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(CNODE, TCBSetPriority, 1, 1, 1), seL4_IllegalOperation);
}

static void set_mcp_refused(void)
{
    seL4_CPtr tcb = new_tcb(), weak = new_tcb(), endpoint = new_endpoint();
    EXPECT_OK(seL4_TCB_SetMCPriority(weak, SELF, 10));
    EXPECT_ERR(seL4_TCB_SetMCPriority(tcb, weak, 11), seL4_RangeError, 0, 10);
    EXPECT_OK(seL4_TCB_SetMCPriority(tcb, weak, 10));
    EXPECT_ERR(seL4_TCB_SetMCPriority(tcb, SELF, 256), seL4_RangeError, 0, 255);
    EXPECT_ERR(seL4_TCB_SetMCPriority(tcb, endpoint, 1), seL4_InvalidCapability, 1);
    EXPECT_EQ(RAW(tcb, TCBSetMCPriority, 0, 1, 1), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(tcb, TCBSetMCPriority, 1, 0), seL4_TruncatedMessage);
}

static void set_sched_params(void)
{
    seL4_CPtr tcb = new_tcb(), weak = new_tcb(), endpoint = new_endpoint();
    EXPECT_OK(seL4_TCB_SetSchedParams(weak, SELF, 10, 200)); /* the priority may exceed the thread's own maximum */
    EXPECT_ERR(seL4_TCB_SetSchedParams(tcb, weak, 11, 1), seL4_RangeError, 0, 10);
    EXPECT_ERR(seL4_TCB_SetSchedParams(tcb, weak, 1, 11), seL4_RangeError, 0, 10);
    EXPECT_OK(seL4_TCB_SetSchedParams(tcb, weak, 10, 10));
    EXPECT_ERR(seL4_TCB_SetSchedParams(tcb, endpoint, 1, 1), seL4_InvalidCapability, 1);
    EXPECT_EQ(RAW(tcb, TCBSetSchedParams, 1, 1, 1), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(tcb, TCBSetSchedParams, 0, 2, 1, 1), seL4_TruncatedMessage);
}

static const struct test_case cases[] = {
    {"sched: a higher thread runs at once", higher_runs_at_once},
    {"sched: an equal thread waits for a yield", equal_waits},
    {"sched: lower threads wait, the highest of them is first", lower_waits_for_all},
    {"sched: yield goes round", yield_goes_round},
    {"sched: yield with nobody else returns", yield_alone},
    {"sched: time slices go round", slices_go_round},
    {"sched: a woken thread preempts", preempts_lower},
    {"tcb.set_priority: raising a ready thread above the caller", raise_other},
    {"tcb.set_priority: lowering the caller", lower_self},
    {"tcb.set_priority: lowering a ready thread", lower_other},
    {"tcb.set_priority: all 256", all_priorities},
    {"tcb.set_priority: refusals", set_priority_refused},
    {"tcb.set_mc_priority: refusals", set_mcp_refused},
    {"tcb.set_sched_params: sets both, refusals", set_sched_params},
};
TEST_SUITE(sched_suite, cases);
