/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address space identifiers, and threads that run in address spaces of their own.
 */
#include "env.h"
#include "harness.h"
#include "vspace.h"

#define ABOVE (MAIN_PRIORITY + 1)
#define ATTR seL4_ARM_Default_VMAttributes

extern char isolated_code[], isolated_code_end[];
/* Runs in another address space: sends the word at x9 to the endpoint in x10, then blocks. */
__asm__(".text\n"
        "isolated_code:\n"
        "    ldr x2, [x9]\n"
        "    mov x0, x10\n"
        "    mov x1, #1\n"
        "    mov x7, #-3\n"
        "    svc #0\n"
        "    b isolated_code\n"
        "isolated_code_end:\n");

static seL4_Error make_pool(seL4_CPtr untyped, seL4_CPtr slot)
{
    return seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, untyped, CNODE, slot, DEPTH);
}

static void pool_works(void)
{
    seL4_CPtr pool = new_slot(), vspace = new_object(seL4_ARM_VSpaceObject, 0), unassigned;
    REQUIRE_OK(make_pool(new_untyped(seL4_ASIDPoolBits), pool));
    EXPECT_OK(seL4_ARM_ASIDPool_Assign(pool, vspace));
    unassigned = new_object(seL4_ARM_VSpaceObject, 0);
    map_tables(vspace, TEST_VADDR, 1);
    EXPECT_ERR(seL4_ARM_PageTable_Map(new_object(seL4_ARM_PageTableObject, 0), unassigned, TEST_VADDR, ATTR),
               seL4_InvalidCapability, 1);
}

static void pool_refused(void)
{
    seL4_CPtr untyped = new_untyped(seL4_ASIDPoolBits), slot = new_slot(), endpoint = new_endpoint();
    seL4_CPtr used = new_untyped(seL4_ASIDPoolBits);
    EXPECT_OK(seL4_Untyped_Retype(used, seL4_EndpointObject, 0, CNODE, 0, 0, new_slot(), 1));
    EXPECT_ERR(make_pool(new_untyped(13), slot), seL4_InvalidCapability, 1);
    EXPECT_ERR(make_pool(new_untyped(11), slot), seL4_InvalidCapability, 1);
    EXPECT_ERR(make_pool(endpoint, slot), seL4_InvalidCapability, 1);
    EXPECT_ERR(make_pool(used, slot), seL4_RevokeFirst);
    EXPECT_ERR(make_pool(untyped, endpoint), seL4_DeleteFirst);
    EXPECT_ERR(seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, untyped, endpoint, slot, DEPTH),
               seL4_FailedLookup, 0);
    EXPECT_ERR(seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, untyped, CNODE, slot, 0), seL4_RangeError, 1, 64);
    EXPECT_EQ(RAW(seL4_CapASIDControl, ARMASIDControlMakePool, 2, 1, slot), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(seL4_CapASIDControl, ARMASIDControlMakePool, 1, 2, slot, DEPTH), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(seL4_CapASIDControl, ARMASIDPoolAssign, 2, 2, slot, DEPTH), seL4_IllegalOperation);
    EXPECT_EQ(RAW(CNODE, ARMASIDControlMakePool, 2, 2, slot, DEPTH), seL4_IllegalOperation);
    EXPECT_TRUE(slot_is_empty(slot));
    EXPECT_OK(make_pool(untyped, slot));
}

static void pools_run_out(void)
{
    /* One pool is the initial thread's; each of the others has its own part of the numbers. */
    seL4_CPtr slot = new_slots(1 << seL4_NumASIDPoolsBits);
    int made = 0;
    while (made < 1 << seL4_NumASIDPoolsBits && !make_pool(new_untyped(seL4_ASIDPoolBits), slot + (seL4_CPtr)made)) {
        made++;
    }
    EXPECT_EQ(made, (1 << seL4_NumASIDPoolsBits) - 1);
    EXPECT_ERR(make_pool(new_untyped(seL4_ASIDPoolBits), new_slot()), seL4_DeleteFirst);
    EXPECT_OK(seL4_CNode_Delete(CNODE, slot, DEPTH));
    EXPECT_OK(make_pool(new_untyped(seL4_ASIDPoolBits), slot));
}

static void assign_refused(void)
{
    seL4_CPtr vspace = new_vspace(), endpoint = new_endpoint();
    EXPECT_ERR(seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace), seL4_InvalidCapability, 1);
    EXPECT_ERR(seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, endpoint), seL4_InvalidCapability, 1);
    EXPECT_EQ(RAW(seL4_CapInitThreadASIDPool, ARMASIDPoolAssign, 0, 0), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(seL4_CapInitThreadASIDPool, ARMASIDControlMakePool, 1, 0), seL4_IllegalOperation);
    EXPECT_EQ(RAW(CNODE, ARMASIDPoolAssign, 1, 0), seL4_IllegalOperation);
}

static void pool_full(void)
{
    seL4_CPtr pool = new_slot(), vspaces = new_slots(513);
    REQUIRE_OK(make_pool(new_untyped(seL4_ASIDPoolBits), pool));
    for (int i = 0; i < 513; i++) {
        REQUIRE_OK(seL4_Untyped_Retype(env.arena, seL4_ARM_VSpaceObject, 0, CNODE, 0, 0, vspaces + (seL4_CPtr)i, 1));
    }
    int assigned = 0;
    while (assigned < 513 && !seL4_ARM_ASIDPool_Assign(pool, vspaces + (seL4_CPtr)assigned)) {
        assigned++;
    }
    /* Number 0 stands for "none" and belongs to the first pool; the others give out all of theirs. */
    EXPECT_EQ(assigned, 512);
    EXPECT_ERR(seL4_ARM_ASIDPool_Assign(pool, vspaces + 512), seL4_DeleteFirst);
    EXPECT_OK(seL4_CNode_Delete(CNODE, vspaces, DEPTH));
    EXPECT_OK(seL4_ARM_ASIDPool_Assign(pool, vspaces + 512));
}

/* Makes an address space with the code above at TEST_VADDR and a page with this word behind it. */
static seL4_CPtr isolated_space(seL4_Word value)
{
    seL4_CPtr vspace = new_vspace(), code = new_frame(), data = new_frame();
    seL4_CPtr code_alias = copy(code), data_alias = copy(data);
    seL4_Word window = TEST_VADDR + value * 0x10000;
    EXPECT_OK(seL4_ARM_Page_Map(code_alias, VSPACE, window, seL4_ReadWrite, ATTR));
    EXPECT_OK(seL4_ARM_Page_Map(data_alias, VSPACE, window + 0x1000, seL4_ReadWrite, ATTR));
    for (seL4_Word i = 0; i < (seL4_Word)(isolated_code_end - isolated_code); i += 4) {
        *(volatile unsigned *)(window + i) = *(unsigned *)(isolated_code + i);
    }
    WORD_AT(window + 0x1000) = value;
    EXPECT_OK(seL4_ARM_Page_Unify_Instruction(code_alias, 0, 4096));
    map_tables(vspace, TEST_VADDR, 3);
    EXPECT_OK(seL4_ARM_Page_Map(code, vspace, TEST_VADDR, seL4_CanRead, ATTR));
    EXPECT_OK(seL4_ARM_Page_Map(data, vspace, TEST_VADDR + 0x1000, seL4_CanRead, ATTR | seL4_ARM_ExecuteNever));
    return vspace;
}

static seL4_CPtr start_isolated(seL4_CPtr vspace, seL4_CPtr endpoint, seL4_CPtr fault_endpoint)
{
    seL4_CPtr tcb = new_tcb();
    seL4_UserContext context = {0};
    context.pc = TEST_VADDR;
    context.x9 = TEST_VADDR + 0x1000;
    context.x10 = endpoint;
    EXPECT_OK(seL4_TCB_Configure(tcb, fault_endpoint, CNODE, 0, vspace, 0, 0, 0));
    EXPECT_OK(seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, ABOVE, ABOVE));
    EXPECT_OK(seL4_TCB_WriteRegisters(tcb, 1, 0, sizeof(context) / sizeof(seL4_Word), &context));
    return tcb;
}

static void isolation(void)
{
    seL4_CPtr endpoint = new_endpoint();
    seL4_Word badge = 0;
    map_tables(VSPACE, TEST_VADDR, 3);
    for (seL4_Word value = 1; value <= 3; value++) {
        start_isolated(isolated_space(value), mint(endpoint, seL4_AllRights, value), env.fault_ep);
    }
    for (int round = 0; round < 9; round++) {
        seL4_Recv(endpoint, &badge);
        EXPECT_EQ(seL4_GetMR(0), badge); /* the same address, each space's own page */
    }
}

static void space_deleted(void)
{
    /* A thread whose space has lost its last capability outside the thread still runs; without its pages it faults. */
    seL4_CPtr endpoint = new_endpoint(), handler = new_endpoint();
    map_tables(VSPACE, TEST_VADDR, 3);
    seL4_CPtr vspace = isolated_space(5), tcb = start_isolated(vspace, endpoint, handler);
    seL4_Recv(endpoint, 0);
    EXPECT_EQ(seL4_GetMR(0), 5);
    EXPECT_OK(seL4_TCB_Suspend(tcb));
    EXPECT_OK(seL4_CNode_Revoke(CNODE, vspace, DEPTH)); /* takes the thread's own copy */
    EXPECT_OK(seL4_TCB_Resume(tcb));
    seL4_MessageInfo_t info = seL4_NBRecv(handler, 0);
    EXPECT_EQ(seL4_MessageInfo_get_label(info), seL4_Fault_VMFault);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_PrefetchFault), 1);
}

static const struct test_case cases[] = {
    {"asid_control.make_pool: the pool assigns", pool_works},
    {"asid_control.make_pool: refusals", pool_refused},
    {"asid_control.make_pool: 127 more pools", pools_run_out},
    {"asid_pool.assign: refusals", assign_refused},
    {"asid_pool.assign: 512 address spaces a pool", pool_full},
    {"vspace: threads see their own pages", isolation},
    {"vspace: revoking it takes it from its threads", space_deleted},
};
TEST_SUITE(asid_suite, cases);
