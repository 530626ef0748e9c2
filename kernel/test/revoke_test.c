/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Derivation trees of special shapes, and what revoking takes of them: deep, wide, and spread over CNodes. Random trees
 * are in derivation_test.c.
 */
#include "env.h"
#include "harness.h"

static void deep_untypeds(void)
{
    seL4_CPtr level[8];
    level[0] = new_untyped(16);
    for (int i = 1; i < 8; i++) {
        level[i] = new_slot();
        EXPECT_OK(seL4_Untyped_Retype(level[i - 1], seL4_UntypedObject, 16 - (seL4_Word)i, CNODE, 0, 0, level[i], 1));
    }
    EXPECT_OK(seL4_CNode_Revoke(CNODE, level[3], DEPTH));
    for (int i = 0; i < 8; i++) {
        EXPECT_EQ(slot_is_empty(level[i]), i > 3);
    }
    EXPECT_OK(seL4_CNode_Delete(CNODE, level[1], DEPTH)); /* a middle one: the rest hangs from level 0 */
    EXPECT_TRUE(!slot_is_empty(level[2]));
    EXPECT_OK(seL4_CNode_Revoke(CNODE, level[0], DEPTH));
    EXPECT_TRUE(slot_is_empty(level[2]) && slot_is_empty(level[3]));
}

static void wide_tree(void)
{
    seL4_CPtr endpoint = new_endpoint(), first = env.next_slot;
    for (seL4_Word i = 1; i <= 200; i++) {
        mint(endpoint, seL4_AllRights, i);
    }
    for (seL4_CPtr slot = first; slot < first + 200; slot += 2) {
        copy(slot);
    }
    EXPECT_OK(seL4_CNode_Revoke(CNODE, first, DEPTH)); /* badge 1: one copy */
    EXPECT_TRUE(!slot_is_empty(first) && !slot_is_empty(first + 1) && slot_is_empty(first + 200));
    EXPECT_OK(seL4_CNode_Revoke(CNODE, endpoint, DEPTH));
    for (seL4_CPtr slot = first; slot < env.next_slot; slot++) {
        EXPECT_TRUE(slot_is_empty(slot));
    }
}

static void revoke_across_nodes(void)
{
    seL4_CPtr node_a = new_cnode(3), node_b = new_cnode(3), endpoint = new_endpoint();
    EXPECT_OK(seL4_CNode_Copy(node_a, 1, 3, CNODE, endpoint, DEPTH, seL4_AllRights));
    EXPECT_OK(seL4_CNode_Mint(node_b, 2, 3, CNODE, endpoint, DEPTH, seL4_CanRead, 9));
    EXPECT_OK(seL4_CNode_Copy(node_b, 3, 3, node_b, 2, 3, seL4_AllRights));
    EXPECT_OK(seL4_CNode_Revoke(CNODE, endpoint, DEPTH));
    EXPECT_ERR(seL4_CNode_Move(CNODE, new_slot(), DEPTH, node_a, 1, 3), seL4_FailedLookup, 1,
               seL4_MissingCapability, 3);
    EXPECT_ERR(seL4_CNode_Move(CNODE, new_slot(), DEPTH, node_b, 2, 3), seL4_FailedLookup, 1,
               seL4_MissingCapability, 3);
    EXPECT_ERR(seL4_CNode_Move(CNODE, new_slot(), DEPTH, node_b, 3, 3), seL4_FailedLookup, 1,
               seL4_MissingCapability, 3);
}

static const struct test_case cases[] = {
    {"revoke: a chain of untypeds", deep_untypeds},
    {"revoke: two hundred badges", wide_tree},
    {"revoke: other CNodes are reached", revoke_across_nodes},
};
TEST_SUITE(revoke_suite, cases);
