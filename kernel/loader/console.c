/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Polled output on the board's PL011. Used before and after the MMU is on: the registers are device memory either way.
 */
#include "loader.h"

#define UART_DR 0x00u
#define UART_FR 0x18u
#define UART_LCRH 0x2cu
#define UART_CR 0x30u
#define FR_TXFF (1u << 5)
#define LCRH_8N1_FIFO 0x70u
#define CR_UARTEN (1u << 0)
#define CR_TXE_RXE (3u << 8)


static volatile uint32_t *uart_register(uint32_t offset)
{
    return (volatile uint32_t *)(BOARD_UART_BASE + offset);
}

/* Firmware that has set the line up has also chosen its rate: that is left alone. */
void console_init(void)
{
    if (!(*uart_register(UART_CR) & CR_UARTEN)) {
        *uart_register(UART_LCRH) = LCRH_8N1_FIFO;
        *uart_register(UART_CR) = CR_UARTEN | CR_TXE_RXE;
    }
}

static void put_byte(char c)
{
    while (*uart_register(UART_FR) & FR_TXFF) {
    }
    *uart_register(UART_DR) = (uint8_t)c;
}

void put_text(const char *text)
{
    for (; *text; text++) {
        if (*text == '\n') {
            put_byte('\r');
        }
        put_byte(*text);
    }
}

void put_hex(uint64_t value)
{
    put_text("0x");
    int shift = 60;
    while (shift > 0 && (value >> shift) == 0) {
        shift -= 4;
    }
    for (; shift >= 0; shift -= 4) {
        put_byte("0123456789abcdef"[(value >> shift) & 15]);
    }
}

void put_decimal(uint64_t value)
{
    if (value >= 10) {
        put_decimal(value / 10);
    }
    put_byte((char)('0' + value % 10));
}

_Noreturn void fail(const char *text)
{
    put_text("cohesix loader: error: ");
    put_text(text);
    put_text("\n");
    park();
}

_Noreturn void fail_at(const char *text, uint64_t value)
{
    put_text("cohesix loader: error: ");
    put_text(text);
    put_hex(value);
    put_text("\n");
    park();
}
