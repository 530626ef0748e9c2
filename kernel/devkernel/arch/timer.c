/* SPDX-License-Identifier: Apache-2.0 */
/* Time: the virtual counter is the kernel's clock, its timer ends time slices. It is armed only while a slice can
 * run out, so an idle machine, or one with a single busy thread, takes no ticks. The physical counter and timer
 * belong to user space. */

#include "arch.h"
#include "sysreg.h"

enum { SLICES_PER_SECOND = 100 };

/* CNTKCTL_EL1: EL0 reads both counters and uses the physical timer; the virtual one stays with the kernel. */
enum { EL0_PHYSICAL_COUNTER = 1 << 0, EL0_VIRTUAL_COUNTER = 1 << 1, EL0_PHYSICAL_TIMER = 1 << 9 };
enum { TIMER_OFF = 0, TIMER_ON = 1 };

uint64_t arch_slice_ticks;
static uint64_t armed_deadline; /* 0: off */

uint64_t arch_now(void)
{
    isb();
    return READ_SYSREG("cntvct_el0");
}

void arch_set_slice_timer(uint64_t deadline)
{
    if (deadline == armed_deadline) {
        return;
    }
    armed_deadline = deadline;
    if (deadline) {
        WRITE_SYSREG("cntv_cval_el0", deadline);
        WRITE_SYSREG("cntv_ctl_el0", TIMER_ON);
    } else {
        WRITE_SYSREG("cntv_ctl_el0", TIMER_OFF);
    }
    isb();
}

void timer_init(void)
{
    uint64_t frequency = READ_SYSREG("cntfrq_el0");
    if (!frequency) {
        kernel_panic(__FILE__, __LINE__, "the firmware left CNTFRQ_EL0 at zero");
    }
    arch_slice_ticks = frequency / SLICES_PER_SECOND;
    WRITE_SYSREG("cntv_ctl_el0", TIMER_OFF);
    WRITE_SYSREG("cntp_ctl_el0", TIMER_OFF);
    WRITE_SYSREG("cntkctl_el1", EL0_PHYSICAL_COUNTER | EL0_VIRTUAL_COUNTER | EL0_PHYSICAL_TIMER);
    isb();
    arch_irq_mask(platform.timer_irq, false);
}

void timer_interrupt(void)
{
    arch_set_slice_timer(0);
    if (current_thread) {
        timer_slice_expired();
    }
}
