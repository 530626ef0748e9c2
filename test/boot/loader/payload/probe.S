/* SPDX-License-Identifier: Apache-2.0 */
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

/*
 * Not run by the kernel: a stand-in for firmware, which a test enters in the loader's place by changing the image's
 * entry point. Copies QEMU's device tree to 0x50000000, stores one word where the test says, and starts the loader
 * with the x0 that the test says.
 */
    .balign 8
    .ascii "FIRMWARE"
    .quad 0 /* address of the word, filled in by the test */
    .quad 0 /* the word */
    .quad 0 /* x0 */
firmware:
    mov x1, #0x40000000
    mov x2, #0x50000000
    mov x3, #0x10000
1:  ldp x4, x5, [x1], #16
    stp x4, x5, [x2], #16
    subs x3, x3, #16
    b.ne 1b
    adr x1, firmware
    ldp x2, x3, [x1, #-24]
    ldr x0, [x1, #-8]
    str w3, [x2]
    mov x3, #0x44000000
    br x3

    .section .bss.stack, "aw", @nobits
    .balign 16
    .space 0x1000
probe_stack_top:
