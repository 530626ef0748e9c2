/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a thread of the root task needs before C code with thread-local variables can run: its thread register.
 *
 *   tls block (AArch64 variant I)   +0 two words for the run-time library, unused here   +16 thread-local variables
 */
#pragma once

#include <stdint.h>

#define TLS_HEAD_BYTES 16
#define TLS_BLOCK_BYTES 64

struct tls_block {
    _Alignas(16) uint8_t bytes[TLS_BLOCK_BYTES];
};
