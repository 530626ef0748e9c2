/* SPDX-License-Identifier: Apache-2.0 */
/* Leaving the kernel: to the thread that the scheduler picked, or to sleep until an interrupt makes one runnable. */

#include "arch.h"
#include "sysreg.h"

/* EL0, SError and FIQ masked (no source of either belongs to a thread), IRQ open. */
#define USER_SPSR 0x140ull
#define USER_SPSR_FLAGS 0xf0000000ull /* N Z C V: all that a thread may set */

void arch_init_context(struct context *ctx)
{
    ctx->spsr = USER_SPSR;
}

word_t arch_sanitise_spsr(word_t spsr)
{
    return USER_SPSR | (spsr & USER_SPSR_FLAGS);
}

void arch_switch_to(struct tcb *t)
{
    vspace_enter(t);
    fpu_enter(t);
}

_Noreturn void kernel_exit(void)
{
    for (;;) {
        struct tcb *next = schedule();
        if (next) {
            arch_switch_to(next);
            enter_user(&next->ctx);
        }
        /* Masked interrupts end the sleep too; taking them here keeps the kernel free of nested traps. */
        dsb_system();
        __asm__ volatile("wfi" ::: "memory");
        irq_dispatch();
    }
}
