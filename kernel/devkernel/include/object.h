/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel objects: threads, endpoints, notifications, and the queues that join them. */
#pragma once

#include "cap.h"

enum thread_state {
    THREAD_INACTIVE, /* zeroed memory is an inactive thread */
    THREAD_RUNNING,
    THREAD_RESTART,
    THREAD_BLOCKED_SEND,
    THREAD_BLOCKED_RECV,
    THREAD_BLOCKED_REPLY,
    THREAD_BLOCKED_NOTIFICATION,
    THREAD_IDLE,
};

/* The slots inside a TCB. */
enum { TCB_CSPACE, TCB_VSPACE, TCB_REPLY, TCB_CALLER, TCB_IPC_BUFFER, TCB_SLOTS };

/* User registers in the order that arch/vectors.S saves them (offsets are asserted there). */
struct context {
    word_t x[31];
    word_t sp;
    word_t pc;
    word_t spsr;
    word_t tpidr_el0;
    word_t tpidrro_el0;
};

struct fpu_state {
    __uint128_t v[32];
    word_t fpsr, fpcr;
};

struct fault {
    word_t type;       /* seL4_Fault_* */
    word_t word[13];   /* the message as it goes out, in ABI order */
    word_t length;
};

struct endpoint;
struct notification;

struct tcb {
    struct slot slots[TCB_SLOTS];
    struct context ctx;
    struct fpu_state fpu;
    struct fault fault;
    struct notification *bound;     /* bound notification */
    cptr_t fault_handler;           /* looked up in this thread's CSpace */
    word_t ipc_buffer;              /* user virtual address, 0: none */
    word_t restart_pc;              /* where the thread starts again when what it waits for is cancelled */
    word_t block_object;            /* endpoint or notification it is blocked on */
    word_t block_badge;             /* blocked sender: its badge */
    word_t flags;                   /* seL4_TCBFlag_*: bit 0 FPU disabled */
    struct tcb *queue_prev, *queue_next;   /* endpoint or notification queue */
    struct tcb *ready_prev, *ready_next;   /* ready queue of its priority */
    struct tcb *all_prev, *all_next;       /* every thread that exists, for the debug dumps */
    uint8_t state;                  /* enum thread_state */
    uint8_t block_can_grant, block_can_grant_reply, block_is_call;
    uint8_t priority, mcp, domain;
    uint8_t in_ready_queue;
    uint64_t slice_left;            /* counter ticks left of the time slice */
    char name[32];                  /* debug name */
};
_Static_assert(sizeof(struct tcb) <= BIT(TCB_BITS), "TCB size is ABI");

enum endpoint_state { ENDPOINT_IDLE, ENDPOINT_SEND, ENDPOINT_RECV };
struct endpoint { /* 16 bytes: two 48-bit queue pointers, the state in the spare bits */
    word_t head_and_state; /* pointer << 16 | state */
    word_t tail;
};
_Static_assert(sizeof(struct endpoint) == BIT(ENDPOINT_BITS), "endpoint size is ABI");

enum notification_state { NOTIFICATION_IDLE, NOTIFICATION_WAITING, NOTIFICATION_ACTIVE };
struct notification { /* 32 bytes */
    word_t head_and_state; /* pointer << 16 | state */
    word_t tail;
    word_t badges;         /* ORed badges while active */
    struct tcb *bound;
};
_Static_assert(sizeof(struct notification) == BIT(NOTIFICATION_BITS), "notification size is ABI");

/* What a failed operation reports: an seL4 error code and up to five result words, or PREEMPTED / FAULT below. */
struct error {
    word_t code;      /* seL4_Error, or one of the two below */
    word_t word[5];   /* result words by code, e.g. argument index, range min and max, lookup failure */
    word_t words;     /* how many of them are in the reply */
    struct fault fault; /* only with STATUS_FAULT: the invoked capability could not be looked up */
};
typedef word_t status_t;
enum { STATUS_OK = 0, STATUS_FAULT = 0x100, STATUS_PREEMPTED = 0x101 }; /* other values: seL4_Error */
extern struct error current_error;

/* One decoded invocation, passed to every decoder. */
struct invocation {
    struct slot *slot;        /* the invoked capability's slot */
    cptr_t cptr;
    word_t label;
    word_t length;            /* message words */
    bool is_call, is_blocking;
    struct slot *extra[MAX_EXTRA_CAPS]; /* NULL where none was given */
    word_t reply_words;       /* out: words of `reply` to send with a successful Call */
    word_t reply[4];          /* out; a decoder that writes the reply itself sets reply_words = REPLY_WRITTEN */
};
#define REPLY_WRITTEN (~0ull)
