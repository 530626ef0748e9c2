/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a debug build of genuine libsel4 calls when one of its assertions fails: a trap, reported like any other.
 */
#include "wasm-rt.h"

_Noreturn void __assert_fail(const char *text, const char *file, int line, const char *function);

_Noreturn void __assert_fail(const char *text, const char *file, int line, const char *function)
{
    (void)text, (void)file, (void)line, (void)function;
    WASM_TRAP(HOST);
}
