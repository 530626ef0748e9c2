/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that go away while something still uses them: queues, replies, address spaces, a thread's own capabilities;
 * and a long random run of messages between threads.
 */
#include "counter.h"
#include "env.h"
#include "harness.h"
#include "vspace.h"

#define ABOVE (MAIN_PRIORITY + 1)
#define ATTR seL4_ARM_Default_VMAttributes

static volatile seL4_Word progress, last_badge;

static void do_send(seL4_Word endpoint)
{
    seL4_Send(endpoint, seL4_MessageInfo_new(1, 0, 0, 0));
    progress++;
}

static void do_recv(seL4_Word endpoint)
{
    seL4_Word badge = 0;
    seL4_Recv(endpoint, &badge);
    last_badge = badge;
    progress++;
}

static void do_call(seL4_Word endpoint)
{
    seL4_Call(endpoint, seL4_MessageInfo_new(1, 0, 0, 0));
    progress++;
}

/* Three threads in a queue; the first, middle or last one goes, the others are served in order. */
static void queue_without(int gone, int by_delete)
{
    seL4_CPtr endpoint = new_endpoint();
    struct thread *senders[3];
    seL4_Word badge = 0;
    progress = 0;
    for (seL4_Word i = 0; i < 3; i++) {
        senders[i] = spawn(do_send, mint(endpoint, seL4_AllRights, i + 1), ABOVE);
    }
    if (by_delete) {
        EXPECT_OK(seL4_CNode_Delete(CNODE, senders[gone]->tcb, DEPTH));
    } else {
        EXPECT_OK(seL4_TCB_Suspend(senders[gone]->tcb));
    }
    for (int i = 0; i < 3; i++) {
        if (i != gone) {
            seL4_NBRecv(endpoint, &badge);
            EXPECT_EQ(badge, i + 1);
        }
    }
    seL4_NBRecv(endpoint, &badge);
    EXPECT_EQ(badge, 0);
    EXPECT_EQ(progress, 2);
}

static void queue_deletions(void)
{
    for (int gone = 0; gone < 3; gone++) {
        queue_without(gone, 1);
        env_end_case();
        env_begin_case();
    }
}

static void queue_suspensions(void)
{
    for (int gone = 0; gone < 3; gone++) {
        queue_without(gone, 0);
        env_end_case();
        env_begin_case();
    }
}

static void receiver_queue(void)
{
    seL4_CPtr endpoint = new_endpoint();
    progress = 0;
    struct thread *first = spawn(do_recv, endpoint, ABOVE);
    spawn(do_recv, endpoint, ABOVE);
    EXPECT_OK(seL4_CNode_Delete(CNODE, first->tcb, DEPTH));
    seL4_NBSend(mint(endpoint, seL4_AllRights, 5), seL4_MessageInfo_new(0, 0, 0, 0));
    EXPECT_EQ(progress, 1);
    EXPECT_EQ(last_badge, 5);
    seL4_NBSend(endpoint, seL4_MessageInfo_new(0, 0, 0, 0)); /* nobody left */
    EXPECT_EQ(progress, 1);
}

static void bound_receiver_leaves_queue(void)
{
    /* A signal takes a bound receiver out of the endpoint's queue; the next message goes to the one behind it. */
    seL4_CPtr endpoint = new_endpoint(), notification = new_notification();
    progress = 0;
    struct thread *first = spawn(do_recv, endpoint, ABOVE);
    EXPECT_OK(seL4_TCB_BindNotification(first->tcb, notification));
    spawn(do_recv, endpoint, ABOVE);
    seL4_Signal(mint(notification, seL4_AllRights, 7));
    EXPECT_EQ(progress, 1);
    EXPECT_EQ(last_badge, 7);
    seL4_NBSend(mint(endpoint, seL4_AllRights, 8), seL4_MessageInfo_new(0, 0, 0, 0));
    EXPECT_EQ(progress, 2);
    EXPECT_EQ(last_badge, 8);
}

static void caller_deleted(void)
{
    seL4_CPtr endpoint = new_endpoint(), saved = new_slot();
    progress = 0;
    struct thread *caller = spawn(do_call, endpoint, ABOVE);
    seL4_Recv(endpoint, 0);
    EXPECT_OK(seL4_CNode_SaveCaller(CNODE, saved, DEPTH));
    EXPECT_OK(seL4_CNode_Delete(CNODE, caller->tcb, DEPTH));
    EXPECT_TRUE(slot_is_empty(saved));
    struct thread *second = spawn(do_call, endpoint, ABOVE);
    seL4_Recv(endpoint, 0);
    EXPECT_OK(seL4_CNode_Delete(CNODE, second->tcb, DEPTH));
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0)); /* the thread's own reply slot is empty too */
    EXPECT_EQ(progress, 0);
}

static void reply_after_yield(void)
{
    seL4_CPtr endpoint = new_endpoint();
    progress = 0;
    spawn(do_call, endpoint, ABOVE);
    seL4_Recv(endpoint, 0);
    seL4_Yield();
    EXPECT_EQ(progress, 0);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    EXPECT_EQ(progress, 1);
}

static void delete_own_tcb(seL4_Word unused)
{
    (void)unused;
    progress++;
    seL4_CNode_Delete(CNODE, thread_self()->tcb, DEPTH);
    progress++;
}

static void suicide(void)
{
    progress = 0;
    struct thread *thread = spawn(delete_own_tcb, 0, ABOVE);
    EXPECT_EQ(progress, 1);
    EXPECT_TRUE(slot_is_empty(thread->tcb));
}

static void revoke_own_memory(seL4_Word untyped)
{
    progress++;
    seL4_CNode_Revoke(CNODE, untyped, DEPTH);
    progress++;
}

static void revoked_by_itself(void)
{
    /* The thread lives in the untyped that it revokes. */
    seL4_CPtr untyped = new_untyped(seL4_TCBBits), arena = env.arena;
    progress = 0;
    env.arena = untyped;
    spawn(revoke_own_memory, untyped, ABOVE);
    env.arena = arena;
    EXPECT_EQ(progress, 1);
    EXPECT_OK(seL4_CNode_Revoke(CNODE, untyped, DEPTH));
    EXPECT_OK(seL4_Untyped_Retype(untyped, seL4_TCBObject, 0, CNODE, 0, 0, new_slot(), 1));
}

static void buffer_deleted(void)
{
    /* Without the frame of its IPC buffer a thread has four message registers. */
    seL4_CPtr endpoint = new_endpoint(), frame = new_frame();
    map_tables(VSPACE, TEST_VADDR, 3);
    REQUIRE_OK(seL4_ARM_Page_Map(frame, VSPACE, TEST_VADDR, seL4_ReadWrite, ATTR));
    struct thread *receiver = spawn_suspended(do_recv, endpoint, ABOVE);
    receiver->tls[2] = TEST_VADDR;
    EXPECT_OK(seL4_TCB_SetIPCBuffer(receiver->tcb, TEST_VADDR, frame));
    EXPECT_OK(seL4_TCB_Resume(receiver->tcb));
    seL4_CPtr alias = copy(frame);
    EXPECT_OK(seL4_CNode_Revoke(CNODE, frame, DEPTH));
    EXPECT_TRUE(slot_is_empty(alias));
    progress = 0;
    seL4_SetMR(10, 4711);
    seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 20));
    EXPECT_EQ(progress, 1);
    EXPECT_EQ(WORD_AT(TEST_VADDR + 8 + 10 * 8), 0); /* the page is still mapped here, and nobody wrote to it */
}

static void two_level_cspace(seL4_Word address)
{
    seL4_Signal(address);
    progress++;
    seL4_Send(address + (1UL << 52), seL4_MessageInfo_new(0, 0, 0, 0)); /* an empty slot: nothing happens */
    progress++;
}

static void nested_addresses(void)
{
    /* 4 bits of root, a guard of 3 bits, 5 bits of inner node, and 52 bits that nothing translates. */
    seL4_CPtr root = new_cnode(4), inner = new_cnode(5), notification = new_notification();
    seL4_Word guard = seL4_CNode_CapData_new(5, 3).words[0], badge = 0;
    EXPECT_OK(seL4_CNode_Mint(root, 9, 4, CNODE, inner, DEPTH, seL4_AllRights, guard));
    EXPECT_OK(seL4_CNode_Mint(inner, 17, 5, CNODE, notification, DEPTH, seL4_AllRights, 0x99));
    progress = 0;
    struct thread *thread = spawn_suspended(two_level_cspace, 9UL << 60 | 5UL << 57 | 17UL << 52, ABOVE);
    EXPECT_OK(seL4_TCB_SetSpace(thread->tcb, 0, root, 0, VSPACE, 0));
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    EXPECT_EQ(progress, 2);
    seL4_Poll(notification, &badge);
    EXPECT_EQ(badge, 0x99);
}

static void address_space_first(void)
{
    /* The VSpace goes before what is mapped in it; the rest can be used elsewhere. */
    seL4_CPtr vspace = new_vspace(), page = new_frame(), table = new_object(seL4_ARM_PageTableObject, 0);
    map_tables(vspace, TEST_VADDR, 2);
    REQUIRE_OK(seL4_ARM_PageTable_Map(table, vspace, TEST_VADDR, ATTR));
    REQUIRE_OK(seL4_ARM_Page_Map(page, vspace, TEST_VADDR, seL4_ReadWrite, ATTR));
    EXPECT_OK(seL4_CNode_Delete(CNODE, vspace, DEPTH));
    EXPECT_OK(seL4_ARM_Page_Unmap(page));
    EXPECT_OK(seL4_ARM_PageTable_Unmap(table));
    map_tables(VSPACE, TEST_VADDR, 2);
    EXPECT_OK(seL4_ARM_PageTable_Map(table, VSPACE, TEST_VADDR, ATTR));
    EXPECT_OK(seL4_ARM_Page_Map(page, VSPACE, TEST_VADDR, seL4_ReadWrite, ATTR));
    EXPECT_EQ(WORD_AT(TEST_VADDR), 0);
}

static void no_stale_translations(void)
{
    /* Frames take turns at one address; each time the new one must be seen at once. */
    seL4_CPtr frames[4];
    map_tables(VSPACE, TEST_VADDR, 3);
    for (seL4_Word i = 0; i < 4; i++) {
        frames[i] = new_frame();
        REQUIRE_OK(seL4_ARM_Page_Map(frames[i], VSPACE, TEST_VADDR, seL4_ReadWrite, ATTR));
        WORD_AT(TEST_VADDR) = i + 100;
        EXPECT_OK(seL4_ARM_Page_Unmap(frames[i]));
    }
    for (seL4_Word round = 0; round < 40; round++) {
        REQUIRE_OK(seL4_ARM_Page_Map(frames[round % 4], VSPACE, TEST_VADDR, seL4_ReadWrite, ATTR));
        EXPECT_EQ(WORD_AT(TEST_VADDR), round % 4 + 100);
        EXPECT_OK(seL4_ARM_Page_Unmap(frames[round % 4]));
    }
}

static void spin(seL4_Word unused)
{
    (void)unused;
    for (;;) {
        progress++;
    }
}

static void long_operations(void)
{
    /* Interrupts during a long zeroing must not disturb it, and must arrive. */
    seL4_CPtr untyped = new_untyped(24), handler = new_slot(), notification = new_notification(), page = new_slot();
    REQUIRE_OK(seL4_IRQControl_Get(seL4_CapIRQControl, 30, CNODE, handler, DEPTH));
    REQUIRE_OK(seL4_IRQHandler_SetNotification(handler, mint(notification, seL4_AllRights, 1)));
    spawn(spin, 0, MAIN_PRIORITY); /* time slices end meanwhile */
    for (int round = 0; round < 4; round++) {
        seL4_CPtr pages = new_slots(8);
        timer_start(counter() + 1000);
        REQUIRE_OK(seL4_Untyped_Retype(untyped, seL4_ARM_LargePageObject, 0, CNODE, 0, 0, pages, 8));
        seL4_Word badge = 0;
        seL4_Wait(notification, &badge);
        EXPECT_EQ(badge, 1);
        timer_stop();
        EXPECT_OK(seL4_IRQHandler_Ack(handler));
        EXPECT_EQ(seL4_ARM_Page_GetAddress(pages + 7).paddr - seL4_ARM_Page_GetAddress(pages).paddr, 7UL << 21);
        timer_start(counter() + 100);
        REQUIRE_OK(seL4_CNode_Revoke(CNODE, untyped, DEPTH));
        seL4_Wait(notification, &badge);
        timer_stop();
        EXPECT_OK(seL4_IRQHandler_Ack(handler));
    }
    EXPECT_OK(seL4_Untyped_Retype(untyped, seL4_ARM_SmallPageObject, 0, CNODE, 0, 0, page, 1));
    EXPECT_TRUE(progress > 0);
}

/* Random messages ------------------------------------------------------------------------------------------------ */

#define NUM_PEERS 4
#define MESSAGES 3000
static seL4_CPtr hub;
static volatile seL4_Word sent[NUM_PEERS], answered[NUM_PEERS];
static struct thread *peers[NUM_PEERS];

static void chat(seL4_Word peer)
{
    seL4_Word random = peer * 7919 + 1;
    for (;;) {
        random = random * 6364136223846793005UL + 1442695040888963407UL;
        seL4_Word length = (random >> 33) % 12;
        seL4_SetMR(0, peer);
        for (seL4_Word i = 1; i < length; i++) {
            seL4_SetMR((int)i, random + i);
        }
        sent[peer]++;
        if (random >> 60 < 4) {
            seL4_Send(hub, seL4_MessageInfo_new(1, 0, 0, length ? length : 1));
        } else {
            seL4_MessageInfo_t info = seL4_Call(hub, seL4_MessageInfo_new(2, 0, 0, length ? length : 1));
            answered[peer] += seL4_MessageInfo_get_label(info) == 3 && seL4_GetMR(0) == peer;
        }
    }
}

static void random_messages(void)
{
    seL4_Word received[NUM_PEERS] = {0}, random = 99, calls = 0, answers = 0;
    hub = new_endpoint();
    for (seL4_Word i = 0; i < NUM_PEERS; i++) {
        sent[i] = answered[i] = 0;
        peers[i] = spawn(chat, i, MAIN_PRIORITY - 1 + i % 3);
    }
    for (int message = 0; message < MESSAGES; message++) {
        random = random * 6364136223846793005UL + 1442695040888963407UL;
        seL4_MessageInfo_t info = seL4_Recv(hub, 0);
        seL4_Word peer = seL4_GetMR(0);
        if (!EXPECT_TRUE(peer < NUM_PEERS)) {
            return;
        }
        received[peer]++;
        for (int i = 2; i < (int)seL4_MessageInfo_get_length(info); i++) {
            EXPECT_EQ(seL4_GetMR(i), seL4_GetMR(i - 1) + 1);
        }
        if (random >> 61 == 0) { /* its priority changes while it waits for the answer, or runs */
            seL4_Word priority = MAIN_PRIORITY - 1 + (random >> 40) % 3;
            EXPECT_OK(seL4_TCB_SetPriority(peers[peer]->tcb, seL4_CapInitThreadTCB, priority));
        }
        if (seL4_MessageInfo_get_label(info) == 2) {
            calls++;
            seL4_SetMR(0, peer);
            seL4_Reply(seL4_MessageInfo_new(3, 0, 0, 1));
        }
    }
    for (seL4_Word i = 0; i < NUM_PEERS; i++) {
        EXPECT_OK(seL4_TCB_Suspend(peers[i]->tcb));
        EXPECT_TRUE(sent[i] == received[i] || sent[i] == received[i] + 1); /* at most one is on its way */
        answers += answered[i];
    }
    EXPECT_TRUE(answers <= calls && answers + NUM_PEERS >= calls);
}

static const struct test_case cases[] = {
    {"lifecycle: deleted senders leave their queue", queue_deletions},
    {"lifecycle: suspended senders leave their queue", queue_suspensions},
    {"lifecycle: a deleted receiver leaves its queue", receiver_queue},
    {"lifecycle: a signalled receiver leaves its queue", bound_receiver_leaves_queue},
    {"lifecycle: a deleted caller takes its reply along", caller_deleted},
    {"lifecycle: a reply outlives a yield", reply_after_yield},
    {"lifecycle: a thread deletes itself", suicide},
    {"lifecycle: a thread revokes the memory that it lives in", revoked_by_itself},
    {"lifecycle: the frame of an IPC buffer goes away", buffer_deleted},
    {"lifecycle: a CSpace of two levels", nested_addresses},
    {"lifecycle: an address space goes before its pages", address_space_first},
    {"lifecycle: no stale translations", no_stale_translations},
    {"lifecycle: interrupts during long operations", long_operations},
    {"lifecycle: random messages between threads", random_messages},
};
TEST_SUITE(lifecycle_suite, cases);
