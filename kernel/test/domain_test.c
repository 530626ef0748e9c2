/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Domains: the kernel is built with one, so most of this is refusals.
 */
#include "env.h"
#include "harness.h"

static void set(void)
{
    seL4_CPtr tcb = new_tcb();
    EXPECT_OK(seL4_DomainSet_Set(seL4_CapDomain, 0, tcb));
    EXPECT_ERR(seL4_DomainSet_Set(seL4_CapDomain, 1, tcb), seL4_InvalidArgument, 0);
    EXPECT_ERR(seL4_DomainSet_Set(seL4_CapDomain, 255, tcb), seL4_InvalidArgument, 0);
    EXPECT_ERR(seL4_DomainSet_Set(seL4_CapDomain, 0, CNODE), seL4_InvalidArgument, 1);
    EXPECT_EQ(RAW(seL4_CapDomain, DomainSetSet, 0, 1, 0), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(seL4_CapDomain, DomainSetSet, 1, 0), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(seL4_CapDomain, TCBSuspend, 1, 1, 0), seL4_IllegalOperation);
    EXPECT_EQ(RAW(CNODE, DomainSetSet, 1, 1, 0), seL4_IllegalOperation);
}

static void schedule_configure(void)
{
    EXPECT_ERR(seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 0, 0, 0), seL4_InvalidArgument, 2);
    EXPECT_ERR(seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 0, 1, 10), seL4_RangeError, 0, 0);
    EXPECT_ERR(seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, ~0UL, 0, 10), seL4_RangeError, 0);
    EXPECT_ERR(seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 0, 0, 1UL << 56), seL4_InvalidArgument, 2);
    EXPECT_EQ(RAW(seL4_CapDomain, DomainScheduleConfigure, 0, 2, 0, 0), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(CNODE, DomainScheduleConfigure, 0, 3, 0, 0, 1), seL4_IllegalOperation);
    EXPECT_OK(seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 0, 0, 1000));
}

static void schedule_set_start(void)
{
    EXPECT_OK(seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, 0));
    EXPECT_ERR(seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, ~0UL), seL4_RangeError, 0);
    EXPECT_EQ(RAW(seL4_CapDomain, DomainScheduleSetStart, 0, 0), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(CNODE, DomainScheduleSetStart, 0, 1, 0), seL4_IllegalOperation);
}

static void copied(void)
{
    seL4_CPtr alias = copy(seL4_CapDomain), tcb = new_tcb();
    EXPECT_OK(seL4_DomainSet_Set(alias, 0, tcb));
    EXPECT_OK(seL4_CNode_Delete(CNODE, alias, DEPTH));
    EXPECT_OK(seL4_DomainSet_Set(seL4_CapDomain, 0, tcb));
}

static const struct test_case cases[] = {
    {"domain_set.set: domain 0 only", set},
    {"domain_set.schedule_configure: limits", schedule_configure},
    {"domain_set.schedule_set_start: limits", schedule_set_start},
    {"domain_set: copies work", copied},
};
TEST_SUITE(domain_suite, cases);
