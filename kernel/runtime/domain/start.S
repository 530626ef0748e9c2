/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First instruction of a domain: SP is set, x0 is the generation, x1 the instance number, nothing else is set up. The
 * thread register comes first: compilers take it for a constant of the thread.
 */
    .section .text.start, "ax"
    .global _start
    .type _start, %function
_start:
    adrp x9, domain_tls
    add x9, x9, :lo12:domain_tls
    msr tpidr_el0, x9
    mov x29, xzr
    mov x30, xzr
    b domain_start
    .size _start, . - _start
