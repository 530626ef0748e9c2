/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel says before it resets the machine: failed assertions and its own exceptions. */

#include "arch.h"
#include "sysreg.h"

_Noreturn void panic_exception(word_t vector, const struct context *regs); /* from vectors.S */

static bool panicking;

static void begin_panic(void)
{
    if (panicking) { /* the printing itself failed */
        arch_reset();
    }
    panicking = true;
    console_puts("\ndevkernel: panic: ");
}

_Noreturn void kernel_panic(const char *file, int line, const char *what)
{
    begin_panic();
    console_puts(what);
    console_puts(" (");
    console_puts(file);
    console_puts(":");
    console_dec((word_t)line);
    console_puts(")\n");
    arch_reset();
}

static void print_register(const char *name, word_t value)
{
    console_puts("  ");
    console_puts(name);
    console_puts(" ");
    console_hex(value);
    console_puts("\n");
}

_Noreturn void panic_exception(word_t vector, const struct context *regs)
{
    begin_panic();
    console_puts("exception in the kernel, vector ");
    console_dec(vector);
    console_puts("\n");
    print_register("esr ", READ_SYSREG("esr_el1"));
    print_register("far ", READ_SYSREG("far_el1"));
    print_register("elr ", regs->pc);
    print_register("spsr", regs->spsr);
    print_register("sp  ", regs->sp);
    if (regs->sp - (word_t)kernel_stack_guard < PAGE_SIZE) {
        console_puts("  (the kernel stack overflowed)\n");
    }
    for (word_t i = 0; i < 31; i++) {
        console_puts("  x");
        console_dec(i);
        print_register(i < 10 ? " " : "", regs->x[i]);
    }
    arch_reset();
}
