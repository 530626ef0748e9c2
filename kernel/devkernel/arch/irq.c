/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts: the lines that user space may own, and delivery. The controller itself is gic2.c or gic3.c. */

#include "arch.h"
#include "sysreg.h"

enum { SGI_COUNT = 16 };
#define ISR_IRQ_PENDING (1ull << 7)

uint32_t arch_irq_max;
static const struct irq_controller *controller;

/* Controllers need not let software-generated interrupts be disabled, so their mask is kept here: one that fires
 * while masked is remembered and raised again when it is unmasked. */
static uint32_t sgi_unmasked, sgi_waiting;

void irq_init(void)
{
    controller = platform.gic_version == 3 ? &gic3_controller : &gic2_controller;
    uint32_t lines = controller->init();
    arch_irq_max = (lines < platform.irq_limit ? lines : platform.irq_limit) - 1;
}

bool arch_irq_valid(uint32_t irq)
{
    return irq <= arch_irq_max;
}

bool arch_irq_reserved(uint32_t irq)
{
    return irq == platform.timer_irq;
}

void arch_irq_mask(uint32_t irq, bool masked)
{
    ASSERT(arch_irq_valid(irq));
    if (irq >= SGI_COUNT) {
        controller->mask(irq, masked);
    } else if (masked) {
        sgi_unmasked &= ~(1u << irq);
    } else {
        sgi_unmasked |= 1u << irq;
        if (sgi_waiting & 1u << irq) {
            sgi_waiting &= ~(1u << irq);
            controller->send_sgi_to_self(irq);
        }
    }
}

void arch_irq_set_trigger(uint32_t irq, bool edge)
{
    if (irq >= SGI_COUNT) { /* software-generated ones are edges by nature */
        controller->set_trigger(irq, edge);
    }
}

bool arch_irq_pending(void)
{
    return READ_SYSREG("isr_el1") & ISR_IRQ_PENDING;
}

bool arch_sgi_valid(uint32_t irq, uint32_t target)
{
    return irq < SGI_COUNT && controller->sgi_target_valid(target);
}

void arch_sgi_send(uint32_t irq, uint32_t target)
{
    controller->send_sgi(irq, target);
}

void irq_dispatch(void)
{
    uint32_t token, irq = controller->acknowledge(&token);
    if (irq >= MAX_IRQS) {
        return; /* it went away meanwhile */
    }
    if (irq == platform.timer_irq) {
        timer_interrupt();
        controller->finish(token);
        return;
    }
    if (irq < SGI_COUNT && !(sgi_unmasked & 1u << irq)) {
        sgi_waiting |= 1u << irq;
        controller->finish(token);
        return;
    }
    arch_irq_mask(irq, true); /* until its owner acknowledges it */
    controller->finish(token);
    handle_interrupt_signal(irq);
}
