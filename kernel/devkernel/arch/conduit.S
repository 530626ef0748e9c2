/* SPDX-License-Identifier: Apache-2.0 */
// Firmware calls by either conduit: void conduit_call_hvc(word_t regs[8]), conduit_call_smc(word_t regs[8]).
// x0..x7 go in from regs and come back there. Where the conduit does not exist the instruction is undefined; the
// kernel's exception vector then answers x0 = -1 (not supported) and resumes after it.

.macro conduit_call name, insn
.global conduit_call_\name
.global conduit_\name
conduit_call_\name:
    stp x19, x30, [sp, #-16]!
    mov x19, x0
    ldp x6, x7, [x19, #48]
    ldp x4, x5, [x19, #32]
    ldp x2, x3, [x19, #16]
    ldp x0, x1, [x19]
conduit_\name:
    \insn #0
    stp x0, x1, [x19]
    stp x2, x3, [x19, #16]
    stp x4, x5, [x19, #32]
    stp x6, x7, [x19, #48]
    ldp x19, x30, [sp], #16
    ret
.endm

.text
    conduit_call hvc, hvc
    conduit_call smc, smc
