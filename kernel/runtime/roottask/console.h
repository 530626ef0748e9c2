/* SPDX-License-Identifier: Apache-2.0 */
/* The fault thread's own way to the UART: it must not depend on anything that may just have failed. */
#pragma once

#include <stdint.h>

void console_text(const char *text);
void console_hex(uint64_t value);
void console_decimal(uint64_t value);
