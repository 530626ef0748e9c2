/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Behind faulting.h.
 */
#include "faulting.h"

#include "harness.h"

seL4_CPtr fault_handler_ep;

struct thread *fault_prepare(thread_function run, seL4_Word argument)
{
    fault_handler_ep = new_endpoint();
    fault_result = FAULT_PENDING;
    struct thread *thread = spawn_suspended(run, argument, MAIN_PRIORITY + 1);
    seL4_CPtr badged = mint(fault_handler_ep, seL4_AllRights, FAULT_BADGE);
    EXPECT_OK(seL4_TCB_SetSpace(thread->tcb, badged, CNODE, 0, VSPACE, 0));
    return thread;
}

struct thread *fault_start(thread_function run, seL4_Word argument)
{
    struct thread *thread = fault_prepare(run, argument);
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    return thread;
}

int fault_receive(seL4_Word label, seL4_Word length)
{
    seL4_Word badge = 0;
    seL4_MessageInfo_t info = seL4_NBRecv(fault_handler_ep, &badge);
    EXPECT_EQ(badge, FAULT_BADGE);
    EXPECT_EQ(seL4_MessageInfo_get_length(info), length);
    EXPECT_EQ(seL4_MessageInfo_get_extraCaps(info), 0);
    return EXPECT_EQ(seL4_MessageInfo_get_label(info), label);
}

void fault_reply(seL4_Word label, seL4_Word length)
{
    seL4_Reply(seL4_MessageInfo_new(label, 0, 0, length));
}
