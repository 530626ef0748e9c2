/* SPDX-License-Identifier: Apache-2.0 */
/* The seam between the two halves of the kernel.
 *
 *   src/   portable: capabilities, CNodes, untyped memory, threads, scheduling, IPC, notifications, faults, syscalls
 *   arch/  AArch64 and the board: entry, vectors, address spaces, ASIDs, interrupts, timer, FPU, boot
 *
 * Interrupts are masked whenever the kernel runs. Every path from user space ends in kernel_exit(), which picks a
 * thread and enters it, or sleeps until an interrupt makes one runnable.
 */
#pragma once

#include "object.h"

/* ---- src/ for arch/ ------------------------------------------------------------------------------------------- */

extern struct tcb *current_thread; /* the thread whose trap is handled; NULL while idle */

/* Traps. The user registers are in current_thread->ctx; pc is the instruction to resume at (after an svc). */
void handle_syscall(int64_t number);
void handle_vm_fault(word_t addr, word_t fsr, bool prefetch);
void handle_user_exception(word_t number, word_t code);
void handle_interrupt_signal(uint32_t irq); /* a user interrupt fired and is masked: signal its notification */
void timer_slice_expired(void);             /* the running thread used its slice up */

struct tcb *schedule(void);   /* picks the next thread (NULL: none runnable) and makes it current */
bool preemption_point(void);  /* true: an interrupt is pending; give up with STATUS_PREEMPTED, state consistent */

/* Derivation tree and slots (src/mdb.c, src/delete.c, src/cspace.c). */
void cap_insert(struct slot *dest, struct cap cap, struct slot *parent_or_source, bool as_child);
status_t slot_delete(struct slot *slot);
status_t slot_revoke(struct slot *slot);
bool slot_has_children(const struct slot *slot);
bool cap_is_final(const struct slot *slot); /* no other capability names the same object */
status_t lookup_slot(struct tcb *thread, cptr_t cptr, struct slot **out);
/* Target of a CNode argument (root capability, index, depth): errors as for CNode invocations. */
status_t lookup_target_slot(struct cap root, cptr_t index, word_t depth, struct slot **out);
/* Like lookup_target_slot and also DeleteFirst when it is taken. */
status_t lookup_empty_slot(struct cap root, cptr_t index, word_t depth, struct slot **out);

/* Fails the current invocation: sets current_error and returns its code. */
status_t fail(word_t code);
status_t fail_argument(word_t index);                 /* InvalidArgument */
status_t fail_capability(word_t index);               /* InvalidCapability */
status_t fail_range(word_t min, word_t max);          /* RangeError */
status_t fail_lookup(bool was_source, word_t type, word_t a, word_t b, word_t c); /* FailedLookup */

word_t msg_get(const struct tcb *t, word_t index);    /* message register of the current message */
void msg_set(struct tcb *t, word_t index, word_t value); /* past the registers it goes to the IPC buffer, if any */

struct tcb *thread_init_slice(struct tcb *t);
void thread_resume_ready(struct tcb *t);              /* state RUNNING or RESTART → ready queue */

/* ---- arch/ for src/ ------------------------------------------------------------------------------------------- */

/* Objects. The memory is zeroed already (not for device frames). type: ABI object type ≥ 5; size_bits: as the user
 * gave it. */
status_t arch_check_object(word_t type, word_t size_bits, bool device, word_t *object_bits);
struct cap arch_create_cap(word_t type, void *memory, bool device);
status_t arch_derive_cap(struct slot *slot, struct cap in, struct cap *out); /* Copy of a mapped frame: unmapped */
struct cap arch_mask_rights(struct cap cap, word_t rights);
void arch_finalise_cap(struct cap cap, bool final); /* unmap, drop ASIDs, silence interrupts */
bool arch_same_object(struct cap a, struct cap b);
status_t arch_decode(struct invocation *inv); /* frame, page table, vspace, ASID control and pool, SMC caps */

/* Interrupt objects: cap checks are in src/irq.c, the controller in arch/. */
bool arch_irq_valid(uint32_t irq);
bool arch_irq_reserved(uint32_t irq); /* the kernel's own timer: already in use */
extern uint32_t arch_irq_max;         /* the highest valid interrupt number */
void arch_irq_mask(uint32_t irq, bool masked);
void arch_irq_set_trigger(uint32_t irq, bool edge);
bool arch_irq_pending(void); /* any enabled interrupt waits */
bool arch_sgi_valid(uint32_t irq, uint32_t target);
void arch_sgi_send(uint32_t irq, uint32_t target);

/* Threads. */
void arch_init_context(struct context *ctx); /* zeroed registers → a thread that runs at EL0 */
word_t arch_sanitise_spsr(word_t spsr);
void arch_switch_to(struct tcb *t);  /* address space, FPU trap, thread-id registers */
void arch_forget_thread(struct tcb *t); /* it is going away: drop its FPU ownership */
void arch_fpu_save(struct tcb *t);   /* make t->fpu the truth */
bool arch_valid_ipc_buffer(struct cap frame, word_t vaddr, status_t *why);
word_t *arch_ipc_buffer(struct tcb *t, bool for_write); /* kernel pointer to its buffer, NULL if none or no right */

/* Time. slice: counter ticks; the timer runs only while more than one thread could use the processor. */
uint64_t arch_now(void);
extern uint64_t arch_slice_ticks;
void arch_set_slice_timer(uint64_t deadline); /* 0: off */

_Noreturn void kernel_exit(void);
void memory_zero(void *p, word_t bytes); /* any size; callers bound it */
void arch_clean_range(void *p, word_t bytes); /* zeroed frames become visible to uncached mappings */

/* Console for debug calls and panics. */
void console_putc(char c);
void console_puts(const char *s);
void console_hex(word_t v);
void console_dec(word_t v);
_Noreturn void arch_reset(void);
_Noreturn void arch_halt(void);
