/* SPDX-License-Identifier: Apache-2.0 */
/* The part of <string.h> that freestanding code here may use; implemented in ../mem.c. */
#pragma once

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);
int memcmp(const void *left, const void *right, size_t n);
