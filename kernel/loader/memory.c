/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Block moves and cache maintenance. Megabytes pass through here between power-on and the prompt, so the loops move
 * 64 bytes a turn; all addresses are identity-mapped.
 */
#include "loader.h"

#define LINE_WORDS 8
#define LINE_BYTES (LINE_WORDS * 8ul)

static bool aligned(const void *a, const void *b)
{
    return (((uintptr_t)a | (uintptr_t)b) & 7) == 0;
}

/* All loads before all stores: the compiler makes four load-pairs and four store-pairs of it. */
static void move_line(uint64_t *to, const uint64_t *from)
{
    uint64_t a = from[0], b = from[1], c = from[2], d = from[3], e = from[4], f = from[5], g = from[6], h = from[7];
    to[0] = a, to[1] = b, to[2] = c, to[3] = d, to[4] = e, to[5] = f, to[6] = g, to[7] = h;
}

static void move_up(uint8_t *to, const uint8_t *from, uint64_t bytes)
{
    if (aligned(to, from)) {
        for (; bytes >= LINE_BYTES; bytes -= LINE_BYTES) {
            move_line((uint64_t *)to, (const uint64_t *)from);
            to += LINE_BYTES;
            from += LINE_BYTES;
        }
    }
    while (bytes--) {
        *to++ = *from++;
    }
}

static void move_down(uint8_t *to, const uint8_t *from, uint64_t bytes)
{
    while (bytes--) {
        to[bytes] = from[bytes];
    }
}

void move_bytes(void *to, const void *from, uint64_t bytes)
{
    if ((uintptr_t)to > (uintptr_t)from && (uintptr_t)to < (uintptr_t)from + bytes) {
        move_down(to, from, bytes);
    } else if (to != from) {
        move_up(to, from, bytes);
    }
}

void zero_bytes(void *to, uint64_t bytes)
{
    uint8_t *byte = to;
    for (; bytes && ((uintptr_t)byte & 7); bytes--) {
        *byte++ = 0;
    }
    for (; bytes >= LINE_BYTES; bytes -= LINE_BYTES) {
        for (unsigned i = 0; i < LINE_WORDS; i++) {
            ((uint64_t *)byte)[i] = 0;
        }
        byte += LINE_BYTES;
    }
    while (bytes--) {
        *byte++ = 0;
    }
}

/* The compiler may call these two for structure assignments, even in freestanding code. */
void *memcpy(void *to, const void *from, uint64_t bytes)
{
    move_up(to, from, bytes);
    return to;
}

void *memset(void *to, int value, uint64_t bytes)
{
    uint8_t *byte = to;
    if (value == 0) {
        zero_bytes(to, bytes);
        return to;
    }
    while (bytes--) {
        *byte++ = (uint8_t)value;
    }
    return to;
}

void clean_range(uint64_t start, uint64_t bytes)
{
    uint64_t type;
    __asm__ volatile("mrs %0, ctr_el0" : "=r"(type));
    uint64_t line_bytes = 4ul << ((type >> 16) & 15);
    uint64_t end = start + bytes;
    for (uint64_t at = start & ~(line_bytes - 1); at < end; at += line_bytes) {
        __asm__ volatile("dc cvac, %0" : : "r"(at) : "memory");
    }
    __asm__ volatile("dsb sy" : : : "memory");
}

bool ranges_overlap(uint64_t a, uint64_t a_end, uint64_t b, uint64_t b_end)
{
    return a < b_end && b < a_end;
}
