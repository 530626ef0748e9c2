/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First instruction of the root task: x0 is the boot information, nothing else is set up.
 * Owns the stack pointer and the thread register of the first thread; the rest is start.c.
 */
    .section .text.start, "ax"
    .global _start
    .type _start, %function
_start:
    adrp x9, __stack_top
    add x9, x9, :lo12:__stack_top
    mov sp, x9
    /* Before any C: compilers take the thread register for a constant of the thread. */
    adrp x9, first_thread_tls
    add x9, x9, :lo12:first_thread_tls
    msr tpidr_el0, x9
    mov x29, xzr
    mov x30, xzr
    b roottask_start
    .size _start, . - _start
