/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical counter and timer that the kernel exports to user level.
 */
#pragma once

#include <sel4/sel4.h>

static inline seL4_Word counter(void)
{
    seL4_Word ticks;
    __asm__ volatile("isb\n mrs %0, cntpct_el0" : "=r"(ticks) : : "memory");
    return ticks;
}

static inline seL4_Word counter_frequency(void)
{
    seL4_Word hz;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
    return hz;
}

/* The timer's line goes up at this count and stays up until it is stopped or restarted. */
static inline void timer_start(seL4_Word deadline)
{
    __asm__ volatile("msr cntp_cval_el0, %0\n msr cntp_ctl_el0, %1\n isb" : : "r"(deadline), "r"(1UL) : "memory");
}

static inline void timer_stop(void)
{
    __asm__ volatile("msr cntp_ctl_el0, xzr\n isb" : : : "memory");
}

static inline seL4_Word timer_control(void)
{
    seL4_Word control;
    __asm__ volatile("isb\n mrs %0, cntp_ctl_el0" : "=r"(control) : : "memory");
    return control;
}
