/* SPDX-License-Identifier: Apache-2.0 */
/* Byte offsets of struct context, for assembly. arch/trap.c asserts that they match. */
#pragma once

#define CTX_X(n) ((n) * 8)
#define CTX_SP 248
#define CTX_PC 256
#define CTX_SPSR 264
#define CTX_TPIDR 272
#define CTX_TPIDRRO 280

/* What the kernel's own exceptions save for the panic message: x0..x30, sp, elr, spsr. */
#define PANIC_FRAME_SIZE 272
