/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The start code and event loop of a domain: thread register (start.S), IPC buffer, the component's instance, and then
 * one turn after the other, each counted for the watchdog.
 */
#include <stdbool.h>
#include <stdint.h>

#include <sel4/sel4.h>

#include "../machine/ipc.h"
#include "component.h"
#include "domain.h"
#include "status.h"

__thread seL4_IPCBuffer *__sel4_ipc_buffer;

/* AArch64 thread-local storage: two words for the run-time library, then the variables. */
struct {
    _Alignas(16) uint8_t bytes[64];
} domain_tls;

uint64_t domain_generation, domain_instance;
volatile uint64_t *const machine_in_call = (volatile uint64_t *)(STATUS_ADDRESS + offsetof(struct status, in_call));
static uint64_t stack_top;

/* What the stack holds below its deepest use. Zeros would do as well, were they not also what programs write. */
#define UNTOUCHED 0x756e746f75636865ul

/* Marks the free part of the stack, below this function's caller. */
__attribute__((noinline)) static void mark_stack(void)
{
    volatile uint64_t *end = __builtin_frame_address(0);
    for (volatile uint64_t *word = (volatile uint64_t *)(stack_top - cohesix_stack_size); word < end; word++)
        *word = UNTOUCHED;
}

/* The deepest that the stack has been: from its lower end up to the first word that was written. */
static void note_stack(void)
{
    const volatile uint64_t *word = (const volatile uint64_t *)(stack_top - cohesix_stack_size);
    while ((uint64_t)word < stack_top && *word == UNTOUCHED)
        word++;
    status_page()->stack_used_bytes = stack_top - (uint64_t)word;
}

/* A look reads the unused part of the stack, about a microsecond for 8 KiB: in each of the first turns, seldom
 * afterwards. */
static bool look_at_stack(uint64_t turn)
{
    return turn <= STACK_LOOK_TURNS || turn % STACK_LOOK_TURNS == 0;
}

_Noreturn void domain_start(uint64_t generation, uint64_t instance)
{
    seL4_SetIPCBuffer((seL4_IPCBuffer *)IPC_BUFFER_ADDRESS);
    stack_top = ((uint64_t)__builtin_frame_address(0) + 4095) & ~4095ul;
    domain_generation = generation;
    domain_instance = instance;
    mark_stack();
    cohesix_instantiate();
    COMPONENT(start)(&cohesix_instance);
    heap_seal();
    status_page()->heap_used_bytes = heap_used();
    note_stack();
    status_page()->sealed = 1;
    for (;;) {
        status_page()->progress++;
        COMPONENT(turn)(&cohesix_instance);
        if (look_at_stack(status_page()->progress))
            note_stack();
    }
}
