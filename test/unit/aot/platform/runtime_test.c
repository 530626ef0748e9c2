/* SPDX-License-Identifier: Apache-2.0 */
/* Checks mem.c against plain loops and lines.c against damaged tables, as a Linux program under qemu-user. Prints `ok`,
 * or the source line of the first check that failed. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "lines.h"

enum { SYS_WRITE = 64, SYS_EXIT_GROUP = 94, SIZE = 160, MAX_LENGTH = 70 };

static long system_call(long number, long a, long b, long c) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return x0;
}

_Noreturn static void leave(int code) {
    for (;;) system_call(SYS_EXIT_GROUP, code, 0, 0);
}

#define CHECK(e)                  \
    do {                          \
        if (!(e)) fail(__LINE__); \
    } while (0)

_Noreturn static void fail(int line) {
    char text[8] = "       \n";
    for (int at = 6; line > 0; line /= 10) text[at--] = (char)('0' + line % 10);
    system_call(SYS_WRITE, 1, (long)text, sizeof text);
    leave(1);
}

static volatile uint8_t expected[SIZE];
static uint8_t actual[SIZE];

static void reset(void) {
    for (unsigned i = 0; i < SIZE; i++) expected[i] = actual[i] = (uint8_t)(i * 37 + 11);
}

static bool equal(void) {
    for (unsigned i = 0; i < SIZE; i++)
        if (expected[i] != actual[i]) return false;
    return true;
}

static void check_memory(void) {
    volatile uint8_t copy[SIZE];
    for (unsigned length = 0; length < MAX_LENGTH; length++) {
        for (unsigned from = 0; from < 40; from += 1 + from / 20) {
            for (unsigned to = 0; to < 40; to += 1 + to / 20) {
                reset();
                for (unsigned i = 0; i < length; i++) copy[i] = expected[from + i];
                for (unsigned i = 0; i < length; i++) expected[to + i] = copy[i];
                CHECK(memmove(actual + to, actual + from, length) == actual + to && equal());
            }
            reset();
            for (unsigned i = 0; i < length; i++) expected[80 + i] = expected[from % 8 + i];
            CHECK(memcpy(actual + 80, actual + from % 8, length) == actual + 80 && equal());
            reset();
            for (unsigned i = 0; i < length; i++) expected[from + i] = (uint8_t)(0x1a0 + length);
            CHECK(memset(actual + from, (int)(0x1a0 + length), length) == actual + from && equal());
        }
    }
    static const uint8_t a[] = {1, 2, 0x80, 4}, b[] = {1, 2, 0x7f, 9};
    CHECK(memcmp(a, b, 2) == 0 && memcmp(a, b, 3) > 0 && memcmp(b, a, 4) < 0 && memcmp(a, b, 0) == 0);
}

static _Alignas(8) uint32_t table_words[] = {
    LINES_MAGIC, 64, 0x400010, 0, 3, 2,      /* header: base 0x400010 */
    0, 5, 8, (1u << 20) | 6, 16, 0,          /* a.ts:5, b.ts:6, nothing */
    56, 59, 0x00732e61, 0x00732e62           /* "a.s", "b.s" follow the offsets (one byte apart below) */
};

static void check_lines(void) {
    struct line_table *table = (struct line_table *)table_words;
    const char *file = "untouched";
    uint32_t line = 99;
    table_words[13] = 60;
    CHECK(lines_valid(table, sizeof table_words));
    CHECK(!lines_valid(table, 63) && !lines_valid(table, 8) && !lines_valid(table, 0));
    CHECK(!lines_lookup(table, 0x40000f, &file, &line) && !lines_lookup(table, 0, &file, &line));
    CHECK(line == 99 && file[0] == 'u');
    CHECK(lines_lookup(table, 0x400010, &file, &line) && line == 5 && file[0] == 'a');
    CHECK(lines_lookup(table, 0x400017, &file, &line) && line == 5);
    CHECK(lines_lookup(table, 0x400018, &file, &line) && line == 6 && file[0] == 'b');
    CHECK(!lines_lookup(table, 0x400020, &file, &line) && !lines_lookup(table, UINT64_MAX, &file, &line));
    table->file_count = 1; /* row 2 names a file that is not there */
    CHECK(!lines_lookup(table, 0x400018, &file, &line));
    table->file_count = 2;
    table_words[13] = 64; /* a name behind the end */
    CHECK(!lines_lookup(table, 0x400018, &file, &line));
    table_words[13] = 60;
    table->row_count = 0xffffffff; /* more rows than bytes */
    CHECK(!lines_valid(table, sizeof table_words));
    table->row_count = 0;
    CHECK(!lines_lookup(table, 0x400010, &file, &line));
    table->row_count = 3;
    table_words[15] |= 0x78000000; /* the last name does not end */
    CHECK(!lines_valid(table, sizeof table_words));
    table->magic ^= 1;
    CHECK(!lines_valid(table, sizeof table_words));
}

_Noreturn void linux_main(void);
_Noreturn void linux_main(void) {
    check_memory();
    check_lines();
    system_call(SYS_WRITE, 1, (long)"ok\n", 3);
    leave(0);
}
