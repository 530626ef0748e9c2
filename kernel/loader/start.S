/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry from power-on (or from firmware), the drop from EL2 to EL1, and the last jump into the kernel.
 *
 * Entered with the MMU off at EL2 or EL1, x0 = physical address of a device tree or anything at all. The kernels that
 * are booted run at EL1, so EL2 is left for good: whatever EL2 could trap is opened first.
 */

#define SCTLR_EL1_RES1 0x30d00800
#define SPSR_EL1H_MASKED 0x3c5 /* EL1 with its own stack pointer; D, A, I, F masked */
#define CPTR_EL2_RES1 0x33ff   /* no trap of FP, SIMD or trace */
#define HCR_EL2_RW (1 << 31)   /* EL1 is AArch64 */

#define ICC_SRE_EL2 S3_4_C12_C9_5
#define ICH_HCR_EL2 S3_4_C12_C11_0

    .section .text.start, "ax"
    .global _start
_start:
    msr daifset, #15
    mov x19, x0
    mrs x1, mpidr_el1
    ldr x2, =0xff00ffffff /* the affinity fields: only the core with number 0 boots */
    tst x1, x2
    b.ne park
    mrs x20, CurrentEL
    lsr x20, x20, #2
    ldr x1, =loader_stack_top
    cmp x20, #2
    b.eq from_el2
    b.hi wrong_level
    msr spsel, #1
    mov sp, x1
    b at_el1

wrong_level: /* EL3: the console works, nothing else is promised */
    mov sp, x1
    mov x0, x20
    b loader_wrong_level

from_el2:
    mov x0, #HCR_EL2_RW
    msr hcr_el2, x0
    isb /* the meaning of the next registers depends on HCR_EL2 */
    mov x0, #CPTR_EL2_RES1
    msr cptr_el2, x0
    msr hstr_el2, xzr
    msr vttbr_el2, xzr
    mrs x0, cnthctl_el2
    orr x0, x0, #3 /* physical counter and physical timer belong to EL1, which may hand them to EL0 */
    msr cnthctl_el2, x0
    msr cntvoff_el2, xzr
    mrs x0, midr_el1
    msr vpidr_el2, x0
    mrs x0, mpidr_el1
    msr vmpidr_el2, x0

    /* Debug and performance monitors: no traps, and every event counter is EL1's. */
    mov x0, #0
    mrs x2, id_aa64dfr0_el1
    ubfx x2, x2, #8, #4 /* PMUVer: 0 none, 15 not the architecture's */
    sub x2, x2, #1
    cmp x2, #14
    b.hs 1f
    mrs x0, pmcr_el0
    ubfx x0, x0, #11, #5
1:  msr mdcr_el2, x0

    /* A GICv3 CPU interface is reached through system registers: enable them for EL1 too. */
    mrs x2, id_aa64pfr0_el1
    ubfx x2, x2, #24, #4
    cbz x2, 2f
    mrs x0, ICC_SRE_EL2
    orr x0, x0, #1 /* SRE */
    orr x0, x0, #8 /* Enable */
    msr ICC_SRE_EL2, x0
    isb
    msr ICH_HCR_EL2, xzr
2:
    ldr x0, =SCTLR_EL1_RES1
    msr sctlr_el1, x0
    msr sp_el1, x1
    mov x0, #SPSR_EL1H_MASKED
    msr spsr_el2, x0
    adr x0, at_el1
    msr elr_el2, x0
    eret

at_el1:
    ldr x0, =SCTLR_EL1_RES1
    msr sctlr_el1, x0
    adr x0, vectors
    msr vbar_el1, x0
    isb
    ldr x0, =loader_bss_start
    ldr x1, =loader_bss_end
3:  cmp x0, x1
    b.hs 4f
    stp xzr, xzr, [x0], #16
    b 3b
4:  mov x0, x19
    mov x1, x20
    b loader_main

    .global park
park:
    wfi
    b park

    .global enter_kernel
enter_kernel:
    mov x9, x6
    mov x6, #0
    mov x7, #0
    mov x8, #0
    dsb sy
    ic iallu
    dsb sy
    isb
    br x9

    /* Any exception here is the loader's own fault or damaged hardware; all sixteen entries say the same. */
    .balign 2048
vectors:
    .rept 16
    .balign 128
    mrs x0, esr_el1
    mrs x1, elr_el1
    mrs x2, far_el1
    b loader_exception
    .endr

    .section .bss.stack, "aw", @nobits
    .balign 16
    .space 0x2000
loader_stack_top:
