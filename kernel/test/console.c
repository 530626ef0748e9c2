/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output of the test program: the PL011 at 0x09000000, mapped from the device untyped of the boot information, so that
 * it also works on kernels without debug calls.
 */
#include "env.h"
#include "harness.h"

static void put_char(char c)
{
    volatile unsigned *const uart = (volatile unsigned *)UART_VADDR;
    const unsigned data = 0, flags = 0x18 / 4, transmit_full = 1u << 5;
    if (!env.uart_mapped) {
        return;
    }
    while (uart[flags] & transmit_full) {
    }
    uart[data] = (unsigned char)c;
}

void put_string(const char *s)
{
    for (; *s; s++) {
        if (*s == '\n') {
            put_char('\r');
        }
        put_char(*s);
    }
}

static void put_digits(seL4_Word value, unsigned base)
{
    char digits[24];
    int i = sizeof(digits) - 1;
    digits[i] = 0;
    do {
        digits[--i] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    put_string(&digits[i]);
}

void put_decimal(seL4_Word value)
{
    put_digits(value, 10);
}

void put_hex(seL4_Word value)
{
    put_string("0x");
    put_digits(value, 16);
}
