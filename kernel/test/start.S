/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the kernel enters the test program: x0 = boot information, no stack, no thread-local storage.
 */
    .section .text.start, "ax"
    .global _start
_start:
    adrp    x1, main_stack_top
    add     x1, x1, :lo12:main_stack_top
    mov     sp, x1
    adrp    x1, main_tls
    add     x1, x1, :lo12:main_tls
    msr     tpidr_el0, x1
    mov     x29, xzr
    mov     x30, xzr
    b       test_main

    .section .bss.stack, "aw", %nobits
    .balign 16
main_stack:
    .space  65536
    .global main_stack_top
main_stack_top:
