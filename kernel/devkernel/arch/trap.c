/* SPDX-License-Identifier: Apache-2.0 */
/* Traps from user space: tells by the syndrome which of the portable half's handlers is meant. */

#include "arch.h"
#include "offsets.h"
#include "sysreg.h"

_Static_assert(offsetof(struct context, x) == CTX_X(0), "vectors.S");
_Static_assert(offsetof(struct context, sp) == CTX_SP, "vectors.S");
_Static_assert(offsetof(struct context, pc) == CTX_PC, "vectors.S");
_Static_assert(offsetof(struct context, spsr) == CTX_SPSR, "vectors.S");
_Static_assert(offsetof(struct context, tpidr_el0) == CTX_TPIDR, "vectors.S");
_Static_assert(offsetof(struct context, tpidrro_el0) == CTX_TPIDRRO, "vectors.S");
_Static_assert(offsetof(struct tcb, ctx) % 16 == 0, "SP_EL1 points there");
_Static_assert(offsetof(struct tcb, fpu) % 16 == 0, "fpu_regs.S stores pairs there");

/* Exception classes, ESR_EL1 bits 31:26. */
enum {
    EC_FPU = 0x07,
    EC_SVC64 = 0x15,
    EC_INSTRUCTION_ABORT = 0x20,
    EC_DATA_ABORT = 0x24,
};

/* Called by vectors.S on the kernel stack; the registers are in current_thread->ctx. */
_Noreturn void trap_sync(word_t esr, word_t far);
_Noreturn void trap_irq(void);

_Noreturn void trap_sync(word_t esr, word_t far)
{
    ASSERT(current_thread);
    switch (esr >> 26 & MASK(6)) {
    case EC_SVC64:
        handle_syscall((int64_t)current_thread->ctx.x[7]);
        break;
    case EC_INSTRUCTION_ABORT:
        handle_vm_fault(current_thread->ctx.pc, esr, true);
        break;
    case EC_DATA_ABORT:
        handle_vm_fault(far, esr, false);
        break;
    case EC_FPU:
        if (!fpu_trap(current_thread)) {
            handle_user_exception(esr, 0);
        }
        break;
    default: /* undefined instructions, brk, misaligned pc or sp, trapped system registers, … */
        handle_user_exception(esr, 0);
        break;
    }
    kernel_exit();
}

_Noreturn void trap_irq(void)
{
    irq_dispatch();
    kernel_exit();
}
