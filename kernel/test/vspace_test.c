/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address spaces: page tables and pages of every size, rights, attributes, unmapping, and every refusal.
 * Address space identifiers and cache operations are in asid_test.c and cache_test.c.
 */
#include "env.h"
#include "faulting.h"
#include "harness.h"
#include "vspace.h"

#define RW seL4_ReadWrite
#define ATTR seL4_ARM_Default_VMAttributes
#define KERNEL_VADDR 0xffffff8040000000UL

static seL4_Error map(seL4_CPtr page, seL4_Word vaddr)
{
    return seL4_ARM_Page_Map(page, VSPACE, vaddr, RW, ATTR);
}

static void small_page(void)
{
    seL4_CPtr page = new_frame(), alias = copy(page);
    map_tables(VSPACE, TEST_VADDR, 3);
    REQUIRE_OK(map(page, TEST_VADDR));
    REQUIRE_OK(map(alias, TEST_VADDR + 0x5000));
    WORD_AT(TEST_VADDR + 8) = 1234;
    EXPECT_EQ(WORD_AT(TEST_VADDR + 0x5008), 1234);
}

static void large_page(void)
{
    seL4_CPtr page = new_object(seL4_ARM_LargePageObject, 0), alias = copy(page);
    map_tables(VSPACE, TEST_VADDR, 2);
    REQUIRE_OK(map(page, TEST_VADDR));
    REQUIRE_OK(map(alias, TEST_VADDR + (3UL << seL4_LargePageBits)));
    WORD_AT(TEST_VADDR + 0x1ffff8) = 77;
    EXPECT_EQ(WORD_AT(TEST_VADDR + (3UL << seL4_LargePageBits) + 0x1ffff8), 77);
    EXPECT_EQ(seL4_ARM_Page_GetAddress(page).paddr & 0x1fffff, 0);
    EXPECT_ERR(map(new_frame(), TEST_VADDR + 0x1000), seL4_FailedLookup, 0, seL4_MissingCapability, 21);
}

static void huge_page(void)
{
    /* There is no such piece of free RAM on this board; a device's will do, as long as nobody reads it. */
    const seL4_BootInfo *bootinfo = env.bootinfo;
    seL4_CPtr page = new_slot(), device = 0;
    seL4_Word paddr = 0;
    for (seL4_Word i = 0; i < bootinfo->untyped.end - bootinfo->untyped.start; i++) {
        const seL4_UntypedDesc *desc = &bootinfo->untypedList[i];
        if (desc->isDevice && desc->sizeBits >= seL4_HugePageBits && desc->paddr < 1UL << 39 && !device) {
            device = bootinfo->untyped.start + i;
            paddr = desc->paddr;
        }
    }
    EXPECT_TRUE(device);
    REQUIRE_OK(seL4_Untyped_Retype(device, seL4_ARM_HugePageObject, 0, CNODE, 0, 0, page, 1));
    EXPECT_EQ(seL4_ARM_Page_GetAddress(page).paddr, paddr);
    EXPECT_ERR(map(page, TEST_VADDR), seL4_FailedLookup, 0, seL4_MissingCapability, 39);
    map_tables(VSPACE, TEST_VADDR, 1);
    EXPECT_ERR(map(page, TEST_VADDR + (1UL << seL4_LargePageBits)), seL4_AlignmentError);
    EXPECT_OK(map(page, TEST_VADDR + (2UL << seL4_HugePageBits)));
    EXPECT_OK(seL4_ARM_Page_Unmap(page));
}

static void zeroed(void)
{
    map_tables(VSPACE, TEST_VADDR, 3);
    REQUIRE_OK(map(new_frame(), TEST_VADDR));
    for (seL4_Word offset = 0; offset < 4096; offset += 8) {
        EXPECT_EQ(WORD_AT(TEST_VADDR + offset), 0);
    }
}

static void rights(void)
{
    seL4_CPtr page = new_frame(), readable = new_slot();
    EXPECT_OK(seL4_CNode_Copy(CNODE, readable, DEPTH, CNODE, page, DEPTH, seL4_CanRead));
    map_tables(VSPACE, TEST_VADDR, 3);
    REQUIRE_OK(seL4_ARM_Page_Map(page, VSPACE, TEST_VADDR, seL4_CanRead, ATTR));
    EXPECT_EQ(probe_read(TEST_VADDR), 1);
    EXPECT_EQ(probe_write(TEST_VADDR), 0);
    REQUIRE_OK(seL4_ARM_Page_Map(page, VSPACE, TEST_VADDR, RW, ATTR)); /* the same place: new rights */
    EXPECT_EQ(probe_write(TEST_VADDR), 1);
    REQUIRE_OK(map(readable, TEST_VADDR + 0x1000)); /* the capability's rights are the limit */
    EXPECT_EQ(probe_read(TEST_VADDR + 0x1000), 1);
    EXPECT_EQ(probe_write(TEST_VADDR + 0x1000), 0);
}

static void write_only(void)
{
    map_tables(VSPACE, TEST_VADDR, 3);
    REQUIRE_OK(seL4_ARM_Page_Map(new_frame(), VSPACE, TEST_VADDR, seL4_CanWrite, ATTR));
    EXPECT_EQ(probe_read(TEST_VADDR), 0);
    EXPECT_EQ(probe_write(TEST_VADDR), 0);
}

static void execution(void)
{
    seL4_CPtr page = new_frame();
    map_tables(VSPACE, TEST_VADDR, 3);
    REQUIRE_OK(map(page, TEST_VADDR));
    WORD_AT(TEST_VADDR) = *(const seL4_Word *)return_42;
    EXPECT_OK(seL4_ARM_Page_Unify_Instruction(page, 0, 4096));
    EXPECT_EQ(((seL4_Word(*)(void))TEST_VADDR)() & 0xffffffff, 42);
    REQUIRE_OK(seL4_ARM_Page_Map(page, VSPACE, TEST_VADDR, RW, ATTR | seL4_ARM_ExecuteNever));
    EXPECT_EQ(probe_execute(TEST_VADDR), 0);
    EXPECT_EQ(probe_read(TEST_VADDR), 1);
}

static void uncached(void)
{
    seL4_CPtr page = new_frame();
    map_tables(VSPACE, TEST_VADDR, 3);
    REQUIRE_OK(seL4_ARM_Page_Map(page, VSPACE, TEST_VADDR, RW, 0));
    WORD_AT(TEST_VADDR) = 5;
    EXPECT_EQ(WORD_AT(TEST_VADDR), 5);
}

static void unmap(void)
{
    seL4_CPtr page = new_frame();
    EXPECT_OK(seL4_ARM_Page_Unmap(page)); /* not mapped: fine */
    map_tables(VSPACE, TEST_VADDR, 3);
    REQUIRE_OK(map(page, TEST_VADDR));
    EXPECT_EQ(probe_read(TEST_VADDR), 1);
    EXPECT_OK(seL4_ARM_Page_Unmap(page));
    EXPECT_EQ(probe_read(TEST_VADDR), 0);
    EXPECT_OK(map(page, TEST_VADDR + 0x3000)); /* free to go elsewhere */
    EXPECT_EQ(RAW(page, ARMPageUnmap, 0, 0), seL4_NoError);
}

static void unmap_on_delete(void)
{
    seL4_CPtr page = new_frame(), alias = copy(page);
    map_tables(VSPACE, TEST_VADDR, 3);
    REQUIRE_OK(map(page, TEST_VADDR));
    REQUIRE_OK(map(alias, TEST_VADDR + 0x1000));
    EXPECT_OK(seL4_CNode_Delete(CNODE, alias, DEPTH));
    EXPECT_EQ(probe_read(TEST_VADDR), 1);
    EXPECT_EQ(probe_read(TEST_VADDR + 0x1000), 0);
    EXPECT_OK(seL4_CNode_Delete(CNODE, page, DEPTH));
    EXPECT_EQ(probe_read(TEST_VADDR), 0);
}

static void map_over_page(void)
{
    /* A page may take another's place; unmapping the old one then leaves the new one alone. */
    seL4_CPtr first = new_frame(), second = new_frame();
    map_tables(VSPACE, TEST_VADDR, 3);
    REQUIRE_OK(map(first, TEST_VADDR));
    WORD_AT(TEST_VADDR) = 1;
    REQUIRE_OK(map(second, TEST_VADDR));
    EXPECT_EQ(WORD_AT(TEST_VADDR), 0);
    EXPECT_OK(seL4_ARM_Page_Unmap(first));
    EXPECT_EQ(probe_read(TEST_VADDR), 1);
    EXPECT_OK(seL4_CNode_Delete(CNODE, first, DEPTH));
    EXPECT_EQ(probe_read(TEST_VADDR), 1);
    EXPECT_OK(seL4_ARM_Page_Unmap(second));
    EXPECT_EQ(probe_read(TEST_VADDR), 0);
}

static void copy_is_unmapped(void)
{
    seL4_CPtr page = new_frame();
    map_tables(VSPACE, TEST_VADDR, 3);
    REQUIRE_OK(map(page, TEST_VADDR));
    seL4_CPtr alias = copy(page);
    EXPECT_OK(seL4_ARM_Page_Unmap(alias));
    EXPECT_EQ(probe_read(TEST_VADDR), 1);
    EXPECT_OK(map(alias, TEST_VADDR + 0x1000));
    seL4_CPtr moved = new_slot();
    EXPECT_OK(seL4_CNode_Move(CNODE, moved, DEPTH, CNODE, page, DEPTH)); /* moving keeps the mapping */
    EXPECT_EQ(probe_read(TEST_VADDR), 1);
    EXPECT_OK(seL4_ARM_Page_Unmap(moved));
    EXPECT_EQ(probe_read(TEST_VADDR), 0);
}

static void map_refused(void)
{
    seL4_CPtr page = new_frame(), other = new_frame(), vspace = new_vspace();
    seL4_CPtr unassigned = new_object(seL4_ARM_VSpaceObject, 0);
    EXPECT_ERR(map(page, TEST_VADDR), seL4_FailedLookup, 0, seL4_MissingCapability, 39);
    map_tables(VSPACE, TEST_VADDR, 3);
    EXPECT_ERR(map(page, TEST_VADDR + 8), seL4_AlignmentError);
    EXPECT_ERR(map(page, KERNEL_VADDR), seL4_InvalidArgument, 0);
    EXPECT_ERR(map(page, 1UL << 47), seL4_InvalidArgument, 0);
    EXPECT_ERR(seL4_ARM_Page_Map(page, other, TEST_VADDR, RW, ATTR), seL4_InvalidCapability, 1);
    EXPECT_ERR(seL4_ARM_Page_Map(page, unassigned, TEST_VADDR, RW, ATTR), seL4_InvalidCapability, 1);
    EXPECT_EQ(RAW(page, ARMPageMap, 1, 2, TEST_VADDR, 3), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(page, ARMPageMap, 0, 3, TEST_VADDR, 3, 3), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(page, ARMPageTableMap, 1, 3, TEST_VADDR, 3, 3), seL4_IllegalOperation);
    REQUIRE_OK(map(page, TEST_VADDR));
    EXPECT_ERR(map(page, TEST_VADDR + 0x1000), seL4_InvalidArgument, 0);
    EXPECT_ERR(seL4_ARM_Page_Map(page, vspace, TEST_VADDR, RW, ATTR), seL4_InvalidCapability, 1);
    EXPECT_EQ(RAW(CNODE, ARMPageUnmap, 0, 0), seL4_IllegalOperation);
    EXPECT_EQ(RAW(page, ARMPageTableUnmap, 0, 0), seL4_IllegalOperation);
}

static void address(void)
{
    seL4_CPtr pages = new_slots(2);
    REQUIRE_OK(seL4_Untyped_Retype(env.arena, seL4_ARM_SmallPageObject, 0, CNODE, 0, 0, pages, 2));
    seL4_ARM_Page_GetAddress_t first = seL4_ARM_Page_GetAddress(pages), second = seL4_ARM_Page_GetAddress(pages + 1);
    EXPECT_EQ(first.error, seL4_NoError);
    EXPECT_EQ(second.paddr, first.paddr + 4096);
    EXPECT_TRUE(first.paddr >= 0x40000000 && first.paddr < 0x80000000);
    EXPECT_EQ(seL4_ARM_Page_GetAddress(new_slot()).error, seL4_InvalidCapability);
    EXPECT_EQ(seL4_ARM_Page_GetAddress(CNODE).error, seL4_IllegalOperation);
}

/* Page tables ---------------------------------------------------------------------------------------------------- */

static void table_levels(void)
{
    seL4_CPtr tables[4], page = new_frame();
    static const seL4_Word missing_bits[] = {39, 30, 21};
    for (int i = 0; i < 3; i++) {
        EXPECT_ERR(map(page, TEST_VADDR), seL4_FailedLookup, 0, seL4_MissingCapability, missing_bits[i]);
        tables[i] = new_object(seL4_ARM_PageTableObject, 0);
        /* The address may be anywhere inside what the table covers. */
        EXPECT_OK(seL4_ARM_PageTable_Map(tables[i], VSPACE, TEST_VADDR + 0x12345, ATTR));
    }
    EXPECT_OK(map(page, TEST_VADDR));
    tables[3] = new_object(seL4_ARM_PageTableObject, 0);
    EXPECT_ERR(seL4_ARM_PageTable_Map(tables[3], VSPACE, TEST_VADDR, ATTR), seL4_DeleteFirst);
    EXPECT_OK(seL4_ARM_PageTable_Map(tables[3], VSPACE, TEST_VADDR + (1UL << 21), ATTR));
}

static void table_refused(void)
{
    seL4_CPtr table = new_object(seL4_ARM_PageTableObject, 0), endpoint = new_endpoint();
    seL4_CPtr unassigned = new_object(seL4_ARM_VSpaceObject, 0);
    EXPECT_ERR(seL4_ARM_PageTable_Map(table, endpoint, TEST_VADDR, ATTR), seL4_InvalidCapability, 1);
    EXPECT_ERR(seL4_ARM_PageTable_Map(table, unassigned, TEST_VADDR, ATTR), seL4_InvalidCapability, 1);
    EXPECT_ERR(seL4_ARM_PageTable_Map(table, VSPACE, KERNEL_VADDR, ATTR), seL4_InvalidArgument, 0);
    EXPECT_EQ(RAW(table, ARMPageTableMap, 1, 1, TEST_VADDR), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(table, ARMPageTableMap, 0, 2, TEST_VADDR, 3), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(table, ARMPageMap, 1, 3, TEST_VADDR, 3, 3), seL4_IllegalOperation);
    REQUIRE_OK(seL4_ARM_PageTable_Map(table, VSPACE, TEST_VADDR, ATTR));
    EXPECT_ERR(seL4_ARM_PageTable_Map(table, VSPACE, TEST_VADDR, ATTR), seL4_InvalidCapability, 0);
    EXPECT_EQ(RAW(CNODE, ARMPageTableUnmap, 0, 0), seL4_IllegalOperation);
}

static void table_under_large_page(void)
{
    map_tables(VSPACE, TEST_VADDR, 2);
    REQUIRE_OK(map(new_object(seL4_ARM_LargePageObject, 0), TEST_VADDR));
    EXPECT_ERR(seL4_ARM_PageTable_Map(new_object(seL4_ARM_PageTableObject, 0), VSPACE, TEST_VADDR, ATTR),
               seL4_DeleteFirst);
}

static void large_page_over_table(void)
{
    map_tables(VSPACE, TEST_VADDR, 3);
    EXPECT_ERR(map(new_object(seL4_ARM_LargePageObject, 0), TEST_VADDR), seL4_FailedLookup, 0,
               seL4_MissingCapability, 12);
}

static void table_unmap(void)
{
    seL4_CPtr page = new_frame(), table = new_object(seL4_ARM_PageTableObject, 0);
    EXPECT_OK(seL4_ARM_PageTable_Unmap(new_object(seL4_ARM_PageTableObject, 0)));
    map_tables(VSPACE, TEST_VADDR, 2);
    REQUIRE_OK(seL4_ARM_PageTable_Map(table, VSPACE, TEST_VADDR, ATTR));
    REQUIRE_OK(map(page, TEST_VADDR));
    EXPECT_EQ(probe_read(TEST_VADDR), 1);
    EXPECT_OK(seL4_ARM_PageTable_Unmap(table));
    EXPECT_EQ(probe_read(TEST_VADDR), 0);
    REQUIRE_OK(seL4_ARM_PageTable_Map(table, VSPACE, TEST_VADDR, ATTR));
    EXPECT_EQ(probe_read(TEST_VADDR), 0); /* it comes back empty */
    EXPECT_OK(seL4_ARM_Page_Unmap(page));
    EXPECT_OK(map(page, TEST_VADDR));
}

static void table_with_copy(void)
{
    seL4_CPtr table = new_object(seL4_ARM_PageTableObject, 0);
    REQUIRE_OK(seL4_ARM_PageTable_Map(table, VSPACE, TEST_VADDR, ATTR));
    seL4_CPtr alias = copy(table); /* once mapped it can be copied */
    EXPECT_ERR(seL4_ARM_PageTable_Unmap(table), seL4_RevokeFirst);
    EXPECT_OK(seL4_CNode_Delete(CNODE, alias, DEPTH));
    EXPECT_OK(seL4_ARM_PageTable_Unmap(table));
}

static void table_deleted(void)
{
    seL4_CPtr page = new_frame(), table = new_object(seL4_ARM_PageTableObject, 0);
    map_tables(VSPACE, TEST_VADDR, 2);
    REQUIRE_OK(seL4_ARM_PageTable_Map(table, VSPACE, TEST_VADDR, ATTR));
    REQUIRE_OK(map(page, TEST_VADDR));
    EXPECT_OK(seL4_CNode_Delete(CNODE, table, DEPTH));
    EXPECT_EQ(probe_read(TEST_VADDR), 0);
    REQUIRE_OK(seL4_ARM_PageTable_Map(new_object(seL4_ARM_PageTableObject, 0), VSPACE, TEST_VADDR, ATTR));
    EXPECT_EQ(probe_read(TEST_VADDR), 0);
    EXPECT_OK(seL4_ARM_Page_Unmap(page));
}

static const struct test_case cases[] = {
    {"page.map: small page, two mappings of one frame", small_page},
    {"page.map: large page", large_page},
    {"page.map: huge page", huge_page},
    {"page.map: new pages are zero", zeroed},
    {"page.map: rights of mapping and capability", rights},
    {"page.map: write-only is inaccessible", write_only},
    {"page.map: execution and execute-never", execution},
    {"page.map: uncached", uncached},
    {"page.map: refusals", map_refused},
    {"page.map: over another page", map_over_page},
    {"page.unmap: the page is gone", unmap},
    {"page: deleting a capability unmaps its page only", unmap_on_delete},
    {"page: a copy is not mapped, a move keeps the mapping", copy_is_unmapped},
    {"page.get_address: physical address", address},
    {"page_table.map: three levels", table_levels},
    {"page_table.map: refusals", table_refused},
    {"page_table.map: not under a large page", table_under_large_page},
    {"page.map: no large page over a table", large_page_over_table},
    {"page_table.unmap: takes its pages along", table_unmap},
    {"page_table.unmap: not while a copy exists", table_with_copy},
    {"page_table: deletion takes its pages along", table_deleted},
};
TEST_SUITE(vspace_suite, cases);
