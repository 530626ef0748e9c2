/* SPDX-License-Identifier: Apache-2.0 */
/* The four memory functions that compiled code may call, for every freestanding image. Built with -fno-builtin, so that
 * the compiler does not turn these loops into calls of themselves. Sixteen bytes at a time where possible. */
#include <stdint.h>
#include <string.h>

struct block {
    uint64_t low, high;
};

enum { BLOCK = sizeof(struct block) };

static inline struct block load_block(const uint8_t *from) {
    struct block b;
    __builtin_memcpy(&b, from, sizeof b);
    return b;
}

static inline void store_block(uint8_t *to, struct block b) {
    __builtin_memcpy(to, &b, sizeof b);
}

void *memcpy(void *restrict to, const void *restrict from, size_t n) {
    uint8_t *d = to;
    const uint8_t *s = from;
    for (; n >= BLOCK; n -= BLOCK, d += BLOCK, s += BLOCK)
        store_block(d, load_block(s));
    for (; n > 0; n--) *d++ = *s++;
    return to;
}

void *memmove(void *to, const void *from, size_t n) {
    uint8_t *d = to;
    const uint8_t *s = from;
    /* Forward is right unless the target begins inside the source. */
    if ((uintptr_t)d - (uintptr_t)s >= n) {
        for (; n >= BLOCK; n -= BLOCK, d += BLOCK, s += BLOCK)
            store_block(d, load_block(s));
        for (; n > 0; n--) *d++ = *s++;
        return to;
    }
    for (; n >= BLOCK; n -= BLOCK)
        store_block(d + n - BLOCK, load_block(s + n - BLOCK));
    for (; n > 0; n--) d[n - 1] = s[n - 1];
    return to;
}

void *memset(void *to, int value, size_t n) {
    uint8_t *d = to;
    uint64_t word = (uint8_t)value * 0x0101010101010101ull;
    struct block b = {word, word};
    for (; n >= sizeof b; n -= sizeof b, d += sizeof b) store_block(d, b);
    for (; n > 0; n--) *d++ = (uint8_t)value;
    return to;
}

int memcmp(const void *left, const void *right, size_t n) {
    const uint8_t *a = left, *b = right;
    for (; n > 0; n--, a++, b++)
        if (*a != *b) return *a < *b ? -1 : 1;
    return 0;
}
