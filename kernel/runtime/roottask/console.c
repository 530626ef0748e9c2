/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Polled PL011 output for the fault thread (see console.h). Silent until the component has said which region it is.
 */
#include "console.h"

#include <stdbool.h>

#include "../machine/mmio.h"
#include "fault.h"

enum { PL011_DR = 0x000, PL011_FR = 0x018, PL011_FR_TXFF = 1 << 5 };

static volatile bool ready;
static volatile uint32_t uart;

void fault_console_set(uint32_t region)
{
    uart = region;
    ready = true;
}

static void put(char c)
{
    if (!ready)
        return;
    while (*device_register(uart, PL011_FR) & PL011_FR_TXFF) {
    }
    *device_register(uart, PL011_DR) = (uint8_t)c;
}

void console_text(const char *text)
{
    while (*text != '\0')
        put(*text++);
}

void console_hex(uint64_t value)
{
    console_text("0x");
    int shift = 60;
    while (shift > 0 && value >> shift == 0)
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        put("0123456789abcdef"[value >> shift & 15]);
}

void console_decimal(uint64_t value)
{
    char digits[20];
    int count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0)
        put(digits[--count]);
}
