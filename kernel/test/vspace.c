/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Behind vspace.h: each probe is a thread of its own that reports or faults.
 */
#include "vspace.h"

#include "faulting.h"
#include "harness.h"

void map_tables(seL4_CPtr vspace, seL4_Word vaddr, int count)
{
    for (int i = 0; i < count; i++) {
        EXPECT_OK(seL4_ARM_PageTable_Map(new_object(seL4_ARM_PageTableObject, 0), vspace, vaddr,
                                         seL4_ARM_Default_VMAttributes));
    }
}

static int probe(thread_function access, seL4_Word address)
{
    const seL4_Word untouched = 0x7e57;
    static struct thread *thread;
    static unsigned long epoch;
    static seL4_CPtr handler;
    if (epoch != case_epoch()) {
        epoch = case_epoch();
        handler = new_endpoint();
        thread = spawn_suspended(access, address, MAIN_PRIORITY + 1);
        EXPECT_OK(seL4_TCB_SetSpace(thread->tcb, handler, CNODE, 0, VSPACE, 0));
    }
    seL4_UserContext context = thread_context(thread, access, address);
    fault_result = untouched;
    EXPECT_OK(seL4_TCB_WriteRegisters(thread->tcb, 1, 0, sizeof(context) / sizeof(seL4_Word), &context));
    seL4_MessageInfo_t info = seL4_NBRecv(handler, 0);
    EXPECT_OK(seL4_TCB_Suspend(thread->tcb));
    if (fault_result != untouched) {
        return 1;
    }
    EXPECT_EQ(seL4_MessageInfo_get_label(info), seL4_Fault_VMFault);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), address);
    return 0;
}

int probe_read(seL4_Word address)
{
    return probe(fault_read, address);
}

int probe_write(seL4_Word address)
{
    return probe(fault_write, address);
}

int probe_execute(seL4_Word address)
{
    return probe(fault_jump, address);
}
