/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notifications: signal, wait, poll, badges, queue order, bound notifications, and every refusal.
 */
#include "env.h"
#include "harness.h"

#define ABOVE (MAIN_PRIORITY + 1)

static volatile seL4_Word badges[4];
static volatile unsigned num_badges;
static seL4_CPtr shared_endpoint;

static void wait_once(seL4_Word notification)
{
    seL4_Word badge = 0;
    seL4_Wait(notification, &badge);
    badges[num_badges++ & 3] = badge;
}

static void badges_add_up(void)
{
    seL4_CPtr notification = new_notification();
    seL4_Word badge = 0;
    seL4_Signal(mint(notification, seL4_AllRights, 0x1));
    seL4_Signal(mint(notification, seL4_AllRights, 0x8000000000000004UL));
    seL4_Wait(notification, &badge);
    EXPECT_EQ(badge, 0x8000000000000005UL);
    seL4_Poll(notification, &badge);
    EXPECT_EQ(badge, 0);
}

static void unbadged_wakes(void)
{
    seL4_CPtr notification = new_notification();
    num_badges = 0;
    badges[0] = 9;
    spawn(wait_once, notification, ABOVE);
    EXPECT_EQ(num_badges, 0);
    seL4_Signal(notification);
    EXPECT_EQ(num_badges, 1);
    EXPECT_EQ(badges[0], 0);
}

static void unbadged_is_kept(void)
{
    /* Without a waiter the notification becomes active, with no bits set. */
    seL4_CPtr notification = new_notification();
    seL4_Word badge = 9;
    seL4_Signal(notification);
    seL4_Wait(notification, &badge);
    EXPECT_EQ(badge, 0);
}

static void first_in_first_out(void)
{
    seL4_CPtr notification = new_notification();
    num_badges = 0;
    spawn(wait_once, notification, ABOVE);
    spawn(wait_once, notification, ABOVE + 1);
    seL4_Signal(mint(notification, seL4_AllRights, 1));
    EXPECT_EQ(num_badges, 1);
    EXPECT_EQ(badges[0], 1);
    seL4_Signal(mint(notification, seL4_AllRights, 2));
    EXPECT_EQ(num_badges, 2);
    EXPECT_EQ(badges[1], 2);
}

static void send_and_call(void)
{
    /* Any way of sending is a signal; a call does not wait for an answer. */
    seL4_CPtr notification = new_notification(), badged = mint(notification, seL4_AllRights, 2);
    seL4_Word badge = 0;
    seL4_NBSend(badged, seL4_MessageInfo_new(7, 0, 0, 4));
    seL4_Poll(notification, &badge);
    EXPECT_EQ(badge, 2);
    seL4_Call(badged, seL4_MessageInfo_new(7, 0, 0, 4));
    seL4_Poll(notification, &badge);
    EXPECT_EQ(badge, 2);
}

static void signal_without_write(void)
{
    seL4_CPtr notification = new_notification(), deaf = mint(notification, seL4_CanRead, 2);
    seL4_Word badge = 9;
    seL4_Signal(deaf);
    seL4_Poll(notification, &badge);
    EXPECT_EQ(badge, 0);
    EXPECT_EQ(RAW(deaf, 0, 0, 0, 0), seL4_InvalidCapability);
    EXPECT_EQ(seL4_GetMR(0), 0);
}

static void delete_wakes_waiter(void)
{
    seL4_CPtr notification = new_notification();
    num_badges = 0;
    struct thread *thread = spawn(wait_once, notification, ABOVE);
    EXPECT_OK(seL4_TCB_SetSpace(thread->tcb, 0, CNODE, 0, VSPACE, 0));
    EXPECT_OK(seL4_CNode_Delete(CNODE, notification, DEPTH));
    EXPECT_EQ(num_badges, 0); /* its wait restarts, faults on the empty slot, and nobody handles that */
}

/* Bound notifications ------------------------------------------------------------------------------------------- */

static void receive_once(seL4_Word endpoint)
{
    seL4_Word badge = 0;
    seL4_MessageInfo_t info = seL4_Recv(endpoint, &badge);
    badges[0] = badge;
    badges[1] = seL4_MessageInfo_get_length(info);
    badges[2] = seL4_MessageInfo_get_label(info);
    num_badges++;
}

static void bound_delivers(void)
{
    seL4_CPtr notification = new_notification(), endpoint = new_endpoint();
    num_badges = 0;
    struct thread *thread = spawn(receive_once, endpoint, ABOVE);
    EXPECT_OK(seL4_TCB_BindNotification(thread->tcb, notification));
    EXPECT_EQ(num_badges, 0);
    seL4_Signal(mint(notification, seL4_AllRights, 0x10));
    EXPECT_EQ(num_badges, 1);
    EXPECT_EQ(badges[0], 0x10);
    EXPECT_EQ(badges[1], 0);
    EXPECT_EQ(badges[2], 0);
}

static void bound_pending(void)
{
    /* A signal that came before the receive is delivered by it, even when a sender waits too. */
    seL4_CPtr notification = new_notification(), endpoint = new_endpoint();
    num_badges = 0;
    struct thread *thread = spawn_suspended(receive_once, endpoint, ABOVE);
    EXPECT_OK(seL4_TCB_BindNotification(thread->tcb, notification));
    seL4_Signal(mint(notification, seL4_AllRights, 0x20));
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    EXPECT_EQ(num_badges, 1);
    EXPECT_EQ(badges[0], 0x20);
}

static void bound_in_wait(void)
{
    seL4_CPtr notification = new_notification();
    num_badges = 0;
    struct thread *thread = spawn_suspended(wait_once, notification, ABOVE);
    EXPECT_OK(seL4_TCB_BindNotification(thread->tcb, notification));
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    EXPECT_EQ(num_badges, 0);
    seL4_Signal(mint(notification, seL4_AllRights, 0x40));
    EXPECT_EQ(num_badges, 1);
    EXPECT_EQ(badges[0], 0x40);
}

static void unbound_again(void)
{
    seL4_CPtr notification = new_notification(), endpoint = new_endpoint();
    num_badges = 0;
    struct thread *thread = spawn(receive_once, endpoint, ABOVE);
    EXPECT_OK(seL4_TCB_BindNotification(thread->tcb, notification));
    EXPECT_OK(seL4_TCB_UnbindNotification(thread->tcb));
    seL4_Signal(mint(notification, seL4_AllRights, 0x10));
    EXPECT_EQ(num_badges, 0);
    EXPECT_ERR(seL4_TCB_UnbindNotification(thread->tcb), seL4_IllegalOperation);
    seL4_Word badge = 0;
    seL4_Poll(notification, &badge);
    EXPECT_EQ(badge, 0x10);
}

static void bind_refused(void)
{
    seL4_CPtr notification = new_notification(), endpoint = new_endpoint(), tcb = new_tcb(), other = new_tcb();
    EXPECT_ERR(seL4_TCB_BindNotification(tcb, endpoint), seL4_IllegalOperation);
    EXPECT_ERR(seL4_TCB_BindNotification(tcb, mint(notification, seL4_CanWrite, 0)), seL4_IllegalOperation);
    EXPECT_OK(seL4_TCB_BindNotification(tcb, mint(notification, seL4_CanRead, 3)));
    EXPECT_ERR(seL4_TCB_BindNotification(tcb, new_notification()), seL4_IllegalOperation);
    EXPECT_ERR(seL4_TCB_BindNotification(other, notification), seL4_IllegalOperation);
    EXPECT_EQ(RAW(other, TCBBindNotification, 0, 0), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(CNODE, TCBBindNotification, 1, 0), seL4_IllegalOperation);
    EXPECT_EQ(RAW(CNODE, TCBUnbindNotification, 0, 0), seL4_IllegalOperation);
    EXPECT_ERR(seL4_TCB_UnbindNotification(other), seL4_IllegalOperation);
}

static void bind_with_waiter_refused(void)
{
    seL4_CPtr notification = new_notification(), tcb = new_tcb();
    spawn(wait_once, notification, ABOVE);
    EXPECT_ERR(seL4_TCB_BindNotification(tcb, notification), seL4_IllegalOperation);
}

static void delete_unbinds(void)
{
    seL4_CPtr notification = new_notification(), other = new_notification(), tcb = new_tcb(), second = new_tcb();
    EXPECT_OK(seL4_TCB_BindNotification(tcb, notification));
    EXPECT_OK(seL4_CNode_Delete(CNODE, notification, DEPTH));
    EXPECT_ERR(seL4_TCB_UnbindNotification(tcb), seL4_IllegalOperation);
    EXPECT_OK(seL4_TCB_BindNotification(tcb, other));
    EXPECT_OK(seL4_CNode_Delete(CNODE, tcb, DEPTH));
    EXPECT_OK(seL4_TCB_BindNotification(second, other));
}

static void wait_on_foreign_bound(seL4_Word notification)
{
    seL4_Wait(notification, 0);
    num_badges++;
}

static void only_bound_thread_waits(void)
{
    seL4_CPtr notification = new_notification(), tcb = new_tcb(), handler = new_endpoint();
    num_badges = 0;
    EXPECT_OK(seL4_TCB_BindNotification(tcb, notification));
    struct thread *thread = spawn_suspended(wait_on_foreign_bound, notification, ABOVE);
    EXPECT_OK(seL4_TCB_SetSpace(thread->tcb, handler, CNODE, 0, VSPACE, 0));
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    EXPECT_EQ(seL4_MessageInfo_get_label(seL4_Recv(handler, 0)), seL4_Fault_CapFault);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_Addr), notification);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_InRecvPhase), 1);
    EXPECT_EQ(num_badges, 0);
}

static void send_later(seL4_Word endpoint)
{
    seL4_Send(endpoint, seL4_MessageInfo_new(5, 0, 0, 1));
    num_badges++;
}

static void bound_first_then_sender(void)
{
    seL4_CPtr notification = new_notification();
    shared_endpoint = new_endpoint();
    num_badges = 0;
    EXPECT_OK(seL4_TCB_BindNotification(seL4_CapInitThreadTCB, notification));
    spawn(send_later, shared_endpoint, ABOVE);
    seL4_Signal(mint(notification, seL4_AllRights, 0x80));
    seL4_Word badge = 0;
    seL4_MessageInfo_t first = seL4_Recv(shared_endpoint, &badge);
    EXPECT_EQ(badge, 0x80);
    EXPECT_EQ(seL4_MessageInfo_get_label(first), 0);
    EXPECT_EQ(num_badges, 0);
    EXPECT_EQ(seL4_MessageInfo_get_label(seL4_NBRecv(shared_endpoint, &badge)), 5);
    EXPECT_EQ(num_badges, 1);
    EXPECT_OK(seL4_TCB_UnbindNotification(seL4_CapInitThreadTCB));
}

static const struct test_case cases[] = {
    {"notification: badges add up, wait clears", badges_add_up},
    {"notification: an unbadged signal wakes", unbadged_wakes},
    {"notification: an unbadged signal is kept", unbadged_is_kept},
    {"notification: waiters are woken in order", first_in_first_out},
    {"notification: NBSend and Call signal too", send_and_call},
    {"notification: no signal without the write right", signal_without_write},
    {"notification: deletion wakes a waiter into a fault", delete_wakes_waiter},
    {"tcb.bind_notification: a signal ends a receive", bound_delivers},
    {"tcb.bind_notification: a pending signal is received at once", bound_pending},
    {"tcb.bind_notification: a wait on it works", bound_in_wait},
    {"tcb.bind_notification: a signal comes before a sender", bound_first_then_sender},
    {"tcb.bind_notification: refusals", bind_refused},
    {"tcb.bind_notification: not with a waiter", bind_with_waiter_refused},
    {"tcb.bind_notification: nobody else may wait", only_bound_thread_waits},
    {"tcb.unbind_notification: signals stay then", unbound_again},
    {"tcb.unbind_notification: deletion unbinds", delete_unbinds},
};
TEST_SUITE(notification_suite, cases);
