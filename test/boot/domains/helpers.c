/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults that AssemblyScript cannot provoke: imports of the test components only.
 */
#include <stdint.h>

struct w2c_domain;

void w2c_domain_test_unknown_system_call(struct w2c_domain *unused)
{
    (void)unused;
    /* seL4's system calls have negative numbers. */
    register uint64_t number __asm__("x7") = 1;
    __asm__ volatile("svc #0" : "+r"(number) : : "memory");
}

uint64_t w2c_domain_test_load_from(struct w2c_domain *unused, uint64_t address)
{
    (void)unused;
    return *(const volatile uint64_t *)address;
}
