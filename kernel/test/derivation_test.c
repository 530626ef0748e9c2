/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Property test of the capability derivation tree: random operations on a small CNode, checked after each step against
 * a model of the tree that is kept here. The seed is printed; the generator is fixed, so a seed tells the whole run.
 *
 * The model, for each slot: which capability it derives from (its parent), whether it is an original, and what it is.
 *   - Copy and Mint of an original make a child of it; of a derived capability, a sibling.
 *   - A capability with a new badge, and any untyped, is an original; every other copy is derived.
 *   - Revoke deletes all descendants; Delete hands the children to the grandparent.
 *   - Move, Mutate and Rotate change the slot only.
 *   - An untyped with children cannot be copied; one that was copied has no room until it has no children.
 */
#include "env.h"
#include "harness.h"

#define RADIX 5
#define NUM_SLOTS (1 << RADIX)
#define NONE (-1)
#define ROOT (-2) /* parent of what the arena made */
#define STEPS 250
#define SEEDS 24

enum kind { EMPTY, UNTYPED, ENDPOINT, NOTIFICATION, FRAME, NODE };

static struct {
    enum kind kind;
    int parent;
    int original;
    int full; /* untyped: a copy took all its room */
    seL4_Word badge;
} model[NUM_SLOTS];
static seL4_CPtr node, scratch, spare; /* the CNode; an empty slot; a slot with some capability */
static seL4_Word random_state, next_badge;

/* xorshift64*: small, and good enough to pick slots. */
static unsigned pick(unsigned bound)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (unsigned)((random_state * 0x2545f4914f6cdd1dUL) >> 33) % bound;
}

/* A slot that is taken, or empty, most of the time; any other now and then, for the refusals. */
static int pick_slot(int taken)
{
    int slot = (int)pick(NUM_SLOTS - 1);
    for (int tries = 0; tries < 8 && (model[slot].kind != EMPTY) != taken; tries++) {
        slot = (int)pick(NUM_SLOTS - 1);
    }
    return slot;
}

static int has_children(int slot)
{
    for (int i = 0; i < NUM_SLOTS; i++) {
        if (model[i].kind && model[i].parent == slot) {
            return 1;
        }
    }
    return 0;
}

static void model_clear(int slot)
{
    model[slot].kind = EMPTY;
    model[slot].parent = NONE;
    model[slot].original = model[slot].full = 0;
    model[slot].badge = 0;
}

static void model_delete(int slot)
{
    for (int i = 0; i < NUM_SLOTS; i++) {
        if (model[i].kind && model[i].parent == slot) {
            model[i].parent = model[slot].parent;
        }
    }
    model_clear(slot);
}

static void model_revoke(int slot)
{
    for (int again = 1; again;) {
        again = 0;
        for (int i = 0; i < NUM_SLOTS; i++) {
            if (model[i].kind && model[i].parent == slot) {
                model_delete(i);
                again = 1;
            }
        }
    }
}

static void model_move(int from, int to)
{
    model[to] = model[from];
    for (int i = 0; i < NUM_SLOTS; i++) {
        if (model[i].kind && model[i].parent == from) {
            model[i].parent = to;
        }
    }
    model_clear(from);
}

static void model_derive(int from, int to, seL4_Word badge)
{
    model[to] = model[from];
    model[to].parent = model[from].original ? from : model[from].parent;
    model[to].badge = badge;
    model[to].full = 0;
    model[to].original = model[from].kind == UNTYPED || badge != model[from].badge;
    if (model[from].kind == UNTYPED) {
        model[from].full = 1;
    }
}

static int takes_badge(int slot)
{
    return model[slot].kind == ENDPOINT || model[slot].kind == NOTIFICATION;
}

/* Operations: each returns what the kernel should answer, having changed the model when that is success. ----------- */

static seL4_Error expect_destination(int from, int to)
{
    return model[to].kind ? seL4_DeleteFirst : !model[from].kind ? seL4_FailedLookup : seL4_NoError;
}

static seL4_Error model_copy(int from, int to, seL4_Word badge, int minting)
{
    seL4_Error error = expect_destination(from, to);
    if (error) {
        return error;
    }
    if (minting && takes_badge(from) && model[from].badge) {
        return seL4_IllegalOperation; /* badged once and for all */
    }
    if (model[from].kind == UNTYPED && has_children(from)) {
        return seL4_RevokeFirst;
    }
    model_derive(from, to, minting && takes_badge(from) ? badge : model[from].badge);
    return seL4_NoError;
}

static seL4_Error model_mutate(int from, int to)
{
    seL4_Error error = expect_destination(from, to);
    if (error) {
        return error;
    }
    if (takes_badge(from)) {
        return seL4_IllegalOperation;
    }
    model_move(from, to);
    return seL4_NoError;
}

static seL4_Error model_rotate(int dest, int pivot, int source)
{
    if (pivot == source || pivot == dest) {
        return seL4_IllegalOperation;
    }
    if (dest != source && model[dest].kind) {
        return seL4_DeleteFirst;
    }
    if (!model[source].kind || !model[pivot].kind) {
        return seL4_FailedLookup;
    }
    if (takes_badge(source) || takes_badge(pivot)) {
        return seL4_IllegalOperation;
    }
    if (dest == source) {
        int unused = NUM_SLOTS - 1; /* never picked */
        model_move(pivot, unused);
        model_move(source, pivot);
        model_move(unused, dest);
    } else {
        model_move(pivot, dest);
        model_move(source, pivot);
    }
    return seL4_NoError;
}

static seL4_Error model_retype(int from, int to)
{
    if (model[to].kind) {
        return seL4_DeleteFirst;
    }
    if (!has_children(from)) {
        model[from].full = 0;
    } else if (model[from].full) {
        return seL4_NotEnoughMemory;
    }
    model[to].kind = ENDPOINT;
    model[to].parent = from;
    model[to].original = 1;
    model[to].badge = 0;
    return seL4_NoError;
}

/* One random step on both sides; the kernel's answer and the model's. ---------------------------------------------- */

struct answers {
    seL4_Error kernel, model;
};

static struct answers step_retype(int from, int to)
{
    seL4_CPtr untyped = scratch; /* an untyped is invoked through the initial CNode: moved there and back */
    struct answers answers = {seL4_NoError, seL4_NoError};
    if (model[from].kind != UNTYPED) {
        return answers;
    }
    EXPECT_OK(seL4_CNode_Move(CNODE, untyped, DEPTH, node, (seL4_Word)from, RADIX));
    answers.kernel = seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, node, 0, 0, (seL4_Word)to, 1);
    EXPECT_OK(seL4_CNode_Move(node, (seL4_Word)from, RADIX, CNODE, untyped, DEPTH));
    answers.model = model_retype(from, to);
    return answers;
}

static struct answers step(void)
{
    int a = pick_slot(1), b = pick_slot(0), c = pick_slot(1);
    seL4_Word from = (seL4_Word)a, to = (seL4_Word)b, third = (seL4_Word)c;
    struct answers answers;
    switch (pick(14)) {
    case 0:
    case 1:
    case 2:
    case 10:
        answers.kernel = seL4_CNode_Copy(node, to, RADIX, node, from, RADIX, seL4_AllRights);
        answers.model = model_copy(a, b, 0, 0);
        break;
    case 3:
    case 4:
        next_badge++;
        answers.kernel = seL4_CNode_Mint(node, to, RADIX, node, from, RADIX, seL4_AllRights,
                                         model[a].kind == NODE ? 0 : next_badge);
        answers.model = model_copy(a, b, next_badge, 1);
        break;
    case 5:
    case 6:
        answers.kernel = seL4_CNode_Move(node, to, RADIX, node, from, RADIX);
        answers.model = expect_destination(a, b);
        if (!answers.model) {
            model_move(a, b);
        }
        break;
    case 7:
        answers.kernel = seL4_CNode_Mutate(node, to, RADIX, node, from, RADIX, 0);
        answers.model = model_mutate(a, b);
        break;
    case 8:
        b = pick(2) ? b : a; /* the destination is empty, or the source */
        to = (seL4_Word)b;
        answers.kernel = seL4_CNode_Rotate(node, to, RADIX, 0, node, third, RADIX, 0, node, from, RADIX);
        answers.model = model_rotate(b, c, a);
        break;
    case 9:
    case 13:
        answers.kernel = seL4_CNode_Delete(node, from, RADIX);
        answers.model = seL4_NoError;
        if (model[a].kind) {
            model_delete(a);
        }
        break;
    case 11:
        answers.kernel = seL4_CNode_Revoke(node, from, RADIX);
        answers.model = seL4_NoError;
        if (model[a].kind) {
            model_revoke(a);
        }
        break;
    default:
        if (a == b) {
            return (struct answers){seL4_NoError, seL4_NoError};
        }
        answers = step_retype(a, b);
        break;
    }
    return answers;
}

/* Whether a slot is what the model says, found by two moves that must succeed: of its capability out and back, or of
 * a spare capability in and out. A probe that fails on every slot would drown a debug kernel in its own messages. */
static int slot_agrees(int slot)
{
    seL4_Word index = (seL4_Word)slot;
    if (model[slot].kind) {
        return !seL4_CNode_Move(CNODE, scratch, DEPTH, node, index, RADIX) &&
               !seL4_CNode_Move(node, index, RADIX, CNODE, scratch, DEPTH);
    }
    return !seL4_CNode_Move(node, index, RADIX, CNODE, spare, DEPTH) &&
           !seL4_CNode_Move(CNODE, spare, DEPTH, node, index, RADIX);
}

/* The first slot that is not what the model says, or NONE. */
static int wrong_slot(void)
{
    for (int i = 0; i < NUM_SLOTS; i++) {
        if (!slot_agrees(i)) {
            return i;
        }
    }
    return NONE;
}

static void plant(int slot, enum kind kind, seL4_CPtr cap)
{
    EXPECT_OK(seL4_CNode_Move(node, (seL4_Word)slot, RADIX, CNODE, cap, DEPTH));
    model[slot].kind = kind;
    model[slot].parent = ROOT;
    model[slot].original = 1;
}

static int run_seed(seL4_Word seed)
{
    random_state = seed * 0x9e3779b97f4a7c15UL + 1;
    next_badge = 0;
    for (int i = 0; i < NUM_SLOTS; i++) {
        model_clear(i);
    }
    node = new_cnode(RADIX);
    scratch = new_slot();
    spare = new_endpoint();
    plant(0, UNTYPED, new_untyped(12));
    plant(1, UNTYPED, new_untyped(13));
    plant(2, ENDPOINT, new_endpoint());
    plant(3, NOTIFICATION, new_notification());
    plant(4, FRAME, new_frame());
    plant(5, NODE, new_cnode(2));
    for (seL4_Word i = 0; i < STEPS; i++) {
        struct answers answers = step();
        /* Seed and step show in the value when this fails. */
        seL4_Word place = seed << 48 | i << 32;
        if (!EXPECT_EQ(place | answers.kernel, place | answers.model) || !EXPECT_EQ(wrong_slot(), NONE)) {
            put_string("# derivation: seed ");
            put_decimal(seed);
            put_string(" step ");
            put_decimal(i);
            put_string("\n");
            return 0;
        }
    }
    EXPECT_OK(seL4_CNode_Revoke(CNODE, env.arena, DEPTH));
    return 1;
}

static void random_trees(void)
{
    put_string("# derivation: seeds 1..");
    put_decimal(SEEDS);
    put_string("\n");
    for (seL4_Word seed = 1; seed <= SEEDS && run_seed(seed); seed++) {
        env.next_slot = env.first_case_slot;
    }
}

static const struct test_case cases[] = {
    {"derivation: random operations agree with the model", random_trees},
};
TEST_SUITE(derivation_suite, cases);
