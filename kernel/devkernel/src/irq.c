/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupt capabilities: IRQControl makes handlers, a handler binds a line to a notification. One slot a line holds
 * the notification capability that is signalled. */
#include "portable.h"

#define MAX_LINES 1024 /* GIC: interrupt numbers are below 1020 */

static struct slot line_slots[MAX_LINES];
static bool line_active[MAX_LINES]; /* a handler capability exists */

void handle_interrupt_signal(uint32_t irq)
{
    if (irq >= MAX_LINES)
        return;
    struct cap cap = line_slots[irq].cap;
    if (cap_type(cap) == CAP_NOTIFICATION)
        notification_signal(cap_notification_ptr(cap), cap_notification_badge(cap));
}

void irq_deactivate(uint32_t irq)
{
    arch_irq_mask(irq, true);
    line_active[irq] = false;
    if (!slot_is_empty(&line_slots[irq]))
        slot_delete(&line_slots[irq]);
}

static status_t check_line(word_t irq)
{
    if (irq > arch_irq_max || irq >= MAX_LINES || (!arch_irq_valid((uint32_t)irq) && !arch_irq_reserved((uint32_t)irq)))
        return fail_range(0, arch_irq_max);
    if (line_active[irq] || arch_irq_reserved((uint32_t)irq))
        return fail(ERROR_REVOKE_FIRST);
    return STATUS_OK;
}

static status_t issue_handler(struct invocation *inv, bool with_trigger)
{
    struct tcb *t = current_thread;
    word_t base = with_trigger ? 2 : 1; /* message register of the slot's index */
    if (inv->length < base + 2 || !inv->extra[0])
        return fail(ERROR_TRUNCATED_MESSAGE);
    word_t line = msg_get(t, 0);
    status_t status = check_line(line);
    if (status != STATUS_OK)
        return status;
    struct slot *dest;
    status = lookup_empty_slot(inv->extra[0]->cap, msg_get(t, base), msg_get(t, base + 1), &dest);
    if (status != STATUS_OK)
        return status;
    uint32_t irq = (uint32_t)line;
    if (with_trigger)
        arch_irq_set_trigger(irq, msg_get(t, 1) != 0);
    line_active[irq] = true;
    cap_insert(dest, cap_irq_handler_set_irq(cap_of_type(CAP_IRQ_HANDLER), irq), inv->slot, true);
    arch_irq_mask(irq, false);
    return STATUS_OK;
}

static status_t issue_sgi(struct invocation *inv)
{
    enum { SGI_MAX = 15, TARGET_MAX = 7 };
    struct tcb *t = current_thread;
    if (inv->length < 4 || !inv->extra[0])
        return fail(ERROR_TRUNCATED_MESSAGE);
    word_t irq = msg_get(t, 0), target = msg_get(t, 1);
    if (irq > SGI_MAX)
        return fail_range(0, SGI_MAX);
    if (target > UINT32_MAX || !arch_sgi_valid((uint32_t)irq, (uint32_t)target))
        return fail_range(0, TARGET_MAX);
    struct slot *dest;
    status_t status = lookup_empty_slot(inv->extra[0]->cap, msg_get(t, 2), msg_get(t, 3), &dest);
    if (status != STATUS_OK)
        return status;
    cap_insert(dest, cap_sgi_set_target(cap_sgi_set_irq(cap_of_type(CAP_SGI_SIGNAL), irq), target), inv->slot, true);
    return STATUS_OK;
}

status_t decode_irq_control(struct invocation *inv)
{
    switch (inv->label) {
    case LABEL_IRQ_ISSUE_HANDLER:
        return issue_handler(inv, false);
    case LABEL_ARM_IRQ_ISSUE_HANDLER_TRIGGER:
        return issue_handler(inv, true);
    case LABEL_ARM_IRQ_ISSUE_SGI_SIGNAL:
        return issue_sgi(inv);
    default:
        return fail(ERROR_ILLEGAL_OPERATION);
    }
}

static status_t set_notification(struct invocation *inv, uint32_t irq)
{
    if (!inv->extra[0])
        return fail(ERROR_TRUNCATED_MESSAGE);
    struct slot *source = inv->extra[0];
    struct cap cap = source->cap;
    if (cap_type(cap) != CAP_NOTIFICATION || !(cap_notification_rights(cap) & RIGHT_WRITE))
        return fail_capability(0);
    slot_delete(&line_slots[irq]); /* a notification capability: done in one step */
    cap_insert(&line_slots[irq], cap, source, false);
    return STATUS_OK;
}

status_t decode_irq_handler(struct invocation *inv)
{
    uint32_t irq = (uint32_t)cap_irq_handler_irq(inv->slot->cap);
    switch (inv->label) {
    case LABEL_IRQ_ACK:
        arch_irq_mask(irq, false);
        return STATUS_OK;
    case LABEL_IRQ_SET_HANDLER:
        return set_notification(inv, irq);
    case LABEL_IRQ_CLEAR_HANDLER:
        slot_delete(&line_slots[irq]);
        return STATUS_OK;
    default:
        return fail(ERROR_ILLEGAL_OPERATION);
    }
}

/* Whatever the message says, invoking the capability sends the interrupt. */
status_t decode_sgi(struct invocation *inv)
{
    arch_sgi_send((uint32_t)cap_sgi_irq(inv->slot->cap), (uint32_t)cap_sgi_target(inv->slot->cap));
    return STATUS_OK;
}
