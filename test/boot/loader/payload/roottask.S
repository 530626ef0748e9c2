/* SPDX-License-Identifier: Apache-2.0 */
/* First instruction of the test root task: x0 is the boot info, there is no stack yet. */
    .section .text.start, "ax"
    .global _start
_start:
    ldr x9, =roottask_stack_top
    mov sp, x9
    b roottask_main

    .section .bss.stack, "aw", @nobits
    .balign 16
    .space 0x2000
roottask_stack_top:
