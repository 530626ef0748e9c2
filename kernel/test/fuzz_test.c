/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random invocations: labels, counts, words and capabilities drawn from lists of interesting ones, on an object of each
 * kind. The answers, error code and words, are folded into a checksum a group of rounds, which must be that of genuine
 * seL4 16.0.0. Nothing here can reach the program's own capabilities: the only CNode involved is a small one.
 *
 * With -DFUZZ_LOG every round is printed, to compare two kernels line by line; with -DFUZZ_SEED=n on other rounds.
 */
#include "env.h"
#include "harness.h"
#include "vspace.h"

#define RADIX 5
#define NUM_GROUPS 8
#define ROUNDS 1000
#ifndef FUZZ_SEED
#define FUZZ_SEED 0
#endif

static seL4_Word random_state, sum;

static seL4_Word next(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 0x2545f4914f6cdd1dUL >> 16;
}

static seL4_Word below(seL4_Word bound)
{
    return next() % bound;
}

/* The objects; services are invoked, the others are only passed. */
enum {
    NODE,
    TCB,
    UNTYPED,
    FRAME,
    TABLE,
    VSPACE_OBJECT,
    POOL,
    ASID_CONTROL,
    IRQ_CONTROL,
    IRQ_HANDLER,
    DOMAIN,
    NUM_SERVICES,
};
enum {
    OTHER_NODE = NUM_SERVICES,
    ENDPOINT,
    NOTIFICATION,
    LARGE_FRAME,
    SMALL_UNTYPED,
    UNASSIGNED,
    NOTHING,
    NUM_OBJECTS,
};
static seL4_CPtr objects[NUM_OBJECTS];

static void make_objects(void)
{
    objects[NODE] = new_cnode(RADIX);
    objects[TCB] = new_tcb();
    objects[UNTYPED] = new_untyped(16);
    objects[FRAME] = new_frame();
    objects[TABLE] = new_object(seL4_ARM_PageTableObject, 0);
    objects[VSPACE_OBJECT] = new_vspace();
    objects[POOL] = new_slot();
    EXPECT_OK(seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, new_untyped(12), CNODE, objects[POOL], DEPTH));
    objects[ASID_CONTROL] = seL4_CapASIDControl;
    objects[IRQ_CONTROL] = seL4_CapIRQControl;
    objects[IRQ_HANDLER] = new_slot();
    EXPECT_OK(seL4_IRQControl_Get(seL4_CapIRQControl, 40, CNODE, objects[IRQ_HANDLER], DEPTH));
    objects[DOMAIN] = seL4_CapDomain;
    objects[OTHER_NODE] = new_cnode(4);
    objects[ENDPOINT] = new_endpoint();
    objects[NOTIFICATION] = new_notification();
    objects[LARGE_FRAME] = new_object(seL4_ARM_LargePageObject, 0);
    objects[SMALL_UNTYPED] = new_untyped(12);
    objects[UNASSIGNED] = new_object(seL4_ARM_VSpaceObject, 0);
    objects[NOTHING] = new_slot();
    map_tables(objects[VSPACE_OBJECT], TEST_VADDR, 2);
    for (seL4_Word i = 0; i < NUM_OBJECTS; i++) { /* something to work on inside the CNode, where it can be copied */
        seL4_CNode_Copy(objects[NODE], i, RADIX, CNODE, objects[i], DEPTH, seL4_AllRights);
    }
}

static seL4_Word pick_word(void)
{
    static const seL4_Word interesting[] = {
        0,         1,         2,    3,          4,    5,    7,         8,   10,   12,   15,   16, 20, 21, 30,
        31,        32,        40,   47,         48,   63,   64,        65,  128,  159,  160,  255, 256, 257, 4095,
        4096,      4097,      1UL << 21, 1UL << 30, 1UL << 47, TEST_VADDR, ~0UL, ~7UL, 1UL << 63,
        TEST_VADDR + 4096,    TEST_VADDR + (1UL << 21), 0xffffff8000000000UL,
    };
    return below(3) ? below(RADIX * 4) : interesting[below(sizeof(interesting) / sizeof(interesting[0]))];
}

/* Which labels each service knows, as first and last; others are tried now and then. */
static const seL4_Word labels[NUM_SERVICES][2] = {
    [NODE] = {CNodeRevoke, CNodeSaveCaller},
    [TCB] = {TCBReadRegisters, TCBSetFlags},
    [UNTYPED] = {UntypedRetype, UntypedRetype},
    [FRAME] = {ARMPageMap, ARMPageGetAddress},
    [TABLE] = {ARMPageTableMap, ARMPageTableUnmap},
    [VSPACE_OBJECT] = {ARMVSpaceClean_Data, ARMVSpaceUnify_Instruction},
    [POOL] = {ARMASIDPoolAssign, ARMASIDPoolAssign},
    [ASID_CONTROL] = {ARMASIDControlMakePool, ARMASIDControlMakePool},
    [IRQ_CONTROL] = {IRQIssueIRQHandler, IRQIssueIRQHandler},
    [IRQ_HANDLER] = {IRQAckIRQ, IRQClearIRQHandler},
    [DOMAIN] = {DomainSetSet, DomainScheduleSetStart},
};

/* How many words of an error's answer mean something. */
static seL4_Word answer_words(seL4_Word error)
{
    switch (error) {
    case seL4_InvalidArgument:
    case seL4_InvalidCapability:
    case seL4_NotEnoughMemory:
        return 1;
    case seL4_RangeError:
        return 2;
    case seL4_FailedLookup:
        return seL4_GetMR(1) == seL4_InvalidRoot          ? 2
               : seL4_GetMR(1) == seL4_MissingCapability ? 3
               : seL4_GetMR(1) == seL4_DepthMismatch     ? 4
                                                          : 5;
    default:
        return 0;
    }
}

static void fold(seL4_Word value)
{
    sum = (sum ^ value) * 0x100000001b3UL;
    sum ^= sum >> 29;
}

#ifdef FUZZ_LOG
static void log_values(const char *what, seL4_Word count, const seL4_Word *values)
{
    put_string(what);
    for (seL4_Word i = 0; i < count; i++) {
        put_string(i ? "," : "");
        put_hex(values[i]);
    }
}
#endif

static void round_of(seL4_Word number)
{
    seL4_Word service = below(NUM_SERVICES), caps[3], chosen[3], words[8], num_caps, length, label;
    const seL4_Word *known = labels[service];
    label = below(8) ? known[0] + below(known[1] - known[0] + 1) : below(60);
    label = service == IRQ_CONTROL && below(3) == 0 ? ARMIRQIssueIRQHandlerTrigger : label;
    num_caps = below(6) ? 2 + below(2) : below(4);
    length = below(6) ? 8 : below(9);
    for (int i = 0; i < 3; i++) {
        chosen[i] = below(3) ? below(2) * OTHER_NODE : below(NUM_OBJECTS);
        caps[i] = objects[chosen[i]];
    }
    for (int i = 0; i < 8; i++) {
        words[i] = below(2) ? pick_word() : RADIX;
    }
    if (label == TCBResume || label == TCBWriteRegisters || label == TCBCopyRegisters) {
        words[0] &= ~3UL; /* nothing is to run */
        label = label == TCBResume ? TCBSuspend : label;
    }
    struct result result = raw_invoke(objects[service], label, num_caps, caps, length, words);
    seL4_Word answer[6] = {result.error};
    seL4_Word num_words = answer_words(result.error);
    for (seL4_Word i = 0; i < num_words; i++) {
        answer[i + 1] = seL4_GetMR((int)i);
    }
    for (seL4_Word i = 0; i <= num_words; i++) {
        fold(answer[i]);
    }
#ifdef FUZZ_LOG
    put_string("fuzz ");
    put_decimal(number);
    log_values(" service ", 1, &service);
    log_values(" label ", 1, &label);
    log_values(" caps ", num_caps, chosen);
    log_values(" words ", length, words);
    log_values(" -> ", num_words + 1, answer);
    put_string("\n");
#endif
    (void)number;
}

/* What genuine seL4 16.0.0 answers. */
static const seL4_Word genuine[NUM_GROUPS] = {
    0xbd1a13ca740690ab, 0x39befd9141eb059a, 0x26a62ddfc831fbb1, 0x88cd2a5097454a3d,
    0x60b0abeee793256c, 0x2c3d8f5f8845ba2f, 0x80190cc9ddad86e3, 0x25d72a61f5373f3d,
};

static void group(seL4_Word index)
{
    make_objects();
    random_state = (index + 1 + FUZZ_SEED) * 0x9e3779b97f4a7c15UL;
    sum = 0;
    for (seL4_Word i = 0; i < ROUNDS; i++) {
        round_of(index * ROUNDS + i);
    }
    EXPECT_EQ(sum, genuine[index]);
}

#define GROUP(n)               \
    static void group_##n(void) \
    {                          \
        group(n);              \
    }
GROUP(0) GROUP(1) GROUP(2) GROUP(3) GROUP(4) GROUP(5) GROUP(6) GROUP(7)

static const struct test_case cases[] = {
    {"fuzz: random invocations, group 0", group_0}, {"fuzz: random invocations, group 1", group_1},
    {"fuzz: random invocations, group 2", group_2}, {"fuzz: random invocations, group 3", group_3},
    {"fuzz: random invocations, group 4", group_4}, {"fuzz: random invocations, group 5", group_5},
    {"fuzz: random invocations, group 6", group_6}, {"fuzz: random invocations, group 7", group_7},
};
TEST_SUITE(fuzz_suite, cases);
