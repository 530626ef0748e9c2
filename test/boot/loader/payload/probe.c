/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints, on the PL011 behind the loader's identity mapping, everything that the entry contract promises to a kernel.
 * One `probe: name=value` line each; the test compares them with what it expects.
 */
#include <stdint.h>

#define UART ((volatile uint32_t *)0x09000000ul)

uint64_t probe_entry_registers[6] = {~0ul};
uint8_t big_bss[0x280000]; /* reaches into the second 2 MiB of the kernel's mapping */

static void put_byte(char c)
{
    *UART = (uint8_t)c;
}

static void put_text(const char *text)
{
    while (*text) {
        put_byte(*text++);
    }
}

static void report(const char *name, uint64_t value)
{
    put_text("probe: ");
    put_text(name);
    put_text("=0x");
    for (int shift = 60; shift >= 0; shift -= 4) {
        put_byte("0123456789abcdef"[(value >> shift) & 15]);
    }
    put_text("\r\n");
}

#define READ(reg)                                                                                                      \
    ({                                                                                                                 \
        uint64_t value;                                                                                                \
        __asm__ volatile("mrs %0, " #reg : "=r"(value));                                                               \
        value;                                                                                                         \
    })

static uint64_t sum(const uint8_t *at, uint64_t bytes)
{
    uint64_t total = 0;
    while (bytes--) {
        total = total * 31 + *at++;
    }
    return total;
}

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void report_machine(void)
{
    report("el", READ(CurrentEL) >> 2);
    report("sctlr", READ(sctlr_el1) & 0x1005);
    report("mair", READ(mair_el1));
    report("tcr", READ(tcr_el1) & ~(7ul << 32));
    report("spsel", READ(spsel));
    report("mpidr", READ(mpidr_el1) & 0xffffff);
    __asm__ volatile("msr cntp_cval_el0, %0" : : "r"(~0ul)); /* traps if EL2 kept the timer */
    report("counter", READ(cntpct_el0) > 0);
    uint64_t virtual_count = READ(cntvct_el0); /* read first: the difference is small, and not negative */
    report("virtual_counter_lag", (READ(cntpct_el0) - virtual_count) >> 24);
    report("code_above", (uint64_t)report_machine >> 32);
    if ((READ(id_aa64pfr0_el1) >> 24) & 15) {
        report("sre", READ(S3_0_C12_C12_5) & 1);
    }
}

__attribute__((noreturn)) void probe_main(void)
{
    const uint64_t *entry = probe_entry_registers;
    static const char *const names[6] = {"x0", "x1", "x2", "x3", "x4", "x5"};
    for (int i = 0; i < 6; i++) {
        report(names[i], entry[i]);
    }
    report_machine();
    report("bss", sum(big_bss, sizeof(big_bss)));
    report("user_sum", sum((const uint8_t *)entry[0], entry[1] - entry[0]));
    const uint8_t *tree = (const uint8_t *)entry[4];
    report("dtb_magic", big_endian(tree));
    report("dtb_total", big_endian(tree + 4));
    put_text("probe: done\r\n");
    for (;;) {
        __asm__ volatile("wfi");
    }
}
