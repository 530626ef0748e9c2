/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floating point registers for fpu_test.c, which is compiled without them.
 */
    .arch_extension fp
    .arch_extension simd
    .text

    .macro  each action
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    \action \n
    .endr
    .irp    n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    \action \n
    .endr
    .endm

    .macro  fill n
    mov     v\n\().d[0], x0
    add     x1, x0, #\n
    mov     v\n\().d[1], x1
    .endm

    .macro  check n
    mov     x2, v\n\().d[0]
    eor     x2, x2, x0
    orr     x3, x3, x2
    add     x1, x0, #\n
    mov     x2, v\n\().d[1]
    eor     x2, x2, x1
    orr     x3, x3, x2
    .endm

/* Fills all 32 registers from x0, and the rounding mode from its lowest two bits. */
    .global fpu_fill
fpu_fill:
    each    fill
    ubfiz   x1, x0, #22, #2
    msr     fpcr, x1
    ret

/* 0 when the registers still hold what fpu_fill(x0) put there. */
    .global fpu_differs
fpu_differs:
    mov     x3, #0
    each    check
    mrs     x2, fpcr
    ubfiz   x1, x0, #22, #2
    eor     x2, x2, x1
    orr     x0, x3, x2
    ret
