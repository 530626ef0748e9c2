/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel output on the PL011 that user space otherwise owns: debug calls, the banner and panics. Polled, bounded. */

#include "arch.h"
#include "sysreg.h"

enum { UART_DATA = 0x00, UART_FLAGS = 0x18 };
enum { FLAG_TX_FULL = 1 << 5 };
enum { MAX_POLLS = 1000000 }; /* a stuck UART loses output, it does not stop the kernel */

static void put_byte(uint8_t byte)
{
    void *uart = PHYS_TO_PTR(platform.uart);
    for (uint32_t i = 0; i < MAX_POLLS; i++) {
        if (!(mmio_read32(uart, UART_FLAGS) & FLAG_TX_FULL)) {
            mmio_write32(uart, UART_DATA, byte);
            return;
        }
    }
}

void console_putc(char c)
{
    if (c == '\n') {
        put_byte('\r');
    }
    put_byte((uint8_t)c);
}

void console_puts(const char *s)
{
    while (*s) {
        console_putc(*s++);
    }
}

void console_hex(word_t v)
{
    console_puts("0x");
    for (int shift = 60; shift >= 0; shift -= 4) {
        console_putc("0123456789abcdef"[v >> shift & 15]);
    }
}

void console_dec(word_t v)
{
    char digits[20];
    int n = 0;
    do {
        digits[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    while (n) {
        console_putc(digits[--n]);
    }
}
