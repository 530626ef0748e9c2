/* SPDX-License-Identifier: Apache-2.0 */
// The kernel's first instructions. The loader enters here at EL1 with the MMU on, at the kernel's virtual address:
//   x0 user image start (physical)   x1 user image end      x2 physical minus virtual address of the user image
//   x3 user entry (virtual)          x4 DTB (physical), 0   x5 DTB size, 0

// SCTLR_EL1: the bits that read as one, I and C caches, MMU, stack alignment checks; EL0 may use WFI, WFE, DC ZVA,
// CTR_EL0 and cache maintenance by address. Little-endian, no alignment checks.
#define SCTLR_VALUE (0x30d00800 | 1 << 0 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 12 | 1 << 14 | 1 << 15 | 1 << 16 | \
                     1 << 18 | 1 << 26)

.section .text.start, "ax"
.global _start
_start:
    msr daifset, #15
    msr spsel, #1
    ldr x9, =SCTLR_VALUE
    msr sctlr_el1, x9
    isb
    adrp x9, kernel_stack_top
    add sp, x9, :lo12:kernel_stack_top
    adrp x9, vectors
    add x9, x9, :lo12:vectors
    msr vbar_el1, x9
    isb
    mov x29, xzr
    mov x30, xzr
    mov w5, w5
    bl boot_main
0:  wfi // boot_main does not return
    b 0b
.ltorg
