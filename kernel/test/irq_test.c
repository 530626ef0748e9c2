/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts: handler capabilities, triggers, delivery, acknowledgement. Sources that a test can fire at will: the
 * exported physical timer (30), the UART's transmit interrupt (33) and software generated interrupts.
 */
#include "counter.h"
#include "env.h"
#include "harness.h"

#define TIMER_IRQ 30
#define KERNEL_TIMER_IRQ 27
#define UART_IRQ 33
#define MAX_IRQ 159
#define LEVEL 0
#define EDGE 1

#define UART_REGISTER(offset) (*(volatile unsigned *)(UART_VADDR + (offset)))
#define UART_MASK UART_REGISTER(0x38)
#define UART_CLEAR UART_REGISTER(0x44)
#define UART_TRANSMIT (1u << 5)

static seL4_CPtr get(seL4_Word irq)
{
    seL4_CPtr handler = new_slot();
    return EXPECT_OK(seL4_IRQControl_Get(seL4_CapIRQControl, irq, CNODE, handler, DEPTH)) ? handler : 0;
}

static seL4_Word poll(seL4_CPtr notification)
{
    seL4_Word badge = 0;
    seL4_Poll(notification, &badge);
    return badge;
}

static void timer_fires(void)
{
    seL4_CPtr handler = get(TIMER_IRQ), notification = new_notification();
    seL4_Word badge = 0;
    REQUIRE_OK(seL4_IRQHandler_SetNotification(handler, mint(notification, seL4_AllRights, 0x11)));
    for (int round = 0; round < 3; round++) {
        seL4_Word deadline = counter() + counter_frequency() / 1000;
        timer_start(deadline);
        seL4_Wait(notification, &badge);
        EXPECT_EQ(badge, 0x11);
        EXPECT_TRUE(counter() >= deadline);
        timer_stop();
        EXPECT_OK(seL4_IRQHandler_Ack(handler));
    }
    EXPECT_EQ(poll(notification), 0);
}

static void masked_until_ack(void)
{
    /* The timer's line stays up; the interrupt comes again only after the acknowledgement. */
    seL4_CPtr handler = get(TIMER_IRQ), notification = new_notification();
    REQUIRE_OK(seL4_IRQHandler_SetNotification(handler, mint(notification, seL4_AllRights, 1)));
    timer_start(counter());
    seL4_Wait(notification, 0);
    for (int i = 0; i < 1000; i++) {
        seL4_Yield();
    }
    EXPECT_EQ(poll(notification), 0);
    EXPECT_OK(seL4_IRQHandler_Ack(handler));
    seL4_Word badge = 0;
    seL4_Wait(notification, &badge);
    EXPECT_EQ(badge, 1);
    timer_stop();
    EXPECT_OK(seL4_IRQHandler_Ack(handler));
}

static void preempts(void)
{
    /* An interrupt ends a spinning thread of lower priority. */
    seL4_CPtr handler = get(TIMER_IRQ), notification = new_notification();
    REQUIRE_OK(seL4_IRQHandler_SetNotification(handler, notification));
    timer_start(counter() + counter_frequency() / 500);
    seL4_Wait(notification, 0);
    timer_stop();
    EXPECT_OK(seL4_IRQHandler_Ack(handler));
}

static void cleared(void)
{
    seL4_CPtr handler = get(TIMER_IRQ), notification = new_notification();
    REQUIRE_OK(seL4_IRQHandler_SetNotification(handler, mint(notification, seL4_AllRights, 1)));
    EXPECT_OK(seL4_IRQHandler_Clear(handler));
    EXPECT_OK(seL4_IRQHandler_Clear(handler)); /* again: nothing happens */
    timer_start(counter());
    for (int i = 0; i < 1000; i++) {
        seL4_Yield();
    }
    EXPECT_EQ(poll(notification), 0);
    timer_stop();
    EXPECT_OK(seL4_IRQHandler_Ack(handler));
}

static void replaced_notification(void)
{
    seL4_CPtr handler = get(TIMER_IRQ), first = new_notification(), second = new_notification();
    REQUIRE_OK(seL4_IRQHandler_SetNotification(handler, mint(first, seL4_AllRights, 1)));
    REQUIRE_OK(seL4_IRQHandler_SetNotification(handler, mint(second, seL4_AllRights, 2)));
    timer_start(counter());
    seL4_Word badge = 0;
    seL4_Wait(second, &badge);
    EXPECT_EQ(badge, 2);
    EXPECT_EQ(poll(first), 0);
    timer_stop();
    EXPECT_OK(seL4_IRQHandler_Ack(handler));
}

static void deleted_handler(void)
{
    seL4_CPtr handler = get(TIMER_IRQ), notification = new_notification();
    REQUIRE_OK(seL4_IRQHandler_SetNotification(handler, mint(notification, seL4_AllRights, 1)));
    EXPECT_OK(seL4_CNode_Delete(CNODE, handler, DEPTH));
    timer_start(counter());
    for (int i = 0; i < 1000; i++) {
        seL4_Yield();
    }
    EXPECT_EQ(poll(notification), 0);
    timer_stop();
    handler = get(TIMER_IRQ);
    REQUIRE_OK(seL4_IRQHandler_SetNotification(handler, mint(notification, seL4_AllRights, 2)));
    EXPECT_OK(seL4_IRQHandler_Ack(handler));
    timer_start(counter() + 1000);
    seL4_Word badge = 0;
    seL4_Wait(notification, &badge);
    EXPECT_EQ(badge, 2);
    timer_stop();
    EXPECT_OK(seL4_IRQHandler_Ack(handler));
}

static void shared_interrupt(seL4_Word trigger)
{
    seL4_CPtr handler = new_slot(), notification = new_notification();
    seL4_Word badge = 0;
    REQUIRE_OK(seL4_IRQControl_GetTrigger(seL4_CapIRQControl, UART_IRQ, trigger, CNODE, handler, DEPTH));
    REQUIRE_OK(seL4_IRQHandler_SetNotification(handler, mint(notification, seL4_AllRights, 0x33)));
    UART_CLEAR = UART_TRANSMIT;
    UART_MASK = UART_TRANSMIT;
    put_string("# transmit interrupt\n");
    seL4_Wait(notification, &badge);
    EXPECT_EQ(badge, 0x33);
    UART_MASK = 0;
    UART_CLEAR = UART_TRANSMIT;
    EXPECT_OK(seL4_IRQHandler_Ack(handler));
    EXPECT_EQ(poll(notification), 0);
}

static void shared_level(void)
{
    shared_interrupt(LEVEL);
}

static void shared_edge(void)
{
    shared_interrupt(EDGE);
}

static void handlers_copied(void)
{
    seL4_CPtr handler = get(UART_IRQ), alias = copy(handler);
    EXPECT_OK(seL4_CNode_Revoke(CNODE, handler, DEPTH));
    EXPECT_TRUE(slot_is_empty(alias) && !slot_is_empty(handler));
    EXPECT_OK(seL4_CNode_Revoke(CNODE, seL4_CapIRQControl, DEPTH)); /* all handlers come from it */
    EXPECT_TRUE(slot_is_empty(handler));
    EXPECT_TRUE(get(UART_IRQ));
}

static void get_refused(void)
{
    seL4_CPtr slot = new_slot(), endpoint = new_endpoint(), control = seL4_CapIRQControl;
    EXPECT_ERR(seL4_IRQControl_Get(control, MAX_IRQ + 1, CNODE, slot, DEPTH), seL4_RangeError, 0, MAX_IRQ);
    EXPECT_ERR(seL4_IRQControl_Get(control, ~0UL, CNODE, slot, DEPTH), seL4_RangeError, 0, MAX_IRQ);
    EXPECT_ERR(seL4_IRQControl_Get(control, KERNEL_TIMER_IRQ, CNODE, slot, DEPTH), seL4_RevokeFirst);
    EXPECT_ERR(seL4_IRQControl_Get(control, UART_IRQ, CNODE, endpoint, DEPTH), seL4_DeleteFirst);
    EXPECT_ERR(seL4_IRQControl_Get(control, UART_IRQ, CNODE, slot, 65), seL4_RangeError, 1, 64);
    EXPECT_ERR(seL4_IRQControl_Get(control, UART_IRQ, endpoint, slot, DEPTH), seL4_FailedLookup, 0, seL4_InvalidRoot);
    EXPECT_EQ(RAW(control, IRQIssueIRQHandler, 1, 2, UART_IRQ, slot), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(control, IRQIssueIRQHandler, 0, 3, UART_IRQ, slot, DEPTH), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(control, IRQAckIRQ, 1, 3, UART_IRQ, slot, DEPTH), seL4_IllegalOperation);
    EXPECT_EQ(RAW(CNODE, IRQIssueIRQHandler, 1, 3, UART_IRQ, slot, DEPTH), seL4_IllegalOperation);
    EXPECT_TRUE(slot_is_empty(slot));
    EXPECT_OK(seL4_IRQControl_Get(control, UART_IRQ, CNODE, slot, DEPTH));
    EXPECT_ERR(seL4_IRQControl_Get(control, UART_IRQ, CNODE, new_slot(), DEPTH), seL4_RevokeFirst);
}

static void get_trigger_refused(void)
{
    seL4_CPtr slot = new_slot(), endpoint = new_endpoint(), control = seL4_CapIRQControl;
    EXPECT_ERR(seL4_IRQControl_GetTrigger(control, MAX_IRQ + 1, LEVEL, CNODE, slot, DEPTH), seL4_RangeError, 0,
               MAX_IRQ);
    EXPECT_ERR(seL4_IRQControl_GetTrigger(control, UART_IRQ, LEVEL, CNODE, endpoint, DEPTH), seL4_DeleteFirst);
    EXPECT_ERR(seL4_IRQControl_GetTrigger(control, UART_IRQ, LEVEL, CNODE, slot, 0), seL4_RangeError, 1, 64);
    EXPECT_ERR(seL4_IRQControl_GetTrigger(control, UART_IRQ, LEVEL, endpoint, slot, DEPTH), seL4_FailedLookup, 0,
               seL4_InvalidRoot);
    EXPECT_EQ(RAW(control, ARMIRQIssueIRQHandlerTrigger, 1, 3, UART_IRQ, LEVEL, slot), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(control, ARMIRQIssueIRQHandlerTrigger, 0, 4, UART_IRQ, LEVEL, slot, DEPTH), seL4_TruncatedMessage);
    EXPECT_OK(seL4_IRQControl_GetTrigger(control, UART_IRQ, LEVEL, CNODE, slot, DEPTH));
    EXPECT_ERR(seL4_IRQControl_GetTrigger(control, UART_IRQ, EDGE, CNODE, new_slot(), DEPTH), seL4_RevokeFirst);
}

static void handler_refused(void)
{
    seL4_CPtr handler = get(UART_IRQ), endpoint = new_endpoint(), notification = new_notification();
    EXPECT_ERR(seL4_IRQHandler_SetNotification(handler, endpoint), seL4_InvalidCapability, 0);
    EXPECT_ERR(seL4_IRQHandler_SetNotification(handler, mint(notification, seL4_CanRead, 1)), seL4_InvalidCapability,
               0);
    EXPECT_EQ(RAW(handler, IRQSetIRQHandler, 0, 0), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(handler, TCBSuspend, 0, 0), seL4_IllegalOperation);
    EXPECT_EQ(RAW(CNODE, IRQAckIRQ, 0, 0), seL4_IllegalOperation);
    EXPECT_EQ(RAW(CNODE, IRQSetIRQHandler, 1, 0), seL4_IllegalOperation);
    EXPECT_EQ(RAW(CNODE, IRQClearIRQHandler, 0, 0), seL4_IllegalOperation);
    EXPECT_EQ(RAW(new_slot(), IRQAckIRQ, 0, 0), seL4_InvalidCapability);
}

static void software_interrupt(void)
{
    seL4_CPtr sgi = new_slot(), handler = get(5), notification = new_notification();
    seL4_Word badge = 0;
    REQUIRE_OK(seL4_IRQControl_IssueSGISignal(seL4_CapIRQControl, 5, 0, CNODE, sgi, DEPTH));
    REQUIRE_OK(seL4_IRQHandler_SetNotification(handler, mint(notification, seL4_AllRights, 5)));
    for (int round = 0; round < 2; round++) {
        seL4_Signal(sgi);
        seL4_Wait(notification, &badge);
        EXPECT_EQ(badge, 5);
        EXPECT_OK(seL4_IRQHandler_Ack(handler));
    }
    seL4_CPtr alias = copy(sgi);
    seL4_NBSend(alias, seL4_MessageInfo_new(0, 0, 0, 0));
    seL4_Wait(notification, &badge);
    EXPECT_EQ(badge, 5);
    EXPECT_OK(seL4_IRQHandler_Ack(handler));
}

static void software_interrupt_refused(void)
{
    seL4_CPtr slot = new_slot(), endpoint = new_endpoint(), control = seL4_CapIRQControl;
    EXPECT_ERR(seL4_IRQControl_IssueSGISignal(control, 16, 0, CNODE, slot, DEPTH), seL4_RangeError, 0, 15);
    EXPECT_ERR(seL4_IRQControl_IssueSGISignal(control, 1, 0, CNODE, endpoint, DEPTH), seL4_DeleteFirst);
    EXPECT_ERR(seL4_IRQControl_IssueSGISignal(control, 1, 0, endpoint, slot, DEPTH), seL4_FailedLookup, 0,
               seL4_InvalidRoot);
    EXPECT_ERR(seL4_IRQControl_IssueSGISignal(control, 1, 0, CNODE, slot, 65), seL4_RangeError, 1, 64);
    EXPECT_EQ(RAW(control, ARMIRQIssueSGISignal, 1, 3, 1, 0, slot), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(control, ARMIRQIssueSGISignal, 0, 4, 1, 0, slot, DEPTH), seL4_TruncatedMessage);
    EXPECT_TRUE(slot_is_empty(slot));
}

static const struct test_case cases[] = {
    {"irq: the exported timer fires", timer_fires},
    {"irq_handler.ack: the interrupt is masked until then", masked_until_ack},
    {"irq: a spinning thread is preempted", preempts},
    {"irq_handler.clear: nothing is signalled", cleared},
    {"irq_handler.set_notification: the last one counts", replaced_notification},
    {"irq_handler: deleted, and issued again", deleted_handler},
    {"irq_handler: copies, revocation", handlers_copied},
    {"irq_handler: refusals", handler_refused},
    {"irq_control.get: refusals", get_refused},
    {"irq_control.get_trigger: level, with a shared interrupt", shared_level},
    {"irq_control.get_trigger: edge, with a shared interrupt", shared_edge},
    {"irq_control.get_trigger: refusals", get_trigger_refused},
    {"irq_control.issue_sgi_signal: signals arrive as interrupts", software_interrupt},
    {"irq_control.issue_sgi_signal: refusals", software_interrupt_refused},
};
TEST_SUITE(irq_suite, cases);
