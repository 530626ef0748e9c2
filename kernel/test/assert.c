/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the headers of a debug build of libsel4 call when a check of theirs fails. With our own headers, nothing does.
 */
#include "harness.h"

void __assert_fail(const char *condition, const char *file, int line, const char *function);

void __assert_fail(const char *condition, const char *file, int line, const char *function)
{
    (void)function;
    put_string("# libsel4: ");
    put_string(condition);
    put_string(" at ");
    put_string(file);
    put_string(":");
    put_decimal((seL4_Word)line);
    put_string("\n");
    *(volatile int *)0 = 0; /* ends the case */
}
