/* SPDX-License-Identifier: Apache-2.0 */
/* The arch/ half of the kernel for the host: no machine, frames without mappings, interrupts at random. */
#include "hosttest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t arch_slice_ticks = 1000;
uint32_t arch_irq_max = 63;
word_t fake_buffers[FAKE_THREADS][128];
struct tcb *fake_threads[FAKE_THREADS];
static uint64_t random_state = 1;

uint64_t fake_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * 0x2545f4914f6cdd1dull >> 16;
}

void fake_seed(uint64_t seed) { random_state = seed * 0x9e3779b97f4a7c15ull + 1; }

_Noreturn void kernel_panic(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, what);
    abort();
}

status_t arch_check_object(word_t type, word_t size_bits, bool device, word_t *object_bits)
{
    (void)size_bits, (void)device;
    if (type != FAKE_FRAME_OBJECT)
        return fail_argument(0);
    *object_bits = SMALL_PAGE_BITS;
    return STATUS_OK;
}

struct cap arch_create_cap(word_t type, void *memory, bool device)
{
    (void)type;
    struct cap cap = cap_frame_set_ptr(cap_of_type(CAP_FRAME), memory);
    return cap_frame_set_device(cap_frame_set_rights(cap, RIGHT_READ | RIGHT_WRITE), device);
}

status_t arch_derive_cap(struct slot *slot, struct cap in, struct cap *out)
{
    (void)slot;
    *out = in;
    return STATUS_OK;
}

struct cap arch_mask_rights(struct cap cap, word_t rights)
{
    return cap_frame_set_rights(cap, cap_frame_rights(cap) & rights);
}

bool arch_same_object(struct cap a, struct cap b)
{
    return cap_type(a) == CAP_FRAME && cap_frame_ptr(a) == cap_frame_ptr(b);
}

bool arch_irq_pending(void) { return fake_random() % 3 == 0; }
bool arch_irq_valid(uint32_t irq) { return irq <= arch_irq_max; }
bool arch_irq_reserved(uint32_t irq) { return irq == 27; }
word_t arch_sanitise_spsr(word_t spsr) { return spsr; }
bool arch_valid_ipc_buffer(struct cap frame, word_t vaddr, status_t *why)
{
    (void)vaddr;
    if (cap_type(frame) == CAP_FRAME)
        return true;
    *why = fail(ERROR_ILLEGAL_OPERATION);
    return false;
}
word_t *arch_ipc_buffer(struct tcb *t, bool for_write)
{
    (void)for_write;
    for (unsigned i = 0; i < FAKE_THREADS; i++)
        if (t == fake_threads[i])
            return fake_buffers[i];
    return NULL;
}
uint64_t arch_now(void)
{
    static uint64_t now;
    return now += 10;
}
void memory_zero(void *p, word_t bytes) { memset(p, 0, bytes); }

void arch_finalise_cap(struct cap cap, bool final) { (void)cap, (void)final; }
status_t arch_decode(struct invocation *inv) { return (void)inv, fail(ERROR_ILLEGAL_OPERATION); }
void arch_irq_mask(uint32_t irq, bool masked) { (void)irq, (void)masked; }
void arch_irq_set_trigger(uint32_t irq, bool edge) { (void)irq, (void)edge; }
bool arch_sgi_valid(uint32_t irq, uint32_t target) { return irq < 16 && target == 0; }
void arch_sgi_send(uint32_t irq, uint32_t target) { (void)irq, (void)target; }
void arch_init_context(struct context *ctx) { (void)ctx; }
void arch_forget_thread(struct tcb *t) { (void)t; }
void arch_fpu_save(struct tcb *t) { (void)t; }
void arch_set_slice_timer(uint64_t deadline) { (void)deadline; }
void arch_clean_range(void *p, word_t bytes) { (void)p, (void)bytes; }
void console_putc(char c) { (void)c; }
void console_puts(const char *s) { (void)s; }
void console_hex(word_t v) { (void)v; }
void console_dec(word_t v) { (void)v; }
_Noreturn void arch_reset(void) { abort(); }
_Noreturn void arch_halt(void) { abort(); }
