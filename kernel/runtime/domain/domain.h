/* SPDX-License-Identifier: Apache-2.0 */
/* What the start code of a domain and its imports share. */
#pragma once

#include <stdint.h>

extern uint64_t domain_generation, domain_instance;

/* Bytes of the stack that the layout gives the domain; the link sets it. */
extern char cohesix_stack_bytes[];
#define cohesix_stack_size ((uint64_t)cohesix_stack_bytes)

/* The stack's high-water mark is looked at in each of so many turns of the event loop, then once in as many. */
#define STACK_LOOK_TURNS 64
