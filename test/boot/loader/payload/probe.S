/*
 * A payload "kernel" for the loader's boot tests: stores the registers it is entered with and hands over to probe.c.
 * Linked like a real one: one segment, virtual 0xffffff8040000000, physical 0x40000000.
 */
    .section .text.start, "ax"
    .global _start
_start:
    msr daifset, #15
    ldr x9, =probe_entry_registers
    stp x0, x1, [x9]
    stp x2, x3, [x9, #16]
    stp x4, x5, [x9, #32]
    ldr x9, =probe_stack_top
    mov sp, x9
    b probe_main

    .section .bss.stack, "aw", @nobits
    .balign 16
    .space 0x1000
probe_stack_top:
