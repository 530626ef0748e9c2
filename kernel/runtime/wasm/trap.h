/* SPDX-License-Identifier: Apache-2.0 */
/* Why a component stopped: the reasons of wasm traps, their encoding, and their texts.
 * Owned by the runtime; used by generated code (to raise), by the fault reporter (to tell) and by tests.
 *
 * A trap is `brk #(TRAP_BRK_BASE + reason)` at the very place of the fault, so the kernel reports a user exception
 * whose PC has the source line. Out-of-bounds accesses in guard mode and an exhausted stack are VM faults instead. */
#pragma once

#define TRAP_BRK_BASE 0xc000u

/* X(name, number, text): the names are those that wasm2c's TRAP() macro is given, plus ours. */
#define TRAP_REASONS(X)                                        \
    X(UNREACHABLE, 1, "unreachable")                           \
    X(DIV_BY_ZERO, 2, "integer divide by zero")                \
    X(INT_OVERFLOW, 3, "integer overflow")                     \
    X(INVALID_CONVERSION, 4, "invalid conversion to integer")  \
    X(OOB, 5, "out of bounds memory access")                   \
    X(TABLE_OOB, 6, "out of bounds table access")              \
    X(UNINITIALIZED_ELEMENT, 7, "uninitialized table element") \
    X(CALL_INDIRECT, 8, "indirect call type mismatch")         \
    X(NULL_REF, 9, "null reference")                           \
    X(STACK, 10, "stack overflow")                             \
    X(HOST, 11, "runtime assertion failed")                    \
    X(SEALED, 12, "allocation after start-up")                 \
    X(HEAP, 13, "out of heap memory")

#define TRAP_REASON_ENUM(name, number, text) TRAP_##name = (number),
enum trap_reason { TRAP_NONE = 0, TRAP_REASONS(TRAP_REASON_ENUM) TRAP_REASON_LIMIT };
#undef TRAP_REASON_ENUM

/* Text of a reason, or a null pointer when the number is none of ours. */
static inline const char *trap_text(unsigned reason) {
    switch (reason) {
#define TRAP_REASON_TEXT(name, number, text) \
    case TRAP_##name:                        \
        return text;
        TRAP_REASONS(TRAP_REASON_TEXT)
#undef TRAP_REASON_TEXT
    default:
        return (const char *)0;
    }
}

/* The reason inside a `brk` instruction word, or TRAP_NONE when the word is no trap of ours. */
static inline unsigned trap_reason_of_instruction(unsigned word) {
    unsigned immediate = (word >> 5) & 0xffffu;
    if ((word & 0xffe0001fu) != 0xd4200000u) return TRAP_NONE;
    if (immediate <= TRAP_BRK_BASE || immediate >= TRAP_BRK_BASE + TRAP_REASON_LIMIT) return TRAP_NONE;
    return immediate - TRAP_BRK_BASE;
}

/* Stops here. The line is an operand, so that traps of different lines differ as assembly text and the compiler cannot
 * merge them into one. */
#define TRAP_STOP(reason)                                                                               \
    __extension__({                                                                                     \
        __asm__ volatile("brk %0 // %1" ::"i"(TRAP_BRK_BASE + (unsigned)(reason)), "i"(__LINE__) : "memory"); \
        __builtin_unreachable();                                                                        \
    })
