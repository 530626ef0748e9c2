/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cache operations on pages and address spaces: the ranges that they take and the ones that they refuse.
 */
#include "env.h"
#include "harness.h"
#include "vspace.h"

typedef seL4_Error (*range_operation)(seL4_CPtr service, seL4_Word start, seL4_Word end);

/* The methods are inline functions; these have addresses. */
#define OPERATION(name, method)                                                  \
    static seL4_Error name(seL4_CPtr service, seL4_Word start, seL4_Word end)     \
    {                                                                            \
        return method(service, start, end);                                      \
    }
OPERATION(page_clean, seL4_ARM_Page_Clean_Data)
OPERATION(page_inval, seL4_ARM_Page_Invalidate_Data)
OPERATION(page_both, seL4_ARM_Page_CleanInvalidate_Data)
OPERATION(page_unify, seL4_ARM_Page_Unify_Instruction)
OPERATION(space_clean, seL4_ARM_VSpace_Clean_Data)
OPERATION(space_inval, seL4_ARM_VSpace_Invalidate_Data)
OPERATION(space_both, seL4_ARM_VSpace_CleanInvalidate_Data)
OPERATION(space_unify, seL4_ARM_VSpace_Unify_Instruction)

static const struct {
    seL4_Word label;
    range_operation run;
} on_pages[] = {{ARMPageClean_Data, page_clean},
                {ARMPageInvalidate_Data, page_inval},
                {ARMPageCleanInvalidate_Data, page_both},
                {ARMPageUnify_Instruction, page_unify}},
  on_spaces[] = {{ARMVSpaceClean_Data, space_clean},
                 {ARMVSpaceInvalidate_Data, space_inval},
                 {ARMVSpaceCleanInvalidate_Data, space_both},
                 {ARMVSpaceUnify_Instruction, space_unify}};

#define ATTR seL4_ARM_Default_VMAttributes

static void pages(void)
{
    seL4_CPtr page = new_frame(), unmapped = new_frame();
    map_tables(VSPACE, TEST_VADDR, 3);
    REQUIRE_OK(seL4_ARM_Page_Map(page, VSPACE, TEST_VADDR, seL4_ReadWrite, ATTR));
    for (unsigned i = 0; i < 4; i++) {
        WORD_AT(TEST_VADDR + 64) = i;
        EXPECT_OK(on_pages[i].run(page, 0, 4096));
        EXPECT_OK(on_pages[i].run(page, 4095, 4096));
        EXPECT_EQ(WORD_AT(TEST_VADDR + 64), i);
        EXPECT_ERR(on_pages[i].run(page, 16, 16), seL4_InvalidArgument, 1);
        EXPECT_ERR(on_pages[i].run(page, 17, 16), seL4_InvalidArgument, 1);
        EXPECT_ERR(on_pages[i].run(page, 0, 4097), seL4_InvalidArgument, 0);
        EXPECT_ERR(on_pages[i].run(page, 4096, 4097), seL4_InvalidArgument, 0);
        EXPECT_ERR(on_pages[i].run(unmapped, 0, 4096), seL4_IllegalOperation);
        EXPECT_EQ(RAW(page, on_pages[i].label, 0, 1, 0), seL4_TruncatedMessage);
        EXPECT_EQ(RAW(CNODE, on_pages[i].label, 0, 2, 0, 64), seL4_IllegalOperation);
    }
}

static void spaces(void)
{
    seL4_CPtr page = new_frame(), unassigned = new_object(seL4_ARM_VSpaceObject, 0);
    map_tables(VSPACE, TEST_VADDR, 3);
    REQUIRE_OK(seL4_ARM_Page_Map(page, VSPACE, TEST_VADDR, seL4_ReadWrite, ATTR));
    for (unsigned i = 0; i < 4; i++) {
        WORD_AT(TEST_VADDR + 64) = i;
        EXPECT_OK(on_spaces[i].run(VSPACE, TEST_VADDR, TEST_VADDR + 4096));
        EXPECT_EQ(WORD_AT(TEST_VADDR + 64), i);
        /* nothing mapped: nothing done */
        EXPECT_OK(on_spaces[i].run(VSPACE, TEST_VADDR + 0x1000, TEST_VADDR + 0x2000));
        EXPECT_ERR(on_spaces[i].run(VSPACE, TEST_VADDR, TEST_VADDR), seL4_InvalidArgument, 1);
        EXPECT_ERR(on_spaces[i].run(VSPACE, TEST_VADDR + 1, TEST_VADDR), seL4_InvalidArgument, 1);
        EXPECT_ERR(on_spaces[i].run(VSPACE, TEST_VADDR, 0xffffff8040000000UL), seL4_IllegalOperation);
        EXPECT_ERR(on_spaces[i].run(VSPACE, TEST_VADDR, TEST_VADDR + 0x1001), seL4_RangeError, TEST_VADDR,
                   TEST_VADDR + 0xfff);
        EXPECT_ERR(on_spaces[i].run(unassigned, TEST_VADDR, TEST_VADDR + 64), seL4_InvalidCapability, 0);
        EXPECT_EQ(RAW(VSPACE, on_spaces[i].label, 0, 1, TEST_VADDR), seL4_TruncatedMessage);
        EXPECT_EQ(RAW(CNODE, on_spaces[i].label, 0, 2, 0, 64), seL4_IllegalOperation);
    }
}

static void wrong_label(void)
{
    EXPECT_EQ(RAW(VSPACE, ARMPageMap, 1, 3, 0, 0, 0), seL4_IllegalOperation);
    EXPECT_EQ(RAW(new_frame(), ARMVSpaceClean_Data, 0, 2, 0, 64), seL4_IllegalOperation);
}

static const struct test_case cases[] = {
    {"page.clean, invalidate, clean_invalidate, unify: ranges", pages},
    {"vspace.clean, invalidate, clean_invalidate, unify: ranges", spaces},
    {"cache operations of the wrong object", wrong_label},
};
TEST_SUITE(cache_suite, cases);
