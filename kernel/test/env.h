/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a case works with: memory, capability slots and threads. For every *_test.c.
 *
 * The arena is one untyped object of 2^ARENA_BITS bytes; objects made for a case come from it and are revoked when the
 * case ends. Slots are numbers in the initial CNode, resolved at depth 64.
 */
#pragma once

#include <sel4/sel4.h>

#define ARENA_BITS 25
#define UART_VADDR 0x10000000UL
#define DEPTH seL4_WordBits
#define CNODE seL4_CapInitThreadCNode
#define VSPACE seL4_CapInitThreadVSpace
#define MAIN_PRIORITY 128
#define NUM_THREADS 6
/* An address in a part of the address space that has no page tables yet: entry 1 of the top level. */
#define TEST_VADDR 0x8000000000UL

struct env {
    const seL4_BootInfo *bootinfo;
    seL4_CPtr big_untyped; /* the largest RAM untyped; the arena is its only child */
    seL4_CPtr arena;
    seL4_CPtr fault_ep;  /* where unexpected faults go */
    seL4_SlotPos first_case_slot, next_slot;
    int uart_mapped;
};
extern struct env env;

void env_init(const seL4_BootInfo *bootinfo);
/* Stops the watchers; after this the program may block for ever. */
void env_finish(void);
void env_begin_case(void);
void env_end_case(void);
/* Stops the initial thread wherever it is and lets it go on at pc with this argument. For abort_case. */
void env_restart_main(seL4_Word pc, seL4_Word argument);

/* A free slot; several in a row. They are emptied when the case ends. */
seL4_CPtr new_slot(void);
seL4_CPtr new_slots(unsigned count);

/* New objects from the arena; 0 and a failed check when the kernel refuses. */
seL4_CPtr new_object(seL4_Word type, seL4_Word size_bits);
seL4_CPtr new_endpoint(void);
seL4_CPtr new_notification(void);
seL4_CPtr new_untyped(seL4_Word size_bits);
seL4_CPtr new_cnode(seL4_Word radix);
seL4_CPtr new_tcb(void);
seL4_CPtr new_frame(void);
/* A VSpace with an address space identifier. */
seL4_CPtr new_vspace(void);
/* A copy of a capability with a badge and these rights; 0 on refusal. */
seL4_CPtr mint(seL4_CPtr source, seL4_CapRights_t rights, seL4_Word badge);
seL4_CPtr copy(seL4_CPtr source);

/* Whether a slot holds a capability, found without changing it. */
int slot_is_empty(seL4_CPtr slot);

/* The capability of a page of this program's image. */
seL4_CPtr image_frame(const void *address);

/* A message to a kernel object with everything explicit; what came back. */
struct result {
    seL4_Error error;
    seL4_Word length;
};
struct result raw_invoke(seL4_CPtr service, seL4_Word label, seL4_Word num_caps, const seL4_CPtr *caps,
                         seL4_Word length, const seL4_Word *words);
#define RAW(service, label, num_caps, length, ...)                                                \
    raw_invoke(service, label, num_caps, (const seL4_CPtr[]){CNODE, CNODE, CNODE}, length,       \
               (const seL4_Word[]){0, ##__VA_ARGS__} + 1)                                         \
        .error

/* A thread of this program: shares its address space and CSpace, has its own stack and IPC buffer.
 * Its thread-local storage is laid out as AArch64 has it: two words of its own, then the thread-local variables. */
struct thread {
    seL4_CPtr tcb;
    seL4_IPCBuffer *buffer;
    seL4_Word *stack_top;
    seL4_Word tls[4]; /* [0] this structure, [2] __sel4_ipc_buffer */
};
typedef void (*thread_function)(seL4_Word argument);

/* Makes a thread and lets it run; above MAIN_PRIORITY it runs before this returns. Its end suspends it. */
struct thread *spawn(thread_function run, seL4_Word argument, seL4_Word priority);
/* The same, but left inactive with its registers written. */
struct thread *spawn_suspended(thread_function run, seL4_Word argument, seL4_Word priority);
struct thread *thread_self(void);
/* A context that starts run(argument) on this thread's stack. */
seL4_UserContext thread_context(struct thread *thread, thread_function run, seL4_Word argument);
