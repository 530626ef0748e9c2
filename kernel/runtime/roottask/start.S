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
    mov x29, xzr
    mov x30, xzr
    b roottask_start
    .size _start, . - _start
