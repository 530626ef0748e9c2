/* SPDX-License-Identifier: Apache-2.0 */
// Exception vectors, and the way back to user space.
//
// While a thread runs at EL0, SP_EL1 points at its register block (struct context inside its TCB). A trap stores the
// registers straight there and only then takes the kernel stack, so a system call saves and restores them once.
// Interrupts stay masked in the kernel, so an exception taken from EL1 is always a defect: it ends in a panic, on a
// stack of its own because the kernel's may be what broke.

#include "offsets.h"

.macro save_user
    stp x0, x1, [sp, #CTX_X(0)]
    stp x2, x3, [sp, #CTX_X(2)]
    stp x4, x5, [sp, #CTX_X(4)]
    stp x6, x7, [sp, #CTX_X(6)]
    stp x8, x9, [sp, #CTX_X(8)]
    stp x10, x11, [sp, #CTX_X(10)]
    stp x12, x13, [sp, #CTX_X(12)]
    stp x14, x15, [sp, #CTX_X(14)]
    stp x16, x17, [sp, #CTX_X(16)]
    stp x18, x19, [sp, #CTX_X(18)]
    stp x20, x21, [sp, #CTX_X(20)]
    stp x22, x23, [sp, #CTX_X(22)]
    stp x24, x25, [sp, #CTX_X(24)]
    stp x26, x27, [sp, #CTX_X(26)]
    stp x28, x29, [sp, #CTX_X(28)]
    mrs x21, sp_el0
    mrs x22, elr_el1
    mrs x23, spsr_el1
    mrs x24, tpidr_el0
    stp x30, x21, [sp, #CTX_X(30)]
    stp x22, x23, [sp, #CTX_PC]
    str x24, [sp, #CTX_TPIDR]
    adrp x8, kernel_stack_top
    add sp, x8, :lo12:kernel_stack_top
    mov x29, xzr
    mov x30, xzr
.endm

.macro vector target
    .balign 0x80
    b \target
.endm

.macro kernel_vector kind
    .balign 0x80
    msr tpidr_el1, x0
    mov x0, #\kind
    b kernel_exception
.endm

.section .text.vectors, "ax"
.balign 0x800
.global vectors
vectors:
    kernel_vector 0 // EL1 with SP_EL0: synchronous, IRQ, FIQ, SError
    kernel_vector 1
    kernel_vector 2
    kernel_vector 3
    vector kernel_sync // EL1 with SP_EL1
    kernel_vector 5
    kernel_vector 6
    kernel_vector 7
    vector user_sync // EL0, AArch64
    vector user_irq
    kernel_vector 10
    kernel_vector 11
    kernel_vector 12 // EL0, AArch32: no thread can be in that state
    kernel_vector 13
    kernel_vector 14
    kernel_vector 15

user_sync:
    save_user
    mrs x0, esr_el1
    mrs x1, far_el1
    b trap_sync

user_irq:
    save_user
    b trap_irq

// A firmware call on a machine without that conduit is undefined; arch/conduit.S wants to hear "not supported".
kernel_sync:
    msr tpidr_el1, x0
    msr tpidrro_el0, x1
    mrs x0, elr_el1
    adrp x1, conduit_hvc
    add x1, x1, :lo12:conduit_hvc
    cmp x0, x1
    b.eq 1f
    adrp x1, conduit_smc
    add x1, x1, :lo12:conduit_smc
    cmp x0, x1
    b.eq 1f
    mrs x1, tpidrro_el0
    mov x0, #4
    b kernel_exception
1:  add x0, x0, #4
    msr elr_el1, x0
    mrs x1, tpidrro_el0
    mov x0, #-1
    eret

// x0 vector index, its old value in TPIDR_EL1. The EL0 thread-id registers are free in the kernel: a thread's values
// are in its register block.
kernel_exception:
    msr tpidrro_el0, x1
    msr tpidr_el0, x30
    mov x1, sp
    adrp x30, panic_stack_top
    add x30, x30, :lo12:panic_stack_top
    sub x30, x30, #PANIC_FRAME_SIZE
    mov sp, x30
    str x1, [sp, #CTX_SP]
    mrs x1, tpidr_el0
    str x1, [sp, #CTX_X(30)]
    mrs x1, tpidr_el1
    str x1, [sp, #CTX_X(0)]
    mrs x1, tpidrro_el0
    str x1, [sp, #CTX_X(1)]
    stp x2, x3, [sp, #CTX_X(2)]
    stp x4, x5, [sp, #CTX_X(4)]
    stp x6, x7, [sp, #CTX_X(6)]
    stp x8, x9, [sp, #CTX_X(8)]
    stp x10, x11, [sp, #CTX_X(10)]
    stp x12, x13, [sp, #CTX_X(12)]
    stp x14, x15, [sp, #CTX_X(14)]
    stp x16, x17, [sp, #CTX_X(16)]
    stp x18, x19, [sp, #CTX_X(18)]
    stp x20, x21, [sp, #CTX_X(20)]
    stp x22, x23, [sp, #CTX_X(22)]
    stp x24, x25, [sp, #CTX_X(24)]
    stp x26, x27, [sp, #CTX_X(26)]
    stp x28, x29, [sp, #CTX_X(28)]
    mrs x2, elr_el1
    mrs x3, spsr_el1
    stp x2, x3, [sp, #CTX_PC]
    mov x1, sp
    bl panic_exception

// _Noreturn void enter_user(struct context *ctx)
.global enter_user
enter_user:
    mov sp, x0
    ldp x30, x21, [sp, #CTX_X(30)]
    ldp x22, x23, [sp, #CTX_PC]
    ldp x24, x25, [sp, #CTX_TPIDR]
    msr sp_el0, x21
    msr elr_el1, x22
    msr spsr_el1, x23
    msr tpidr_el0, x24
    msr tpidrro_el0, x25
    ldp x0, x1, [sp, #CTX_X(0)]
    ldp x2, x3, [sp, #CTX_X(2)]
    ldp x4, x5, [sp, #CTX_X(4)]
    ldp x6, x7, [sp, #CTX_X(6)]
    ldp x8, x9, [sp, #CTX_X(8)]
    ldp x10, x11, [sp, #CTX_X(10)]
    ldp x12, x13, [sp, #CTX_X(12)]
    ldp x14, x15, [sp, #CTX_X(14)]
    ldp x16, x17, [sp, #CTX_X(16)]
    ldp x18, x19, [sp, #CTX_X(18)]
    ldp x20, x21, [sp, #CTX_X(20)]
    ldp x22, x23, [sp, #CTX_X(22)]
    ldp x24, x25, [sp, #CTX_X(24)]
    ldp x26, x27, [sp, #CTX_X(26)]
    ldp x28, x29, [sp, #CTX_X(28)]
    eret
