/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that fault on purpose, for the cases that look at fault messages: the routines of fault_code.S, and a handler
 * endpoint that the case itself receives from.
 */
#pragma once

#include "env.h"

/* Each does what its name says with its argument, then leaves something in fault_result. */
void fault_read(seL4_Word address), fault_write(seL4_Word address), fault_jump(seL4_Word address);
void fault_undefined(seL4_Word value), fault_breakpoint(seL4_Word value), fault_fpu(seL4_Word value);
void fault_privileged(seL4_Word value), fault_syscall(seL4_Word unused);
/* Where a reply may send a thread; and code that can be copied elsewhere. */
void fault_resumed(void), return_42(void);
/* Addresses of the instructions that fault. */
extern char fault_at_fault_read[], fault_at_fault_write[], fault_at_fault_undefined[], fault_at_fault_breakpoint[],
    fault_at_fault_fpu[], fault_at_fault_syscall[], fault_at_fault_privileged[];
extern volatile seL4_Word fault_result;

/* What fault_result is until a routine gets past its fault. */
#define FAULT_PENDING 0xdead

/* The badge of fault messages, and the unbadged capability to the endpoint that they come from. */
#define FAULT_BADGE 0xfa
extern seL4_CPtr fault_handler_ep;

/* Makes a thread that will fault to a new handler endpoint, through a badged capability; it is left inactive. */
struct thread *fault_prepare(thread_function run, seL4_Word argument);
/* The same, and lets it run until it faults. */
struct thread *fault_start(thread_function run, seL4_Word argument);
/* Receives the fault and checks badge, label and length; the message registers hold the rest. */
int fault_receive(seL4_Word label, seL4_Word length);
void fault_reply(seL4_Word label, seL4_Word length);
