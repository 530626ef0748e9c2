/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware calls: the SMC capability, and the reset that ends a panic. They go by the conduit that the DTB names. */

#include "arch.h"
#include "sysreg.h"

void conduit_call_hvc(word_t regs[8]);
void conduit_call_smc(word_t regs[8]);

#define PSCI_SYSTEM_RESET 0x84000009ull
enum { SMC_WORDS = 8 };

void conduit_call(word_t regs[8])
{
    if (platform.conduit == CONDUIT_SMC) {
        conduit_call_smc(regs);
    } else {
        conduit_call_hvc(regs);
    }
}

status_t smc_decode(struct invocation *inv)
{
    if (inv->label != LABEL_SMC_CALL) {
        return fail(ERROR_ILLEGAL_OPERATION);
    }
    if (inv->length < SMC_WORDS) {
        return fail(ERROR_TRUNCATED_MESSAGE);
    }
    word_t regs[SMC_WORDS];
    for (word_t i = 0; i < SMC_WORDS; i++) {
        regs[i] = msg_get(current_thread, i);
    }
    word_t badge = cap_smc_badge(inv->slot->cap);
    if (badge && badge != regs[0]) {
        return fail(ERROR_ILLEGAL_OPERATION);
    }
    conduit_call(regs);
    if (inv->is_call) {
        for (word_t i = 0; i < SMC_WORDS; i++) {
            msg_set(current_thread, i, regs[i]);
        }
        current_thread->ctx.x[0] = 0;
        current_thread->ctx.x[1] = arch_ipc_buffer(current_thread, true) ? SMC_WORDS : 4;
    }
    inv->reply_words = REPLY_WRITTEN;
    return STATUS_OK;
}

_Noreturn void arch_halt(void)
{
    for (;;) {
        __asm__ volatile("wfi" ::: "memory");
    }
}

_Noreturn void arch_reset(void)
{
    word_t regs[8] = {PSCI_SYSTEM_RESET};
    conduit_call(regs); /* does not return where it works */
    console_puts("devkernel: the firmware did not reset the machine; halted\n");
    arch_halt();
}
