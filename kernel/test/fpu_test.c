/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floating point state: each thread has its own, however the kernel switches it.
 */
#include "env.h"
#include "harness.h"

void fpu_fill(seL4_Word pattern);
seL4_Word fpu_differs(seL4_Word pattern);

static volatile seL4_Word rounds, differences;

static void keep_pattern(seL4_Word pattern)
{
    fpu_fill(pattern);
    for (int i = 0; i < 50; i++) {
        seL4_Yield();
        differences |= fpu_differs(pattern);
        rounds++;
    }
}

static void spin_with_pattern(seL4_Word pattern)
{
    fpu_fill(pattern);
    for (int i = 0; i < 20000; i++) {
        differences |= fpu_differs(pattern);
    }
    rounds++;
}

static void no_fpu(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < 50; i++) {
        seL4_Yield();
    }
}

static void threads_keep_theirs(void)
{
    rounds = differences = 0;
    spawn(keep_pattern, 0x1111111111111111, MAIN_PRIORITY);
    spawn(keep_pattern, 0x2222222222222222, MAIN_PRIORITY);
    spawn(keep_pattern, 0x4444444444444447, MAIN_PRIORITY);
    spawn(no_fpu, 0, MAIN_PRIORITY);
    fpu_fill(0x8888888888888888);
    while (rounds < 150) {
        seL4_Yield();
    }
    EXPECT_EQ(differences, 0);
    EXPECT_EQ(fpu_differs(0x8888888888888888), 0);
}

static void preempted(void)
{
    rounds = differences = 0;
    spawn(spin_with_pattern, 0x1234123412341234, MAIN_PRIORITY);
    spawn(spin_with_pattern, 0x5678567856785678, MAIN_PRIORITY);
    while (rounds < 2) {
        seL4_Yield();
    }
    EXPECT_EQ(differences, 0);
}

static void fill_and_block(seL4_Word notification)
{
    fpu_fill(0x5151515151515151);
    seL4_Wait(notification, 0);
}

static void owner_deleted(void)
{
    /* The thread whose registers are in the processor goes away: the next user starts clean, nothing is saved to it. */
    fpu_fill(0x7777777777777777);
    seL4_CPtr notification = new_notification();
    struct thread *thread = spawn(fill_and_block, notification, MAIN_PRIORITY + 1);
    EXPECT_OK(seL4_CNode_Delete(CNODE, thread->tcb, DEPTH));
    EXPECT_EQ(fpu_differs(0x7777777777777777), 0);
}

static void survives_system_calls(void)
{
    fpu_fill(0x9999999999999999);
    for (int i = 0; i < 20; i++) {
        seL4_CPtr endpoint = new_endpoint();
        EXPECT_OK(seL4_CNode_Delete(CNODE, endpoint, DEPTH));
    }
    EXPECT_EQ(fpu_differs(0x9999999999999999), 0);
}

static const struct test_case cases[] = {
    {"fpu: threads that yield keep their registers", threads_keep_theirs},
    {"fpu: threads that are preempted keep their registers", preempted},
    {"fpu: the owner of the registers is deleted", owner_deleted},
    {"fpu: system calls keep the registers", survives_system_calls},
};
TEST_SUITE(fpu_suite, cases);
