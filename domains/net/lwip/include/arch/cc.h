/* SPDX-License-Identifier: Apache-2.0 */
/* What lwIP wants to know of its compiler: clang for wasm32, freestanding. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define LWIP_NO_INTTYPES_H 1
#define LWIP_NO_CTYPE_H 1
#define LWIP_NO_UNISTD_H 1
#define X8_F "x"
#define U16_F "u"
#define S16_F "d"
#define X16_F "x"
#define U32_F "u"
#define S32_F "d"
#define X32_F "x"
#define SZT_F "u"

#define BYTE_ORDER LITTLE_ENDIAN

/* Nothing is printed; a broken invariant stops the domain, which is then started again. */
#define LWIP_PLATFORM_DIAG(message) ((void)0)
#define LWIP_PLATFORM_ASSERT(message) __builtin_trap()

uint32_t stack_random(void);
#define LWIP_RAND() stack_random()
