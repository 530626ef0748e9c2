/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capability faults, and what happens when the handler of a fault is missing or too weak.
 */
#include "env.h"
#include "faulting.h"
#include "harness.h"

#define ABOVE (MAIN_PRIORITY + 1)

static void do_recv(seL4_Word cap)
{
    seL4_Recv(cap, 0);
    fault_result = 1;
}

static void do_nbrecv(seL4_Word cap)
{
    seL4_NBRecv(cap, 0);
    fault_result = 1;
}

static void do_send(seL4_Word cap)
{
    seL4_Send(cap, seL4_MessageInfo_new(0, 0, 0, 0));
    fault_result = 1;
}

static void do_nbsend(seL4_Word cap)
{
    seL4_NBSend(cap, seL4_MessageInfo_new(0, 0, 0, 0));
    fault_result = 1;
}

static void do_send_caps(seL4_Word cap)
{
    seL4_SetCap(0, cap);
    seL4_Send(seL4_CapInitThreadTCB, seL4_MessageInfo_new(0, 0, 1, 0));
    fault_result = 1;
}

static void do_call(seL4_Word cap)
{
    seL4_Call(cap, seL4_MessageInfo_new(0, 0, 0, 0));
    fault_result = 1;
}

static void check_cap_fault(seL4_Word cap, seL4_Word in_receive, seL4_Word lookup, seL4_Word bits_left)
{
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_Addr), cap);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_InRecvPhase), in_receive);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_LookupFailureType), lookup);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_BitsLeft), bits_left);
    EXPECT_EQ(fault_result, FAULT_PENDING);
}

static void receive_faults(void)
{
    static const thread_function receives[] = {do_recv, do_nbrecv};
    for (unsigned i = 0; i < 2; i++) {
        seL4_CPtr empty = new_slot(), tcb = new_tcb(), endpoint = new_endpoint();
        seL4_CPtr refused[] = {empty, tcb, mint(endpoint, seL4_CanWrite, 0),
                               mint(new_notification(), seL4_CanWrite, 1)};
        for (unsigned j = 0; j < 4; j++) {
            struct thread *thread = fault_start(receives[i], refused[j]);
            fault_receive(seL4_Fault_CapFault, 5);
            check_cap_fault(refused[j], 1, seL4_MissingCapability, 0);
            EXPECT_OK(seL4_TCB_Suspend(thread->tcb));
        }
    }
}

static void send_faults(void)
{
    /* An address that does not resolve: the root's guard is 0. */
    static const thread_function sends[] = {do_send, do_call, do_send_caps};
    seL4_CPtr address = 1UL << 40;
    seL4_Word guard_bits = 64 - env.bootinfo->initThreadCNodeSizeBits;
    for (unsigned i = 0; i < 3; i++) {
        fault_start(sends[i], address);
        fault_receive(seL4_Fault_CapFault, 7);
        check_cap_fault(address, 0, seL4_GuardMismatch, 64);
        EXPECT_EQ(seL4_GetMR(seL4_CapFault_GuardMismatch_GuardFound), 0);
        EXPECT_EQ(seL4_GetMR(seL4_CapFault_GuardMismatch_BitsFound), guard_bits);
    }
}

static void nbsend_does_not_fault(void)
{
    fault_start(do_nbsend, 1UL << 40);
    EXPECT_EQ(fault_result, 1);
}

static void cap_fault_repaired(void)
{
    seL4_CPtr slot = new_slot(), endpoint = new_endpoint();
    fault_start(do_nbrecv, slot);
    fault_receive(seL4_Fault_CapFault, 5);
    seL4_CPtr saved = new_slot();
    EXPECT_OK(seL4_CNode_SaveCaller(CNODE, saved, DEPTH));
    EXPECT_OK(seL4_CNode_Copy(CNODE, slot, DEPTH, CNODE, endpoint, DEPTH, seL4_AllRights));
    seL4_Send(saved, seL4_MessageInfo_new(0, 0, 0, 0));
    EXPECT_EQ(fault_result, 1);
}

static void small_cspace(void)
{
    /* A CSpace of one small CNode whose guard leaves bits over. */
    seL4_CPtr node = new_cnode(4);
    fault_handler_ep = new_endpoint();
    fault_result = FAULT_PENDING;
    EXPECT_OK(seL4_CNode_Mint(node, 2, 4, CNODE, fault_handler_ep, DEPTH, seL4_AllRights, FAULT_BADGE));
    struct thread *thread = spawn_suspended(do_call, 0x3000000000000000UL, ABOVE);
    seL4_Word guard = seL4_CNode_CapData_new(1, 3).words[0];
    seL4_CPtr fault_cptr = 1UL << 61 | 2UL << 57; /* guard, then slot 2; the rest is not translated */
    EXPECT_OK(seL4_TCB_SetSpace(thread->tcb, fault_cptr, node, guard, VSPACE, 0));
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    EXPECT_EQ(fault_result, 1); /* slot 8 is empty: the call is refused, no fault */
}

/* Handlers that cannot handle ------------------------------------------------------------------------------------ */

static void no_handler(void)
{
    struct thread *thread = spawn_suspended(fault_undefined, 1, ABOVE);
    fault_result = FAULT_PENDING;
    EXPECT_OK(seL4_TCB_SetSpace(thread->tcb, 0, CNODE, 0, VSPACE, 0));
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    EXPECT_EQ(fault_result, FAULT_PENDING);
    /* Resumed, it starts at the same instruction. */
    seL4_UserContext context = {0};
    EXPECT_OK(seL4_TCB_ReadRegisters(thread->tcb, 1, 0, sizeof(context) / sizeof(seL4_Word), &context));
    EXPECT_EQ(context.pc, fault_at_fault_undefined);
}

static void weak_handlers(void)
{
    seL4_CPtr endpoint = new_endpoint();
    seL4_CPtr weak[] = {mint(endpoint, seL4_CanWrite, 1), mint(endpoint, seL4_CapRights_new(1, 1, 1, 0), 1),
                        new_notification()};
    for (unsigned i = 0; i < 3; i++) {
        struct thread *thread = spawn_suspended(fault_undefined, 1, ABOVE);
        fault_result = FAULT_PENDING;
        EXPECT_OK(seL4_TCB_SetSpace(thread->tcb, weak[i], CNODE, 0, VSPACE, 0));
        EXPECT_OK(seL4_TCB_Resume(thread->tcb));
        seL4_Word badge = 0;
        EXPECT_EQ(seL4_MessageInfo_get_label(seL4_NBRecv(endpoint, &badge)), 0);
        EXPECT_EQ(badge, 0);
        EXPECT_EQ(fault_result, FAULT_PENDING);
    }
}

static void grant_reply_handler(void)
{
    fault_handler_ep = new_endpoint();
    struct thread *thread = spawn_suspended(fault_undefined, 77, ABOVE);
    seL4_CPtr cap = mint(fault_handler_ep, seL4_CapRights_new(1, 0, 0, 1), FAULT_BADGE);
    EXPECT_OK(seL4_TCB_SetSpace(thread->tcb, cap, CNODE, 0, VSPACE, 0));
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    fault_receive(seL4_Fault_UserException, seL4_UserException_Length);
    seL4_SetMR(0, (seL4_Word)fault_at_fault_undefined + 4);
    fault_reply(0, 1);
    EXPECT_EQ(fault_result, 77);
}

static const struct test_case cases[] = {
    {"fault.cap: receiving without a right or an object", receive_faults},
    {"fault.cap: sending to an address that does not resolve", send_faults},
    {"fault.cap: NBSend never faults", nbsend_does_not_fault},
    {"fault.cap: repaired and replied to, the receive goes on", cap_fault_repaired},
    {"fault.cap: a CSpace that translates seven bits", small_cspace},
    {"fault: without a handler the thread stops", no_handler},
    {"fault: handlers without the rights are none", weak_handlers},
    {"fault: write and grant-reply are enough for a handler", grant_reply_handler},
};
TEST_SUITE(cap_fault_suite, cases);
