/* SPDX-License-Identifier: Apache-2.0 */
/* The memory functions that the compiler calls, and the kernel's fast zeroing. */

#include "arch.h"
#include "sysreg.h"

void *memset(void *dest, int value, size_t bytes);
void *memcpy(void *dest, const void *source, size_t bytes);
void *memmove(void *dest, const void *source, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);

void *memset(void *dest, int value, size_t bytes)
{
    uint8_t *d = dest;
    word_t pattern = (uint8_t)value * 0x0101010101010101ull;
    while (bytes && ((word_t)d & 7)) {
        *d++ = (uint8_t)value;
        bytes--;
    }
    for (; bytes >= 8; bytes -= 8, d += 8) {
        *(word_t *)(void *)d = pattern;
    }
    while (bytes--) {
        *d++ = (uint8_t)value;
    }
    return dest;
}

void *memcpy(void *dest, const void *source, size_t bytes)
{
    uint8_t *d = dest;
    const uint8_t *s = source;
    if ((((word_t)d | (word_t)s) & 7) == 0) {
        for (; bytes >= 8; bytes -= 8, d += 8, s += 8) {
            *(word_t *)(void *)d = *(const word_t *)(const void *)s;
        }
    }
    while (bytes--) {
        *d++ = *s++;
    }
    return dest;
}

void *memmove(void *dest, const void *source, size_t bytes)
{
    uint8_t *d = dest;
    const uint8_t *s = source;
    if (d <= s || d >= s + bytes) {
        return memcpy(dest, source, bytes);
    }
    while (bytes--) {
        d[bytes] = s[bytes];
    }
    return dest;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
    const uint8_t *x = a, *y = b;
    for (; bytes; bytes--, x++, y++) {
        if (*x != *y) {
            return *x - *y;
        }
    }
    return 0;
}

/* DC ZVA clears a whole block (64 bytes on a Cortex-A57) at once; it may be prohibited (DCZID_EL0 bit 4). */
void memory_zero(void *p, word_t bytes)
{
    word_t id = READ_SYSREG("dczid_el0");
    word_t block = 4ull << (id & 15);
    word_t at = (word_t)p, end = at + bytes;
    if (!(id & 16) && (at & (block - 1)) == 0) {
        for (; end - at >= block; at += block) {
            __asm__ volatile("dc zva, %0" ::"r"(at) : "memory");
        }
    }
    memset((void *)at, 0, end - at);
}
