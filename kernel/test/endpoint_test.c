/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Endpoints: the seven operations, message registers, badges, queues, calls and replies. Capability transfer is in
 * transfer_test.c.
 */
#include "env.h"
#include "harness.h"

#define ABOVE (MAIN_PRIORITY + 1)
#define MSG(label, length) seL4_MessageInfo_new(label, 0, 0, length)

static volatile seL4_Word progress, got_label, got_length, got_badge, got_words[4];

static void keep(seL4_MessageInfo_t info, seL4_Word badge)
{
    got_label = seL4_MessageInfo_get_label(info);
    got_length = seL4_MessageInfo_get_length(info);
    got_badge = badge;
    for (int i = 0; i < 4; i++) {
        got_words[i] = seL4_GetMR(i);
    }
    progress++;
}

static void set_words(seL4_Word base, int count)
{
    for (int i = 0; i < count; i++) {
        seL4_SetMR(i, base + (seL4_Word)i);
    }
}

/* Threads that do one thing with the endpoint that they are given. */
static void do_send(seL4_Word endpoint)
{
    set_words(10, 6);
    seL4_Send(endpoint, MSG(77, 6));
    progress++;
}

static void do_recv(seL4_Word endpoint)
{
    seL4_Word badge = 0;
    seL4_MessageInfo_t info = seL4_Recv(endpoint, &badge);
    keep(info, badge);
}

static void do_call(seL4_Word endpoint)
{
    set_words(20, 2);
    seL4_MessageInfo_t info = seL4_Call(endpoint, MSG(5, 2));
    keep(info, 0);
}

static void do_serve(seL4_Word endpoint)
{
    seL4_Word badge = 0;
    seL4_MessageInfo_t info = seL4_Recv(endpoint, &badge);
    for (;;) {
        seL4_Word sum = 0;
        for (int i = 0; i < (int)seL4_MessageInfo_get_length(info); i++) {
            sum += seL4_GetMR(i);
        }
        seL4_SetMR(0, sum);
        seL4_SetMR(1, badge);
        info = seL4_ReplyRecv(endpoint, MSG(seL4_MessageInfo_get_label(info) + 1, 2), &badge);
    }
}

static void send_then_recv(void)
{
    seL4_CPtr endpoint = new_endpoint(), badged = mint(endpoint, seL4_AllRights, 0x8000000000000123UL);
    seL4_Word badge = 0;
    progress = 0;
    spawn(do_send, badged, ABOVE);
    EXPECT_EQ(progress, 0);
    seL4_MessageInfo_t info = seL4_Recv(endpoint, &badge);
    EXPECT_EQ(progress, 1);
    EXPECT_EQ(seL4_MessageInfo_get_label(info), 77);
    EXPECT_EQ(seL4_MessageInfo_get_length(info), 6);
    EXPECT_EQ(seL4_MessageInfo_get_extraCaps(info), 0);
    EXPECT_EQ(badge, 0x8000000000000123UL);
    for (int i = 0; i < 6; i++) {
        EXPECT_EQ(seL4_GetMR(i), 10 + i);
    }
}

static void recv_then_send(void)
{
    seL4_CPtr endpoint = new_endpoint(), badged = mint(endpoint, seL4_AllRights, 3);
    progress = 0;
    spawn(do_recv, endpoint, ABOVE);
    set_words(100, 4);
    seL4_Send(badged, MSG(9, 3));
    EXPECT_EQ(progress, 1);
    EXPECT_EQ(got_label, 9);
    EXPECT_EQ(got_length, 3);
    EXPECT_EQ(got_badge, 3);
    EXPECT_EQ(got_words[2], 102);
}

static void nbsend(void)
{
    seL4_CPtr endpoint = new_endpoint();
    progress = 0;
    seL4_NBSend(endpoint, MSG(1, 0)); /* nobody receives: dropped */
    spawn(do_recv, endpoint, ABOVE);
    EXPECT_EQ(progress, 0);
    seL4_NBSend(endpoint, MSG(2, 0));
    EXPECT_EQ(progress, 1);
    EXPECT_EQ(got_label, 2);
}

static void nbrecv(void)
{
    seL4_CPtr endpoint = new_endpoint(), badged = mint(endpoint, seL4_AllRights, 8);
    seL4_Word badge = 9;
    progress = 0;
    seL4_NBRecv(endpoint, &badge);
    EXPECT_EQ(badge, 0); /* nothing there */
    spawn(do_send, badged, ABOVE);
    EXPECT_EQ(seL4_MessageInfo_get_label(seL4_NBRecv(endpoint, &badge)), 77);
    EXPECT_EQ(badge, 8);
    EXPECT_EQ(progress, 1);
}

static void call_and_reply(void)
{
    seL4_CPtr endpoint = new_endpoint();
    progress = 0;
    spawn(do_call, endpoint, ABOVE);
    EXPECT_EQ(seL4_MessageInfo_get_label(seL4_Recv(endpoint, 0)), 5);
    EXPECT_EQ(seL4_GetMR(1), 21);
    EXPECT_EQ(progress, 0);
    set_words(40, 4);
    seL4_Reply(MSG(6, 4));
    EXPECT_EQ(progress, 1);
    EXPECT_EQ(got_label, 6);
    EXPECT_EQ(got_length, 4);
    EXPECT_EQ(got_words[3], 43);
    seL4_Reply(MSG(7, 0)); /* no caller left: nothing happens */
    EXPECT_EQ(progress, 1);
}

static void call_and_reply_recv(void)
{
    seL4_CPtr endpoint = new_endpoint(), badged = mint(endpoint, seL4_AllRights, 66);
    spawn(do_serve, endpoint, ABOVE);
    for (seL4_Word round = 0; round < 20; round++) {
        set_words(round, 5);
        seL4_MessageInfo_t info = seL4_Call(badged, MSG(round, 5));
        EXPECT_EQ(seL4_MessageInfo_get_label(info), round + 1);
        EXPECT_EQ(seL4_MessageInfo_get_length(info), 2);
        EXPECT_EQ(seL4_GetMR(0), 5 * round + 10);
        EXPECT_EQ(seL4_GetMR(1), 66);
    }
}

static void call_blocks_until_served(void)
{
    seL4_CPtr endpoint = new_endpoint();
    spawn(do_serve, endpoint, MAIN_PRIORITY - 1); /* lower: the call has to block first */
    set_words(1, 2);
    EXPECT_EQ(seL4_MessageInfo_get_label(seL4_Call(endpoint, MSG(3, 2))), 4);
    EXPECT_EQ(seL4_GetMR(0), 3);
}

static void long_messages(void)
{
    seL4_CPtr endpoint = new_endpoint();
    spawn(do_serve, endpoint, ABOVE);
    set_words(1, seL4_MsgMaxLength);
    seL4_Call(endpoint, MSG(0, seL4_MsgMaxLength));
    EXPECT_EQ(seL4_GetMR(0), 120 * 121 / 2);
    seL4_SetMR(0, 1);
    seL4_Call(endpoint, MSG(0, 127)); /* more than there is: cut to 120 */
    EXPECT_EQ(seL4_GetMR(0), 120 * 121 / 2 - 2 + 0);
}

static void wide_labels(void)
{
    seL4_CPtr endpoint = new_endpoint();
    progress = 0;
    spawn(do_recv, endpoint, ABOVE);
    seL4_Send(endpoint, MSG(0xfffffffffffffUL, 0));
    EXPECT_EQ(got_label, 0xfffffffffffffUL);
}

static void senders_queue(void)
{
    seL4_CPtr endpoint = new_endpoint();
    seL4_Word badge = 0;
    spawn(do_send, mint(endpoint, seL4_AllRights, 1), ABOVE);
    spawn(do_send, mint(endpoint, seL4_AllRights, 2), ABOVE + 2);
    spawn(do_send, mint(endpoint, seL4_AllRights, 3), ABOVE + 1);
    for (seL4_Word want = 1; want <= 3; want++) {
        seL4_Recv(endpoint, &badge);
        EXPECT_EQ(badge, want);
    }
}

static void without_write(void)
{
    seL4_CPtr endpoint = new_endpoint(), readable = mint(endpoint, seL4_CanRead, 1);
    progress = 0;
    spawn(do_recv, endpoint, ABOVE);
    seL4_Send(readable, MSG(1, 0));
    seL4_NBSend(readable, MSG(1, 0));
    EXPECT_EQ(progress, 0);
    EXPECT_EQ(seL4_MessageInfo_get_label(seL4_Call(readable, MSG(1, 0))), seL4_InvalidCapability);
    EXPECT_EQ(seL4_GetMR(0), 0);
    EXPECT_EQ(progress, 0);
}

static void call_without_grant(void)
{
    /* The message arrives, but there is nobody to reply to: the caller stays suspended. */
    seL4_CPtr endpoint = new_endpoint();
    progress = 0;
    struct thread *caller = spawn(do_call, mint(endpoint, seL4_ReadWrite, 0), ABOVE);
    EXPECT_EQ(seL4_MessageInfo_get_label(seL4_Recv(endpoint, 0)), 5);
    seL4_CPtr saved = new_slot();
    EXPECT_OK(seL4_CNode_SaveCaller(CNODE, saved, DEPTH));
    EXPECT_TRUE(slot_is_empty(saved));
    seL4_Reply(MSG(6, 0));
    EXPECT_EQ(progress, 0);
    EXPECT_OK(seL4_TCB_Suspend(caller->tcb));
}

static void call_with_grant_reply(void)
{
    seL4_CPtr endpoint = new_endpoint();
    progress = 0;
    spawn(do_call, mint(endpoint, seL4_CapRights_new(1, 0, 0, 1), 0), ABOVE);
    seL4_Recv(endpoint, 0);
    seL4_Reply(MSG(6, 0));
    EXPECT_EQ(progress, 1);
}

static void saved_caller(void)
{
    seL4_CPtr endpoint = new_endpoint(), saved = new_slot(), moved = new_slot(), taken = new_endpoint();
    progress = 0;
    spawn(do_call, endpoint, ABOVE);
    seL4_Recv(endpoint, 0);
    EXPECT_ERR(seL4_CNode_SaveCaller(CNODE, taken, DEPTH), seL4_DeleteFirst);
    EXPECT_OK(seL4_CNode_SaveCaller(CNODE, saved, DEPTH));
    EXPECT_TRUE(!slot_is_empty(saved));
    seL4_Reply(MSG(1, 0)); /* it is no longer in the thread's own slot */
    EXPECT_EQ(progress, 0);
    EXPECT_ERR(seL4_CNode_Copy(CNODE, new_slot(), DEPTH, CNODE, saved, DEPTH, seL4_AllRights), seL4_IllegalOperation);
    EXPECT_OK(seL4_CNode_Move(CNODE, moved, DEPTH, CNODE, saved, DEPTH));
    seL4_Send(moved, MSG(12, 0));
    EXPECT_EQ(progress, 1);
    EXPECT_EQ(got_label, 12);
    EXPECT_TRUE(slot_is_empty(moved)); /* used up */
}

static void two_saved_callers(void)
{
    seL4_CPtr endpoint = new_endpoint(), saved = new_slots(2);
    progress = 0;
    spawn(do_call, endpoint, ABOVE);
    spawn(do_call, endpoint, ABOVE);
    for (int i = 0; i < 2; i++) {
        seL4_Recv(endpoint, 0);
        EXPECT_OK(seL4_CNode_SaveCaller(CNODE, saved + (seL4_CPtr)i, DEPTH));
    }
    seL4_Send(saved + 1, MSG(1, 0));
    EXPECT_EQ(progress, 1);
    EXPECT_OK(seL4_CNode_Delete(CNODE, saved, DEPTH)); /* that caller waits for ever */
    EXPECT_EQ(progress, 1);
}

static void suspended_caller(void)
{
    /* The reply capability goes when its thread can no longer be replied to. */
    seL4_CPtr endpoint = new_endpoint(), saved = new_slot();
    progress = 0;
    struct thread *caller = spawn(do_call, endpoint, ABOVE);
    seL4_Recv(endpoint, 0);
    EXPECT_OK(seL4_CNode_SaveCaller(CNODE, saved, DEPTH));
    EXPECT_OK(seL4_TCB_Suspend(caller->tcb));
    EXPECT_TRUE(slot_is_empty(saved));
}

static void overwritten_caller(void)
{
    /* Receiving again drops the reply that was owed. */
    seL4_CPtr endpoint = new_endpoint();
    progress = 0;
    spawn(do_call, endpoint, ABOVE);
    seL4_Recv(endpoint, 0);
    seL4_NBRecv(endpoint, 0);
    seL4_Reply(MSG(1, 0));
    EXPECT_EQ(progress, 0);
}

static void endpoint_deleted_before_reply(void)
{
    seL4_CPtr endpoint = new_endpoint();
    progress = 0;
    spawn(do_call, endpoint, ABOVE);
    seL4_Recv(endpoint, 0);
    EXPECT_OK(seL4_CNode_Delete(CNODE, endpoint, DEPTH));
    seL4_Reply(MSG(1, 0));
    EXPECT_EQ(progress, 1);
}

static void cancelled_by_badge(void)
{
    seL4_CPtr endpoint = new_endpoint(), lasting = mint(endpoint, seL4_AllRights, 4);
    seL4_CPtr four = mint(endpoint, seL4_AllRights, 4), five = mint(endpoint, seL4_AllRights, 5);
    seL4_Word badge = 0;
    progress = 0;
    spawn(do_send, four, ABOVE);
    spawn(do_send, five, ABOVE);
    EXPECT_OK(seL4_CNode_Delete(CNODE, four, DEPTH));
    EXPECT_EQ(progress, 0);
    /* The cancelled send starts again and finds an empty slot, through which nothing is sent. */
    EXPECT_OK(seL4_CNode_CancelBadgedSends(CNODE, lasting, DEPTH));
    EXPECT_EQ(progress, 1);
    seL4_Recv(endpoint, &badge);
    EXPECT_EQ(badge, 5);
    seL4_NBRecv(endpoint, &badge);
    EXPECT_EQ(badge, 0);
}

static void empty_slot(void)
{
    seL4_CPtr empty = new_slot();
    seL4_Send(empty, MSG(0, 0));
    seL4_NBSend(empty, MSG(0, 0));
    EXPECT_EQ(seL4_MessageInfo_get_label(seL4_Call(empty, MSG(0, 0))), seL4_InvalidCapability);
    EXPECT_EQ(seL4_GetMR(0), 0);
}

static void suspended_sender(void)
{
    seL4_CPtr endpoint = new_endpoint();
    seL4_Word badge = 7;
    progress = 0;
    struct thread *sender = spawn(do_send, mint(endpoint, seL4_AllRights, 9), ABOVE);
    EXPECT_OK(seL4_TCB_Suspend(sender->tcb));
    seL4_NBRecv(endpoint, &badge);
    EXPECT_EQ(badge, 0);
    EXPECT_OK(seL4_TCB_Resume(sender->tcb)); /* it sends again */
    seL4_NBRecv(endpoint, &badge);
    EXPECT_EQ(badge, 9);
    EXPECT_EQ(progress, 1);
}

static const struct test_case cases[] = {
    {"endpoint.send: blocks until it is received", send_then_recv},
    {"endpoint.recv: blocks until something is sent", recv_then_send},
    {"endpoint.nbsend: dropped without a receiver", nbsend},
    {"endpoint.nbrecv: returns without a sender", nbrecv},
    {"endpoint.call, reply: once", call_and_reply},
    {"endpoint.call, reply_recv: many rounds", call_and_reply_recv},
    {"endpoint.call: blocks until it is served", call_blocks_until_served},
    {"endpoint: 120 words, and not more", long_messages},
    {"endpoint: labels have 52 bits", wide_labels},
    {"endpoint: senders queue first in, first out", senders_queue},
    {"endpoint: nothing is sent without the write right", without_write},
    {"endpoint.call: without grant rights there is no reply", call_without_grant},
    {"endpoint.call: the grant-reply right is enough for a reply", call_with_grant_reply},
    {"cnode.save_caller: a saved reply works once", saved_caller},
    {"cnode.save_caller: two callers, any order", two_saved_callers},
    {"endpoint.call: suspending the caller drops the reply", suspended_caller},
    {"endpoint.recv: drops an owed reply", overwritten_caller},
    {"endpoint.reply: works after the endpoint is gone", endpoint_deleted_before_reply},
    {"cnode.cancel_badged_sends: cancels that badge only", cancelled_by_badge},
    {"endpoint: sending through an empty slot does nothing, calling is refused", empty_slot},
    {"endpoint.send: suspend takes a sender out of the queue", suspended_sender},
};
TEST_SUITE(endpoint_suite, cases);
