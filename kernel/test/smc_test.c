/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secure monitor calls. The kernel may be built without them, then the slot is empty; and there is no monitor on this
 * board, so nothing here makes a real call.
 */
#include "env.h"
#include "harness.h"

static void refused(void)
{
    seL4_ARM_SMCContext arguments = {0}, response = {0};
    if (slot_is_empty(seL4_CapSMC)) {
        EXPECT_ERR(seL4_ARM_SMC_Call(seL4_CapSMC, &arguments, &response), seL4_InvalidCapability, 0);
        EXPECT_EQ(RAW(seL4_CapSMC, ARMSMCCall, 0, 7, 0, 0, 0, 0, 0, 0, 0), seL4_InvalidCapability);
        EXPECT_EQ(RAW(CNODE, ARMSMCCall, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0), seL4_IllegalOperation);
        return;
    }
    EXPECT_EQ(RAW(seL4_CapSMC, ARMSMCCall, 0, 7, 0, 0, 0, 0, 0, 0, 0), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(seL4_CapSMC, TCBSuspend, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0), seL4_IllegalOperation);
    EXPECT_EQ(RAW(CNODE, ARMSMCCall, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0), seL4_IllegalOperation);
    /* A badged capability allows that function only. */
    seL4_CPtr badged = mint(seL4_CapSMC, seL4_AllRights, 0x84000000);
    arguments.x0 = 0x84000001;
    EXPECT_EQ(seL4_ARM_SMC_Call(badged, &arguments, &response), seL4_IllegalOperation);
}

static const struct test_case cases[] = {
    {"smc.call: refusals", refused},
};
TEST_SUITE(smc_suite, cases);
