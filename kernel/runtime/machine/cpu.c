/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `cpu` imports of components (lib/machine/cpu.ts): the generic counter and the physical timer, which the
 * kernel exports to user level. The barrier keeps a counter read from moving ahead of what it is meant to time.
 */
#include <stdint.h>

struct w2c_cpu;

uint64_t w2c_cpu_counter(struct w2c_cpu *unused)
{
    (void)unused;
    uint64_t value;
    __asm__ volatile("isb\n\tmrs %0, cntpct_el0" : "=r"(value)::"memory");
    return value;
}

uint64_t w2c_cpu_counter_hz(struct w2c_cpu *unused)
{
    (void)unused;
    uint64_t value;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(value));
    return value;
}

void w2c_cpu_timer_set(struct w2c_cpu *unused, uint64_t deadline)
{
    (void)unused;
    __asm__ volatile("msr cntp_cval_el0, %0\n\tmsr cntp_ctl_el0, %1\n\tisb" ::"r"(deadline), "r"(1ul) : "memory");
}
