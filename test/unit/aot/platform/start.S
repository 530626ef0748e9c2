/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of a component run as a Linux user program under qemu-user: the kernel leaves argc and argv on the stack. */
    .section .text._start, "ax"
    .global _start
    .type _start, %function
_start:
    ldr x0, [sp]
    add x1, sp, #8
    adrp x2, cohesix_stack_top
    add x2, x2, :lo12:cohesix_stack_top
    mov sp, x2
    mov x29, xzr
    b linux_main
    .size _start, . - _start
