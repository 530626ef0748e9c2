/* SPDX-License-Identifier: Apache-2.0 */
/* How the start code gives up before there is anything to print with: a breakpoint whose number says what failed; a
 * debug kernel prints it with the address. */
#pragma once

enum { FAIL_NO_UNTYPED = 0xb001, FAIL_RETYPE, FAIL_MAP, FAIL_GUARD, FAIL_FAULT_THREAD };

#define START_FAIL(code)                                                                                             \
    do {                                                                                                             \
        __asm__ volatile("brk %0" ::"i"(code));                                                                      \
        __builtin_unreachable();                                                                                     \
    } while (0)
