/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities in messages: who may send them, where they arrive, unwrapping, and what ends a transfer early.
 */
#include "env.h"
#include "harness.h"

#define ABOVE (MAIN_PRIORITY + 1)

/* What the receiving thread finds; it receives into the slot that is named here. */
static struct {
    seL4_CPtr endpoint, slot;
    seL4_Word depth;
    volatile seL4_Word extra, unwrapped, length, badges[3], messages;
} receiver;

static void receive(seL4_Word reply)
{
    seL4_SetCapReceivePath(CNODE, receiver.slot, receiver.depth);
    for (;;) {
        seL4_MessageInfo_t info = seL4_Recv(receiver.endpoint, 0);
        receiver.extra = seL4_MessageInfo_get_extraCaps(info);
        receiver.unwrapped = seL4_MessageInfo_get_capsUnwrapped(info);
        receiver.length = seL4_MessageInfo_get_length(info);
        for (int i = 0; i < 3; i++) {
            receiver.badges[i] = seL4_GetBadge(i);
        }
        receiver.messages++;
        if (reply) { /* sends this capability back */
            seL4_SetCap(0, reply);
            seL4_Reply(seL4_MessageInfo_new(0, 0, 1, 0));
        }
    }
}

static void start_receiver(seL4_CPtr receive_endpoint, seL4_CPtr reply)
{
    receiver.endpoint = receive_endpoint;
    receiver.slot = new_slot();
    receiver.depth = DEPTH;
    receiver.messages = 0;
    receiver.extra = receiver.unwrapped = 99;
    spawn(receive, reply, ABOVE);
}

static void send_caps(seL4_CPtr through, seL4_Word count, seL4_CPtr a, seL4_CPtr b, seL4_CPtr c)
{
    seL4_SetCap(0, a);
    seL4_SetCap(1, b);
    seL4_SetCap(2, c);
    seL4_Send(through, seL4_MessageInfo_new(0, 0, count, 0));
}

static void one_capability(void)
{
    seL4_CPtr endpoint = new_endpoint(), notification = new_notification();
    start_receiver(endpoint, 0);
    send_caps(endpoint, 1, mint(notification, seL4_AllRights, 6), 0, 0);
    EXPECT_EQ(receiver.extra, 1);
    EXPECT_EQ(receiver.unwrapped, 0);
    seL4_Word badge = 0;
    seL4_Signal(receiver.slot);
    seL4_Poll(notification, &badge);
    EXPECT_EQ(badge, 6);
}

static void transferred_is_derived(void)
{
    seL4_CPtr endpoint = new_endpoint(), notification = new_notification();
    start_receiver(endpoint, 0);
    send_caps(endpoint, 1, notification, 0, 0);
    EXPECT_TRUE(!slot_is_empty(receiver.slot) && !slot_is_empty(notification));
    EXPECT_OK(seL4_CNode_Revoke(CNODE, notification, DEPTH));
    EXPECT_TRUE(slot_is_empty(receiver.slot));
}

static void without_grant(void)
{
    seL4_CPtr endpoint = new_endpoint();
    start_receiver(endpoint, 0);
    send_caps(mint(endpoint, seL4_CapRights_new(1, 0, 1, 1), 0), 1, new_notification(), 0, 0);
    EXPECT_EQ(receiver.messages, 1);
    EXPECT_EQ(receiver.extra, 0);
    EXPECT_TRUE(slot_is_empty(receiver.slot));
}

static void receiver_without_grant(void)
{
    /* Only the sender's right counts for a send. */
    seL4_CPtr endpoint = new_endpoint();
    start_receiver(mint(endpoint, seL4_CanRead, 0), 0);
    send_caps(endpoint, 1, new_notification(), 0, 0);
    EXPECT_EQ(receiver.extra, 1);
}

static void unwrapped(void)
{
    seL4_CPtr endpoint = new_endpoint();
    start_receiver(endpoint, 0);
    send_caps(endpoint, 2, mint(endpoint, seL4_AllRights, 0x51), mint(endpoint, seL4_NoRights, 0x52), 0);
    EXPECT_EQ(receiver.extra, 2);
    EXPECT_EQ(receiver.unwrapped, 3);
    EXPECT_EQ(receiver.badges[0], 0x51);
    EXPECT_EQ(receiver.badges[1], 0x52);
    EXPECT_TRUE(slot_is_empty(receiver.slot));
}

static void mixed(void)
{
    seL4_CPtr endpoint = new_endpoint();
    start_receiver(endpoint, 0);
    seL4_CPtr first = mint(endpoint, seL4_AllRights, 0x61), last = mint(endpoint, seL4_AllRights, 0x62);
    send_caps(endpoint, 3, first, new_notification(), last);
    EXPECT_EQ(receiver.extra, 3);
    EXPECT_EQ(receiver.unwrapped, 5);
    EXPECT_EQ(receiver.badges[0], 0x61);
    EXPECT_EQ(receiver.badges[2], 0x62);
    EXPECT_TRUE(!slot_is_empty(receiver.slot));
}

static void only_one_slot(void)
{
    seL4_CPtr endpoint = new_endpoint();
    start_receiver(endpoint, 0);
    send_caps(endpoint, 2, new_notification(), new_notification(), 0);
    EXPECT_EQ(receiver.extra, 1);
    EXPECT_TRUE(!slot_is_empty(receiver.slot));
}

static void slot_taken(void)
{
    seL4_CPtr endpoint = new_endpoint(), other = new_endpoint();
    receiver.endpoint = endpoint;
    start_receiver(endpoint, 0);
    send_caps(endpoint, 1, other, 0, 0);
    EXPECT_EQ(receiver.extra, 1);
    send_caps(endpoint, 2, mint(endpoint, seL4_AllRights, 0x71), other, 0);
    EXPECT_EQ(receiver.messages, 2);
    EXPECT_EQ(receiver.extra, 1); /* unwrapping goes on until a slot is needed */
    EXPECT_EQ(receiver.unwrapped, 1);
    EXPECT_EQ(receiver.badges[0], 0x71);
}

static void underivable(void)
{
    seL4_CPtr endpoint = new_endpoint();
    start_receiver(endpoint, 0);
    send_caps(endpoint, 1, seL4_CapIRQControl, 0, 0);
    EXPECT_EQ(receiver.messages, 1);
    EXPECT_EQ(receiver.extra, 0);
    EXPECT_TRUE(slot_is_empty(receiver.slot));
}

static void missing_source(void)
{
    /* Found out before anything is sent: an error for a call. */
    seL4_CPtr endpoint = new_endpoint(), empty = new_slot();
    start_receiver(endpoint, 0);
    seL4_SetCap(0, new_notification());
    seL4_SetCap(1, empty);
    seL4_MessageInfo_t info = seL4_Call(CNODE, seL4_MessageInfo_new(CNodeCopy, 0, 2, 5));
    EXPECT_EQ(receiver.messages, 0);
    EXPECT_EQ(seL4_MessageInfo_get_label(info), seL4_FailedLookup);
}

static void replied(void)
{
    seL4_CPtr endpoint = new_endpoint(), notification = new_notification(), slot = new_slot();
    start_receiver(endpoint, notification);
    seL4_SetCapReceivePath(CNODE, slot, DEPTH);
    seL4_MessageInfo_t info = seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
    EXPECT_EQ(seL4_MessageInfo_get_extraCaps(info), 1);
    EXPECT_TRUE(!slot_is_empty(slot));
}

static void replied_without_grant(void)
{
    /* The right to send capabilities in a reply is that of the endpoint capability that was received through. */
    seL4_CPtr endpoint = new_endpoint(), notification = new_notification(), slot = new_slot();
    start_receiver(mint(endpoint, seL4_CanRead, 0), notification);
    seL4_SetCapReceivePath(CNODE, slot, DEPTH);
    seL4_MessageInfo_t info = seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
    EXPECT_EQ(seL4_MessageInfo_get_extraCaps(info), 0);
    EXPECT_TRUE(slot_is_empty(slot));
}

static const struct test_case cases[] = {
    {"transfer: one capability arrives with its badge", one_capability},
    {"transfer: what arrives is derived from what was sent", transferred_is_derived},
    {"transfer: nothing without the grant right", without_grant},
    {"transfer: the receiver needs no grant right", receiver_without_grant},
    {"transfer: capabilities to the endpoint are unwrapped", unwrapped},
    {"transfer: unwrapped and transferred in one message", mixed},
    {"transfer: one slot, one capability", only_one_slot},
    {"transfer: a taken slot ends it", slot_taken},
    {"transfer: a capability that cannot be derived ends it", underivable},
    {"transfer: a missing capability stops the send", missing_source},
    {"transfer: in a reply", replied},
    {"transfer: not in a reply without the receiver's grant right", replied_without_grant},
};
TEST_SUITE(transfer_suite, cases);
