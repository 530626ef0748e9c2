/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions that fault, one routine a kind, for fault_test.c. Each returns to a C thread function's caller.
 * fault_at_* labels the instruction that faults, so that the reported address can be checked exactly.
 */
    .arch_extension fp
    .text

    .macro  routine name
    .global \name, fault_at_\name
\name:
    .endm

/* x0 = address; the word read goes to fault_result. */
    routine fault_read
fault_at_fault_read:
    ldr     x1, [x0]
    adrp    x2, fault_result
    str     x1, [x2, :lo12:fault_result]
    ret

    routine fault_write
fault_at_fault_write:
    str     x0, [x0]
    adrp    x2, fault_result
    str     x0, [x2, :lo12:fault_result]
    ret

    routine fault_jump
    str     x30, [sp, #-16]!
    blr     x0
    adrp    x2, fault_result
    str     x0, [x2, :lo12:fault_result]
    ldr     x30, [sp], #16
    ret

/* Keeps x0 in fault_result: the reply may have changed it. */
    routine fault_undefined
fault_at_fault_undefined:
    .inst   0
    adrp    x2, fault_result
    str     x0, [x2, :lo12:fault_result]
    ret

    routine fault_breakpoint
fault_at_fault_breakpoint:
    brk     #7
    adrp    x2, fault_result
    str     x0, [x2, :lo12:fault_result]
    ret

    routine fault_fpu
fault_at_fault_fpu:
    fmov    d0, x0
    fmov    x0, d0
    adrp    x2, fault_result
    str     x0, [x2, :lo12:fault_result]
    ret

/* A privileged register read from user level. */
    routine fault_privileged
fault_at_fault_privileged:
    mrs     x1, sctlr_el1
    adrp    x2, fault_result
    str     x0, [x2, :lo12:fault_result]
    ret

/* A system call that no kernel knows, with marked registers. fault_result gets x0 + x1 afterwards. */
    routine fault_syscall
    mov     x0, #100
    mov     x1, #101
    mov     x2, #102
    mov     x3, #103
    mov     x4, #104
    mov     x5, #105
    mov     x6, #106
    mov     x7, #1234
fault_at_fault_syscall:
    svc     #0
    add     x0, x0, x1
    adrp    x2, fault_result
    str     x0, [x2, :lo12:fault_result]
    ret

/* Where replies that move the program counter go; x30 still leads to the thread's end. */
    .global fault_resumed
fault_resumed:
    mov     x1, #4321
    adrp    x2, fault_result
    str     x1, [x2, :lo12:fault_result]
    ret

/* Two instructions to copy into pages that are executed: mov w0, #42; ret. */
    .global return_42
return_42:
    mov     w0, #42
    ret

    .bss
    .balign 8
    .global fault_result
fault_result:
    .space  8
