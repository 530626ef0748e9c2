/* What the start code of a domain and its imports share. */
#pragma once

#include <stdint.h>

extern uint64_t domain_generation, domain_instance;

/* Bytes of the stack that the layout gives the domain; the link sets it. Stack memory starts as zeros. */
extern char cohesix_stack_bytes[];
#define cohesix_stack_size ((uint64_t)cohesix_stack_bytes)

/* How often the stack's high-water mark is looked at, in turns of the event loop. */
#define STACK_LOOK_TURNS 64
