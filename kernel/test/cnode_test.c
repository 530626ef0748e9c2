/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CNode methods: what each does to slots, rights, badges and guards, how addresses resolve, and every refusal.
 * SaveCaller's positive cases are with the endpoints, where there is a caller to save.
 */
#include "env.h"
#include "harness.h"

/* A copy with all rights, of a capability in the initial CNode. */
static seL4_Error copy_to(seL4_CPtr root, seL4_Word index, seL4_Uint8 depth, seL4_CPtr source)
{
    return seL4_CNode_Copy(root, index, depth, CNODE, source, DEPTH, seL4_AllRights);
}

static void copy_works(void)
{
    seL4_CPtr source = new_notification(), slot = new_slot();
    EXPECT_OK(copy_to(CNODE, slot, DEPTH, source));
    seL4_Signal(slot);
    seL4_Word badge = 1;
    seL4_Poll(source, &badge);
    EXPECT_EQ(badge, 0); /* an unbadged signal leaves no bits */
    EXPECT_TRUE(!slot_is_empty(source) && !slot_is_empty(slot));
}

static void copy_masks_rights(void)
{
    seL4_CPtr source = new_notification(), badged = mint(source, seL4_AllRights, 6), deaf = new_slot();
    EXPECT_OK(seL4_CNode_Copy(CNODE, deaf, DEPTH, CNODE, badged, DEPTH, seL4_CanRead));
    seL4_Word badge = 1;
    seL4_Signal(deaf);
    seL4_Poll(source, &badge);
    EXPECT_EQ(badge, 0);
    /* Rights are never added back. */
    seL4_CPtr again = copy(deaf);
    seL4_Signal(again);
    seL4_Poll(source, &badge);
    EXPECT_EQ(badge, 0);
    seL4_Signal(badged);
    seL4_Poll(source, &badge);
    EXPECT_EQ(badge, 6);
}

static void mint_badges(void)
{
    seL4_CPtr source = new_notification(), badged = mint(source, seL4_AllRights, 0xf000000000000005UL);
    seL4_Word badge = 0;
    seL4_Signal(badged);
    seL4_Poll(source, &badge);
    EXPECT_EQ(badge, 0xf000000000000005UL);
    EXPECT_ERR(seL4_CNode_Mint(CNODE, new_slot(), DEPTH, CNODE, badged, DEPTH, seL4_AllRights, 7),
               seL4_IllegalOperation);
    EXPECT_ERR(seL4_CNode_Mint(CNODE, new_slot(), DEPTH, CNODE, badged, DEPTH, seL4_AllRights, 0xf000000000000005UL),
               seL4_IllegalOperation);
    EXPECT_OK(seL4_CNode_Copy(CNODE, new_slot(), DEPTH, CNODE, badged, DEPTH, seL4_AllRights));
}

static void mint_other_types(void)
{
    /* The badge of a capability that has none is ignored. */
    EXPECT_OK(seL4_CNode_Mint(CNODE, new_slot(), DEPTH, CNODE, new_tcb(), DEPTH, seL4_AllRights, 9));
    EXPECT_OK(seL4_CNode_Mint(CNODE, new_slot(), DEPTH, CNODE, new_frame(), DEPTH, seL4_AllRights, 9));
}

static void underivable(void)
{
    EXPECT_ERR(copy_to(CNODE, new_slot(), DEPTH, seL4_CapIRQControl), seL4_IllegalOperation);
    EXPECT_ERR(copy_to(CNODE, new_slot(), DEPTH, new_object(seL4_ARM_PageTableObject, 0)), seL4_IllegalOperation);
    EXPECT_ERR(copy_to(CNODE, new_slot(), DEPTH, new_object(seL4_ARM_VSpaceObject, 0)), seL4_IllegalOperation);
    seL4_CPtr untyped = new_untyped(12);
    EXPECT_OK(seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, CNODE, 0, 0, new_slot(), 1));
    EXPECT_ERR(copy_to(CNODE, new_slot(), DEPTH, untyped), seL4_RevokeFirst);
}

static void move_works(void)
{
    seL4_CPtr source = mint(new_notification(), seL4_AllRights, 3), slot = new_slot();
    EXPECT_OK(seL4_CNode_Move(CNODE, slot, DEPTH, CNODE, source, DEPTH));
    EXPECT_TRUE(slot_is_empty(source) && !slot_is_empty(slot));
    EXPECT_ERR(seL4_CNode_Move(CNODE, slot, DEPTH, CNODE, slot, DEPTH), seL4_DeleteFirst);
}

static void mutate_works(void)
{
    seL4_CPtr node = new_cnode(4), slot = new_slot();
    seL4_Word guard = seL4_CNode_CapData_new(2, 4).words[0];
    EXPECT_OK(seL4_CNode_Mutate(CNODE, slot, DEPTH, CNODE, node, DEPTH, guard));
    EXPECT_TRUE(slot_is_empty(node));
    EXPECT_OK(copy_to(slot, 0x25, 8, new_endpoint()));
    /* It stayed the original: revoking it takes its copies. */
    seL4_CPtr derived = copy(slot);
    EXPECT_OK(seL4_CNode_Revoke(CNODE, slot, DEPTH));
    EXPECT_TRUE(slot_is_empty(derived) && !slot_is_empty(slot));
}

static void mutate_refuses(void)
{
    seL4_CPtr endpoint = new_endpoint(), node = new_cnode(4);
    EXPECT_ERR(seL4_CNode_Mutate(CNODE, new_slot(), DEPTH, CNODE, endpoint, DEPTH, 5), seL4_IllegalOperation);
    EXPECT_ERR(seL4_CNode_Mutate(CNODE, new_slot(), DEPTH, CNODE, endpoint, DEPTH, 0), seL4_IllegalOperation);
    EXPECT_ERR(seL4_CNode_Mutate(CNODE, new_slot(), DEPTH, CNODE, node, DEPTH, seL4_CNode_CapData_new(0, 61).words[0]),
               seL4_IllegalOperation);
    EXPECT_TRUE(!slot_is_empty(endpoint) && !slot_is_empty(node));
    EXPECT_OK(seL4_CNode_Mutate(CNODE, new_slot(), DEPTH, CNODE, new_tcb(), DEPTH, 5));
}

static seL4_Error rotate(seL4_CPtr dest, seL4_CPtr pivot, seL4_CPtr source)
{
    return seL4_CNode_Rotate(CNODE, dest, DEPTH, 0, CNODE, pivot, DEPTH, 0, CNODE, source, DEPTH);
}

static void rotate_works(void)
{
    seL4_CPtr a = new_frame(), b = new_frame(), dest = new_slot();
    seL4_Word paddr_a = seL4_ARM_Page_GetAddress(a).paddr, paddr_b = seL4_ARM_Page_GetAddress(b).paddr;
    EXPECT_OK(rotate(a, b, a)); /* the same slot as source and destination: a swap */
    EXPECT_EQ(seL4_ARM_Page_GetAddress(a).paddr, paddr_b);
    EXPECT_EQ(seL4_ARM_Page_GetAddress(b).paddr, paddr_a);
    EXPECT_OK(rotate(dest, a, b));
    EXPECT_EQ(seL4_ARM_Page_GetAddress(dest).paddr, paddr_b);
    EXPECT_EQ(seL4_ARM_Page_GetAddress(a).paddr, paddr_a);
    EXPECT_TRUE(slot_is_empty(b));
}

static void rotate_sets_guards(void)
{
    seL4_CPtr a = new_cnode(4), b = new_cnode(4), endpoint = new_endpoint();
    seL4_Word guard_a = seL4_CNode_CapData_new(5, 4).words[0], guard_b = seL4_CNode_CapData_new(6, 4).words[0];
    EXPECT_OK(seL4_CNode_Rotate(CNODE, a, DEPTH, guard_b, CNODE, b, DEPTH, guard_a, CNODE, a, DEPTH));
    EXPECT_OK(copy_to(a, 6 << 4 | 1, 8, endpoint));
    EXPECT_OK(copy_to(b, 5 << 4 | 1, 8, endpoint));
}

static void rotate_refuses(void)
{
    seL4_CPtr a = new_endpoint(), b = new_endpoint(), c = new_endpoint(), empty = new_slot();
    EXPECT_ERR(rotate(c, a, b), seL4_DeleteFirst);
    EXPECT_ERR(rotate(empty, a, a), seL4_IllegalOperation);
    EXPECT_ERR(rotate(empty, a, b), seL4_IllegalOperation); /* endpoints cannot be given capability data */
    EXPECT_ERR(rotate(a, a, b), seL4_IllegalOperation);
    EXPECT_ERR(rotate(a, empty, a), seL4_FailedLookup, 0, seL4_MissingCapability, DEPTH);
    EXPECT_ERR(rotate(empty, a, new_slot()), seL4_FailedLookup, 1, seL4_MissingCapability, DEPTH);
    EXPECT_ERR(seL4_CNode_Rotate(CNODE, empty, DEPTH, 5, CNODE, a, DEPTH, 0, CNODE, b, DEPTH), seL4_IllegalOperation);
    EXPECT_ERR(seL4_CNode_Rotate(CNODE, empty, DEPTH, 0, CNODE, a, 0, 0, CNODE, b, DEPTH), seL4_RangeError, 1, 64);
    EXPECT_EQ(RAW(CNODE, CNodeRotate, 2, 7, empty, DEPTH, 0, a, DEPTH, 0, b), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(CNODE, CNodeRotate, 1, 8, empty, DEPTH, 0, a, DEPTH, 0, b, DEPTH), seL4_TruncatedMessage);
    EXPECT_TRUE(!slot_is_empty(a) && !slot_is_empty(b) && !slot_is_empty(c));
}

static void delete_works(void)
{
    seL4_CPtr endpoint = new_endpoint(), empty = new_slot();
    EXPECT_OK(seL4_CNode_Delete(CNODE, endpoint, DEPTH));
    EXPECT_TRUE(slot_is_empty(endpoint));
    EXPECT_OK(seL4_CNode_Delete(CNODE, empty, DEPTH));
}

static void delete_keeps_copies(void)
{
    seL4_CPtr endpoint = new_endpoint(), derived = copy(endpoint);
    EXPECT_OK(seL4_CNode_Delete(CNODE, endpoint, DEPTH));
    EXPECT_TRUE(!slot_is_empty(derived));
}

static void delete_empties_node(void)
{
    seL4_CPtr node = new_cnode(4), untyped = new_untyped(seL4_EndpointBits), endpoint = new_slot();
    EXPECT_OK(seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, CNODE, 0, 0, endpoint, 1));
    EXPECT_OK(seL4_CNode_Move(node, 7, 4, CNODE, endpoint, DEPTH));
    EXPECT_OK(seL4_CNode_Delete(CNODE, node, DEPTH));
    /* The endpoint inside went with the node, so its memory is free. */
    EXPECT_OK(seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, CNODE, 0, 0, endpoint, 1));
}

static void delete_nested_containers(void)
{
    /* A kernel may leave a container that was inside a deleted one unreachable; its untyped still gets it back. */
    static const seL4_Word types[] = {seL4_TCBObject, seL4_CapTableObject};
    for (unsigned i = 0; i < 2; i++) {
        seL4_CPtr node = new_cnode(4), untyped = new_untyped(11), inner = new_slot();
        EXPECT_OK(seL4_Untyped_Retype(untyped, types[i], 6, CNODE, 0, 0, inner, 1));
        EXPECT_OK(seL4_CNode_Move(node, 7, 4, CNODE, inner, DEPTH));
        EXPECT_OK(seL4_CNode_Delete(CNODE, node, DEPTH));
        EXPECT_OK(seL4_CNode_Revoke(CNODE, untyped, DEPTH));
        EXPECT_OK(seL4_Untyped_Retype(untyped, types[i], 6, CNODE, 0, 0, inner, 1));
    }
}

static void delete_self_containing(void)
{
    seL4_CPtr node = new_cnode(4), untyped = new_untyped(11), inner = new_slot();
    EXPECT_OK(seL4_Untyped_Retype(untyped, seL4_CapTableObject, 6, CNODE, 0, 0, inner, 1));
    EXPECT_OK(seL4_CNode_Copy(inner, 5, 6, CNODE, inner, DEPTH, seL4_AllRights));
    EXPECT_OK(seL4_CNode_Copy(inner, 6, 6, CNODE, node, DEPTH, seL4_AllRights));
    EXPECT_OK(seL4_CNode_Delete(CNODE, inner, DEPTH));
    EXPECT_OK(seL4_CNode_Revoke(CNODE, untyped, DEPTH));
    EXPECT_OK(seL4_Untyped_Retype(untyped, seL4_CapTableObject, 6, CNODE, 0, 0, inner, 1));
}

static void revoke_works(void)
{
    seL4_CPtr endpoint = new_endpoint(), derived = copy(endpoint), badged = mint(endpoint, seL4_AllRights, 4);
    EXPECT_OK(seL4_CNode_Revoke(CNODE, derived, DEPTH));
    EXPECT_TRUE(!slot_is_empty(endpoint) && !slot_is_empty(derived) && !slot_is_empty(badged));
    EXPECT_OK(seL4_CNode_Revoke(CNODE, endpoint, DEPTH));
    EXPECT_TRUE(!slot_is_empty(endpoint) && slot_is_empty(derived) && slot_is_empty(badged));
    EXPECT_OK(seL4_CNode_Revoke(CNODE, new_slot(), DEPTH));
}

static void cancel_badged_sends(void)
{
    seL4_CPtr endpoint = new_endpoint(), badged = mint(endpoint, seL4_AllRights, 4);
    EXPECT_OK(seL4_CNode_CancelBadgedSends(CNODE, badged, DEPTH));
    EXPECT_OK(seL4_CNode_CancelBadgedSends(CNODE, endpoint, DEPTH));
    seL4_CPtr weak = mint(endpoint, seL4_ReadWrite, 5);
    EXPECT_ERR(seL4_CNode_CancelBadgedSends(CNODE, weak, DEPTH), seL4_IllegalOperation);
    EXPECT_ERR(seL4_CNode_CancelBadgedSends(CNODE, new_notification(), DEPTH), seL4_IllegalOperation);
    EXPECT_ERR(seL4_CNode_CancelBadgedSends(CNODE, new_slot(), DEPTH), seL4_IllegalOperation);
}

static void save_caller_refuses(void)
{
    EXPECT_ERR(seL4_CNode_SaveCaller(CNODE, new_endpoint(), DEPTH), seL4_DeleteFirst);
    EXPECT_ERR(seL4_CNode_SaveCaller(CNODE, new_slot(), 0), seL4_RangeError, 1, 64);
    EXPECT_EQ(RAW(CNODE, CNodeSaveCaller, 0, 1, new_slot()), seL4_TruncatedMessage);
    seL4_CPtr slot = new_slot();
    EXPECT_OK(seL4_CNode_SaveCaller(CNODE, slot, DEPTH)); /* nobody called: nothing to save */
    EXPECT_TRUE(slot_is_empty(slot));
}

static void two_levels(void)
{
    seL4_CPtr outer = new_cnode(4), inner = new_cnode(4), endpoint = new_endpoint();
    seL4_Word guard = seL4_CNode_CapData_new(2, 3).words[0];
    EXPECT_OK(seL4_CNode_Mint(outer, 3, 4, CNODE, inner, DEPTH, seL4_AllRights, guard));
    EXPECT_OK(copy_to(outer, 3 << 7 | 2 << 4 | 5, 11, endpoint));
    EXPECT_OK(seL4_CNode_Move(CNODE, new_slot(), DEPTH, inner, 5, 4));
    /* Only the low depth bits of an index count. */
    EXPECT_OK(copy_to(outer, 0xabcd000 | 3 << 7 | 2 << 4 | 5, 11, endpoint));
    EXPECT_OK(seL4_CNode_Move(CNODE, new_slot(), DEPTH, inner, 5, 4));
}

static void lookup_errors(void)
{
    seL4_CPtr outer = new_cnode(4), inner = new_cnode(4), endpoint = new_endpoint();
    seL4_Word guard = seL4_CNode_CapData_new(2, 3).words[0];
    EXPECT_OK(seL4_CNode_Mint(outer, 3, 4, CNODE, inner, DEPTH, seL4_AllRights, guard));
    EXPECT_OK(copy_to(outer, 1, 4, endpoint));
    /* wrong guard; too few bits for it; too few bits for the radix; bits left at a capability that is no CNode */
    EXPECT_ERR(copy_to(outer, 3 << 7 | 4 << 4 | 5, 11, endpoint), seL4_FailedLookup, 0, seL4_GuardMismatch, 7, 2);
    EXPECT_ERR(copy_to(outer, 3 << 2 | 1, 6, endpoint), seL4_FailedLookup, 0, seL4_GuardMismatch, 2, 2);
    EXPECT_ERR(copy_to(outer, 3 << 5 | 2 << 2, 9, endpoint), seL4_FailedLookup, 0, seL4_DepthMismatch, 5, 7);
    EXPECT_ERR(copy_to(outer, 1 << 4, 8, endpoint), seL4_FailedLookup, 0, seL4_DepthMismatch, 4, 0);
    EXPECT_ERR(copy_to(outer, 1, 3, endpoint), seL4_FailedLookup, 0, seL4_DepthMismatch, 3, 4);
}

static void copy_refuses(void)
{
    seL4_CPtr endpoint = new_endpoint(), taken = new_endpoint(), empty = new_slot();
    EXPECT_ERR(copy_to(CNODE, taken, DEPTH, endpoint), seL4_DeleteFirst);
    EXPECT_ERR(copy_to(CNODE, empty, 0, endpoint), seL4_RangeError, 1, 64);
    EXPECT_ERR(copy_to(CNODE, empty, 65, endpoint), seL4_RangeError, 1, 64);
    EXPECT_ERR(copy_to(CNODE, empty, DEPTH, new_slot()), seL4_FailedLookup, 1, seL4_MissingCapability, DEPTH);
    EXPECT_ERR(seL4_CNode_Copy(CNODE, empty, DEPTH, taken, 0, DEPTH, seL4_AllRights), seL4_FailedLookup, 1,
               seL4_InvalidRoot);
    EXPECT_ERR(seL4_CNode_Copy(CNODE, empty, DEPTH, CNODE, endpoint, 65, seL4_AllRights), seL4_RangeError, 1, 64);
    EXPECT_TRUE(slot_is_empty(empty));
}

static void malformed(void)
{
    static const struct {
        seL4_Word label, num_caps, length;
    } calls[] = {
        {CNodeCopy, 1, 4}, {CNodeCopy, 0, 5},   {CNodeMint, 1, 5},   {CNodeMint, 0, 6},   {CNodeMove, 1, 3},
        {CNodeMove, 0, 4}, {CNodeMutate, 1, 4}, {CNodeMutate, 0, 5}, {CNodeDelete, 0, 1}, {CNodeRevoke, 0, 1},
        {CNodeRevoke, 0, 0}, {CNodeCancelBadgedSends, 0, 1},
    };
    seL4_CPtr endpoint = new_endpoint(), empty = new_slot();
    for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        EXPECT_EQ(RAW(CNODE, calls[i].label, calls[i].num_caps, calls[i].length, empty, DEPTH, endpoint, DEPTH, 15, 0),
                  seL4_TruncatedMessage);
    }
    EXPECT_EQ(RAW(CNODE, TCBResume, 1, 6, empty, DEPTH, endpoint, DEPTH, 15, 0), seL4_IllegalOperation);
    EXPECT_EQ(RAW(CNODE, 9999, 1, 6, empty, DEPTH, endpoint, DEPTH, 15, 0), seL4_IllegalOperation);
    EXPECT_EQ(RAW(seL4_CapInitThreadTCB, CNodeCopy, 1, 5, empty, DEPTH, endpoint, DEPTH, 15), seL4_IllegalOperation);
}

static void move_refuses(void)
{
    seL4_CPtr endpoint = new_endpoint(), taken = new_endpoint(), empty = new_slot();
    EXPECT_ERR(seL4_CNode_Move(CNODE, taken, DEPTH, CNODE, endpoint, DEPTH), seL4_DeleteFirst);
    EXPECT_ERR(seL4_CNode_Move(CNODE, empty, DEPTH, CNODE, new_slot(), DEPTH), seL4_FailedLookup, 1,
               seL4_MissingCapability, DEPTH);
    EXPECT_ERR(seL4_CNode_Mutate(CNODE, empty, DEPTH, CNODE, new_slot(), DEPTH, 0), seL4_FailedLookup, 1,
               seL4_MissingCapability, DEPTH);
    EXPECT_ERR(seL4_CNode_Mint(CNODE, taken, DEPTH, CNODE, endpoint, DEPTH, seL4_AllRights, 1), seL4_DeleteFirst);
    EXPECT_ERR(seL4_CNode_Delete(CNODE, taken, 0), seL4_RangeError, 1, 64);
    EXPECT_ERR(seL4_CNode_Delete(CNODE, taken, 30), seL4_FailedLookup, 0, seL4_GuardMismatch);
    EXPECT_ERR(seL4_CNode_Revoke(CNODE, taken, 65), seL4_RangeError, 1, 64);
    EXPECT_ERR(seL4_CNode_Mint(CNODE, empty, DEPTH, CNODE, new_cnode(4), DEPTH, seL4_AllRights,
                               seL4_CNode_CapData_new(0, 61).words[0]),
               seL4_IllegalOperation);
}

static const struct test_case cases[] = {
    {"cnode.copy: both capabilities name the object", copy_works},
    {"cnode.copy: rights are masked", copy_masks_rights},
    {"cnode.copy: refusals", copy_refuses},
    {"cnode.copy: capabilities that cannot be derived", underivable},
    {"cnode.mint: badges once", mint_badges},
    {"cnode.mint: badge of other types is ignored", mint_other_types},
    {"cnode.move: the source is empty afterwards", move_works},
    {"cnode.move, mutate, mint, delete, revoke: refusals", move_refuses},
    {"cnode.mutate: changes the guard, keeps the original", mutate_works},
    {"cnode.mutate: refusals", mutate_refuses},
    {"cnode.rotate: swaps and shifts", rotate_works},
    {"cnode.rotate: sets guards", rotate_sets_guards},
    {"cnode.rotate: refusals", rotate_refuses},
    {"cnode.delete: empties a slot", delete_works},
    {"cnode.delete: copies stay", delete_keeps_copies},
    {"cnode.delete: the last capability to a CNode empties it", delete_empties_node},
    {"cnode.delete: containers inside containers", delete_nested_containers},
    {"cnode.delete: a CNode that holds itself", delete_self_containing},
    {"cnode.revoke: takes derived capabilities only", revoke_works},
    {"cnode.cancel_badged_sends: needs an endpoint with all rights", cancel_badged_sends},
    {"cnode.save_caller: refusals", save_caller_refuses},
    {"cnode: addresses resolve through two levels and a guard", two_levels},
    {"cnode: failed lookups tell where", lookup_errors},
    {"cnode: malformed messages", malformed},
};
TEST_SUITE(cnode_suite, cases);
