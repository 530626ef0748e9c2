/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel exports to user level: the physical counter, its frequency and the physical timer; and that the
 * kernel's own timer stays out of reach.
 */
#include "counter.h"

#include "env.h"
#include "harness.h"

static void counts(void)
{
    EXPECT_EQ(counter_frequency(), 62500000);
    seL4_Word before = counter();
    for (int i = 0; i < 1000; i++) {
        seL4_Word now = counter();
        EXPECT_TRUE(now >= before);
        before = now;
    }
    seL4_Word start = counter();
    while (counter() - start < counter_frequency() / 1000) {
    }
    EXPECT_TRUE(1);
}

static void timer_registers(void)
{
    timer_start(counter() + (1UL << 40));
    EXPECT_EQ(timer_control(), 1);
    timer_start(counter());
    while (!(timer_control() & 4)) { /* the condition is met: status bit */
    }
    timer_stop();
    EXPECT_EQ(timer_control() & 1, 0);
}

static void write_kernel_timer(seL4_Word unused)
{
    (void)unused;
    __asm__ volatile("msr cntv_ctl_el0, xzr");
    for (;;) {
    }
}

static void kernel_timer_is_private(void)
{
    seL4_CPtr handler = new_endpoint();
    struct thread *thread = spawn_suspended(write_kernel_timer, 0, MAIN_PRIORITY + 1);
    EXPECT_OK(seL4_TCB_SetSpace(thread->tcb, handler, CNODE, 0, VSPACE, 0));
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    EXPECT_EQ(seL4_MessageInfo_get_label(seL4_NBRecv(handler, 0)), seL4_Fault_UserException);
}

static const struct test_case cases[] = {
    {"counter: counts at 62.5 MHz", counts},
    {"counter: timer registers", timer_registers},
    {"counter: the kernel's timer is out of reach", kernel_timer_is_private},
};
TEST_SUITE(counter_suite, cases);
