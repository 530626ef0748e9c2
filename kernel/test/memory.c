/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two functions that the compiler calls by itself when it copies or clears structures.
 */
void *memset(void *to, int value, unsigned long count);
void *memcpy(void *restrict to, const void *restrict from, unsigned long count);

__attribute__((no_builtin)) void *memset(void *to, int value, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++) {
        ((volatile unsigned char *)to)[i] = (unsigned char)value;
    }
    return to;
}

__attribute__((no_builtin)) void *memcpy(void *restrict to, const void *restrict from, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++) {
        ((volatile unsigned char *)to)[i] = ((const unsigned char *)from)[i];
    }
    return to;
}
