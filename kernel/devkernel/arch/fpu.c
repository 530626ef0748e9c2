/* SPDX-License-Identifier: Apache-2.0 */
/* Lazy floating point: the registers stay with the thread that used them last until another one traps on them. */

#include "arch.h"
#include "sysreg.h"

void fpu_store(struct fpu_state *state);
void fpu_load(const struct fpu_state *state);

enum { CPACR_TRAP_EL0 = 1 << 20, CPACR_OPEN = 3 << 20 }; /* EL1 may always use the FPU */

static struct tcb *owner; /* whose values are in the registers; NULL: nobody's */
static word_t current_cpacr;

static void set_cpacr(word_t value)
{
    if (value != current_cpacr) {
        WRITE_SYSREG("cpacr_el1", value);
        current_cpacr = value; /* the return to EL0 synchronises */
    }
}

void fpu_enter(struct tcb *t)
{
    bool open = t == owner && !(t->flags & TCB_FLAG_FPU_DISABLED);
    set_cpacr(open ? CPACR_OPEN : CPACR_TRAP_EL0);
}

bool fpu_trap(struct tcb *t)
{
    if (t->flags & TCB_FLAG_FPU_DISABLED) {
        return false;
    }
    if (owner != t) {
        set_cpacr(CPACR_OPEN);
        isb();
        if (owner) {
            fpu_store(&owner->fpu);
        }
        fpu_load(&t->fpu);
        owner = t;
    }
    return true;
}

void arch_fpu_save(struct tcb *t)
{
    if (owner == t && t) {
        set_cpacr(CPACR_OPEN);
        isb();
        fpu_store(&t->fpu);
        owner = NULL;
    }
}

void arch_forget_thread(struct tcb *t)
{
    if (owner == t) {
        owner = NULL;
    }
}
