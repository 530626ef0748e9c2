/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Untyped_Retype: sizes, watermark, alignment, zeroing, reuse, and every refusal.
 */
#include "env.h"
#include "harness.h"

#define FAN_OUT_LIMIT 256

static seL4_Error retype(seL4_CPtr untyped, seL4_Word type, seL4_Word size_bits, seL4_Word slot, seL4_Word count)
{
    return seL4_Untyped_Retype(untyped, type, size_bits, CNODE, 0, 0, slot, count);
}

static void sizes(void)
{
    static const struct {
        seL4_Word type, size_bits, object_bits;
    } objects[] = {
        {seL4_UntypedObject, 4, 4},          {seL4_UntypedObject, 13, 13},        {seL4_TCBObject, 0, seL4_TCBBits},
        {seL4_EndpointObject, 0, 4},         {seL4_NotificationObject, 0, 5},     {seL4_CapTableObject, 1, 6},
        {seL4_CapTableObject, 6, 11},        {seL4_ARM_SmallPageObject, 0, 12},   {seL4_ARM_LargePageObject, 0, 21},
        {seL4_ARM_PageTableObject, 0, 12},   {seL4_ARM_VSpaceObject, 0, 12},
    };
    for (unsigned i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
        seL4_CPtr untyped = new_untyped(objects[i].object_bits + 1);
        seL4_CPtr slots = new_slots(3);
        EXPECT_OK(retype(untyped, objects[i].type, objects[i].size_bits, slots, 2));
        EXPECT_ERR(retype(untyped, objects[i].type, objects[i].size_bits, slots + 2, 1), seL4_NotEnoughMemory, 0);
    }
}

static void size_bits_ignored(void)
{
    seL4_CPtr untyped = new_untyped(6);
    EXPECT_OK(retype(untyped, seL4_EndpointObject, 60, new_slots(4), 4));
}

static void many_objects(void)
{
    seL4_CPtr untyped = new_untyped(12), slots = new_slots(FAN_OUT_LIMIT);
    EXPECT_OK(retype(untyped, seL4_EndpointObject, 0, slots, FAN_OUT_LIMIT));
    EXPECT_TRUE(!slot_is_empty(slots) && !slot_is_empty(slots + FAN_OUT_LIMIT - 1));
}

static void watermark_aligned(void)
{
    /* An endpoint, then a page: the page starts at the next multiple of its size. */
    seL4_CPtr untyped = new_untyped(13), pages = new_slots(2);
    EXPECT_OK(retype(untyped, seL4_ARM_SmallPageObject, 0, pages, 1));
    seL4_Word base = seL4_ARM_Page_GetAddress(pages).paddr;
    EXPECT_OK(seL4_CNode_Revoke(CNODE, untyped, DEPTH));
    EXPECT_OK(retype(untyped, seL4_EndpointObject, 0, new_slot(), 1));
    EXPECT_OK(retype(untyped, seL4_ARM_SmallPageObject, 0, pages, 1));
    EXPECT_EQ(seL4_ARM_Page_GetAddress(pages).paddr, base + 4096);
    EXPECT_ERR(retype(untyped, seL4_EndpointObject, 0, new_slot(), 1), seL4_NotEnoughMemory, 0);
}

static void not_enough_memory(void)
{
    seL4_CPtr untyped = new_untyped(12);
    EXPECT_ERR(retype(untyped, seL4_ARM_SmallPageObject, 0, new_slots(2), 2), seL4_NotEnoughMemory, 4096);
    EXPECT_OK(retype(untyped, seL4_TCBObject, 0, new_slot(), 1));
    EXPECT_ERR(retype(untyped, seL4_ARM_SmallPageObject, 0, new_slot(), 1), seL4_NotEnoughMemory, 2048);
    EXPECT_ERR(retype(untyped, seL4_TCBObject, 0, new_slots(2), 2), seL4_NotEnoughMemory, 2048);
}

static void reuse_after_revoke(void)
{
    seL4_CPtr untyped = new_untyped(12), slot = new_slot();
    EXPECT_OK(retype(untyped, seL4_ARM_SmallPageObject, 0, slot, 1));
    seL4_Word first = seL4_ARM_Page_GetAddress(slot).paddr;
    EXPECT_ERR(retype(untyped, seL4_EndpointObject, 0, new_slot(), 1), seL4_NotEnoughMemory, 0);
    EXPECT_OK(seL4_CNode_Revoke(CNODE, untyped, DEPTH));
    EXPECT_TRUE(slot_is_empty(slot));
    EXPECT_OK(retype(untyped, seL4_ARM_SmallPageObject, 0, slot, 1));
    EXPECT_EQ(seL4_ARM_Page_GetAddress(slot).paddr, first);
}

static void reuse_after_delete(void)
{
    seL4_CPtr untyped = new_untyped(12), slots = new_slots(2);
    EXPECT_OK(retype(untyped, seL4_TCBObject, 0, slots, 2));
    EXPECT_OK(seL4_CNode_Delete(CNODE, slots, DEPTH));
    EXPECT_ERR(retype(untyped, seL4_TCBObject, 0, slots, 1), seL4_NotEnoughMemory, 0);
    EXPECT_OK(seL4_CNode_Delete(CNODE, slots + 1, DEPTH));
    EXPECT_OK(retype(untyped, seL4_TCBObject, 0, slots, 2));
}

static void zeroed_on_reuse(void)
{
    seL4_CPtr untyped = new_untyped(14), page = new_slot(), tables = new_slots(3);
    EXPECT_OK(retype(env.arena, seL4_ARM_PageTableObject, 0, tables, 3));
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(seL4_ARM_PageTable_Map(tables + (seL4_CPtr)i, VSPACE, TEST_VADDR, seL4_ARM_Default_VMAttributes));
    }
    volatile seL4_Word *const words = (volatile seL4_Word *)TEST_VADDR;
    for (int round = 0; round < 2; round++) {
        REQUIRE_OK(retype(untyped, seL4_ARM_SmallPageObject, 0, page, 1));
        REQUIRE_OK(seL4_ARM_Page_Map(page, VSPACE, TEST_VADDR, seL4_ReadWrite, seL4_ARM_Default_VMAttributes));
        for (int i = 0; i < 512; i++) {
            EXPECT_EQ(words[i], 0);
            words[i] = 0xa5a5a5a5a5a5a5a5UL;
        }
        EXPECT_OK(seL4_CNode_Revoke(CNODE, untyped, DEPTH));
    }
}

static void bad_types(void)
{
    seL4_CPtr untyped = new_untyped(16), slot = new_slot();
    EXPECT_ERR(retype(untyped, seL4_ObjectTypeCount, 0, slot, 1), seL4_InvalidArgument, 0);
    EXPECT_ERR(retype(untyped, ~0UL, 0, slot, 1), seL4_InvalidArgument, 0);
}

static void bad_sizes(void)
{
    seL4_CPtr untyped = new_untyped(16), slot = new_slot();
    EXPECT_ERR(retype(untyped, seL4_UntypedObject, 3, slot, 1), seL4_InvalidArgument, 1);
    EXPECT_ERR(retype(untyped, seL4_CapTableObject, 0, slot, 1), seL4_InvalidArgument, 1);
    EXPECT_ERR(retype(untyped, seL4_UntypedObject, 64, slot, 1), seL4_RangeError, 0, seL4_MaxUntypedBits);
    EXPECT_ERR(retype(untyped, seL4_UntypedObject, 48, slot, 1), seL4_RangeError, 0, seL4_MaxUntypedBits);
    EXPECT_ERR(retype(untyped, seL4_UntypedObject, 47, slot, 1), seL4_NotEnoughMemory, 1 << 16);
    EXPECT_ERR(retype(untyped, seL4_CapTableObject, 43, slot, 1), seL4_RangeError, 0, seL4_MaxUntypedBits);
}

static void bad_counts(void)
{
    seL4_CPtr untyped = new_untyped(16), slot = new_slot();
    EXPECT_ERR(retype(untyped, seL4_EndpointObject, 0, slot, 0), seL4_RangeError, 1, FAN_OUT_LIMIT);
    EXPECT_ERR(retype(untyped, seL4_EndpointObject, 0, slot, FAN_OUT_LIMIT + 1), seL4_RangeError, 1, FAN_OUT_LIMIT);
}

static void bad_windows(void)
{
    seL4_CPtr untyped = new_untyped(12), node = new_cnode(4);
    seL4_Word type = seL4_EndpointObject;
    EXPECT_ERR(seL4_Untyped_Retype(untyped, type, 0, node, 0, 0, 16, 1), seL4_RangeError, 0, 15);
    EXPECT_ERR(seL4_Untyped_Retype(untyped, type, 0, node, 0, 0, 14, 3), seL4_RangeError, 1, 2);
    EXPECT_ERR(seL4_Untyped_Retype(untyped, type, 0, node, 0, 0, ~0UL, 1), seL4_RangeError, 0, 15);
    EXPECT_OK(seL4_Untyped_Retype(untyped, type, 0, node, 0, 0, 14, 2));
    EXPECT_ERR(seL4_Untyped_Retype(untyped, type, 0, node, 0, 0, 13, 2), seL4_DeleteFirst);
}

static void node_by_depth(void)
{
    /* The destination node is found through node_index and node_depth, relative to the root. */
    seL4_CPtr untyped = new_untyped(12), node = new_cnode(4);
    EXPECT_OK(seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, CNODE, node, DEPTH, 3, 1));
    EXPECT_OK(seL4_CNode_Move(CNODE, new_slot(), DEPTH, node, 3, 4));
}

static void bad_nodes(void)
{
    seL4_CPtr untyped = new_untyped(12), endpoint = new_endpoint(), slot = new_slot();
    seL4_Word type = seL4_EndpointObject;
    EXPECT_ERR(seL4_Untyped_Retype(untyped, type, 0, endpoint, 0, 0, 0, 1), seL4_FailedLookup, 0,
               seL4_MissingCapability);
    EXPECT_ERR(seL4_Untyped_Retype(untyped, type, 0, slot, 0, 0, 0, 1), seL4_FailedLookup, 0, seL4_MissingCapability);
    EXPECT_ERR(seL4_Untyped_Retype(untyped, type, 0, CNODE, endpoint, DEPTH, 0, 1), seL4_FailedLookup, 0,
               seL4_MissingCapability);
    EXPECT_ERR(seL4_Untyped_Retype(untyped, type, 0, CNODE, slot, 65, 0, 1), seL4_RangeError, 1, 64);
    EXPECT_ERR(seL4_Untyped_Retype(untyped, type, 0, CNODE, slot, 20, 0, 1), seL4_FailedLookup, 0);
}

static seL4_CPtr device_untyped(void)
{
    const seL4_BootInfo *bootinfo = env.bootinfo;
    for (seL4_Word i = 0; i < bootinfo->untyped.end - bootinfo->untyped.start; i++) {
        if (bootinfo->untypedList[i].isDevice && bootinfo->untypedList[i].paddr > 0x80000000) {
            return bootinfo->untyped.start + i;
        }
    }
    return 0;
}

static void device_memory(void)
{
    seL4_CPtr device = device_untyped(), slot = new_slot();
    static const seL4_Word refused[] = {seL4_TCBObject,           seL4_EndpointObject,   seL4_NotificationObject,
                                        seL4_CapTableObject,      seL4_ARM_VSpaceObject, seL4_ARM_PageTableObject};
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        EXPECT_ERR(retype(device, refused[i], 4, slot, 1), seL4_InvalidArgument, 1);
    }
    EXPECT_OK(retype(device, seL4_UntypedObject, 13, slot, 1));
    EXPECT_ERR(retype(slot, seL4_EndpointObject, 0, new_slot(), 1), seL4_InvalidArgument, 1);
    EXPECT_OK(retype(slot, seL4_ARM_SmallPageObject, 0, new_slots(2), 2));
    EXPECT_OK(seL4_CNode_Revoke(CNODE, device, DEPTH));
}

static void copied_untyped_is_full(void)
{
    seL4_CPtr untyped = new_untyped(12), child = copy(untyped);
    EXPECT_ERR(retype(untyped, seL4_EndpointObject, 0, new_slot(), 1), seL4_NotEnoughMemory, 0);
    EXPECT_OK(retype(child, seL4_EndpointObject, 0, new_slot(), 1));
    EXPECT_OK(seL4_CNode_Revoke(CNODE, untyped, DEPTH));
    EXPECT_OK(retype(untyped, seL4_EndpointObject, 0, new_slot(), 1));
}

static void malformed(void)
{
    seL4_CPtr untyped = new_untyped(12), slot = new_slot();
    EXPECT_EQ(RAW(untyped, UntypedRetype, 1, 5, seL4_EndpointObject, 0, 0, 0, slot), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(untyped, UntypedRetype, 0, 6, seL4_EndpointObject, 0, 0, 0, slot, 1), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(untyped, TCBSuspend, 1, 6, seL4_EndpointObject, 0, 0, 0, slot, 1), seL4_IllegalOperation);
    EXPECT_EQ(RAW(untyped, 1000, 1, 6, seL4_EndpointObject, 0, 0, 0, slot, 1), seL4_IllegalOperation);
    EXPECT_EQ(RAW(CNODE, UntypedRetype, 1, 6, seL4_EndpointObject, 0, 0, 0, slot, 1), seL4_IllegalOperation);
    EXPECT_TRUE(slot_is_empty(slot));
}

static const struct test_case cases[] = {
    {"untyped.retype: objects have their sizes", sizes},
    {"untyped.retype: size_bits of fixed objects is ignored", size_bits_ignored},
    {"untyped.retype: 256 objects in one call", many_objects},
    {"untyped.retype: the watermark is aligned to the object", watermark_aligned},
    {"untyped.retype: NotEnoughMemory tells what is left", not_enough_memory},
    {"untyped.retype: revoke makes all of it free again", reuse_after_revoke},
    {"untyped.retype: deleting the last child makes all of it free again", reuse_after_delete},
    {"untyped.retype: reused memory is zero", zeroed_on_reuse},
    {"untyped.retype: unknown types", bad_types},
    {"untyped.retype: sizes out of range", bad_sizes},
    {"untyped.retype: counts out of range", bad_counts},
    {"untyped.retype: destination window", bad_windows},
    {"untyped.retype: destination node by index and depth", node_by_depth},
    {"untyped.retype: destination node that is none", bad_nodes},
    {"untyped.retype: device memory becomes pages and untypeds only", device_memory},
    {"untyped.retype: an untyped with a copy has no room", copied_untyped_is_full},
    {"untyped.retype: malformed messages", malformed},
};
TEST_SUITE(untyped_suite, cases);
