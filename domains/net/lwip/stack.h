/* SPDX-License-Identifier: Apache-2.0 */
/* What the C files around lwIP share, and the line to the AssemblyScript side: exports and imports. */
#pragma once

#include <stdint.h>
#include <string.h>

#include "lwip/netif.h"
#include "lwip/sys.h"

#define EXPORT(name) __attribute__((export_name(#name)))
/* A function of the AssemblyScript module that this one is merged with. */
#define IMPORT(name) __attribute__((import_module("env"), import_name(#name)))

extern struct netif stack_netif;

/* A frame of `size` bytes is about to be sent: where to put it, 0 if there is no room. */
IMPORT(transmit_buffer) uint32_t transmit_buffer(uint32_t size);
/* The frame stands there. */
IMPORT(transmit_commit) void transmit_commit(uint32_t size);

/* Whether a timer is due; it is then set for the next time. */
int stack_due(uint32_t *next_ms, uint32_t period_ms);

/* Time has passed (address.c). */
void address_tick(void);

/* A frame has been taken: the next SYN must find room (sockets.c). */
void sockets_make_room(void);

void stack_seed(uint64_t low, uint64_t high);
