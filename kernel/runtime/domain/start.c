/*
 * The start code and event loop of a domain: thread register (start.S), IPC buffer, the component's instance, and then one
 * turn after the other, each counted for the watchdog.
 */
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

/* The deepest the stack has been seen: looked at once a turn, from the outermost frame, by the marks that calls left. */
static void note_stack(void)
{
    const uint64_t *word = (const uint64_t *)(stack_top - cohesix_stack_size);
    while ((uint64_t)word < stack_top && *word == 0)
        word++;
    status_page()->stack_used_bytes = stack_top - (uint64_t)word;
}

_Noreturn void domain_start(uint64_t generation, uint64_t instance)
{
    seL4_SetIPCBuffer((seL4_IPCBuffer *)IPC_BUFFER_ADDRESS);
    stack_top = ((uint64_t)__builtin_frame_address(0) + 4095) & ~4095ul;
    domain_generation = generation;
    domain_instance = instance;
    cohesix_instantiate();
    COMPONENT(start)(&cohesix_instance);
    note_stack();
    status_page()->sealed = 1;
    for (;;) {
        status_page()->progress++;
        COMPONENT(turn)(&cohesix_instance);
        if (status_page()->progress % STACK_LOOK_TURNS == 0)
            note_stack();
    }
}
