/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCB methods: registers, spaces, IPC buffer, suspend and resume, flags, and every refusal. Priorities are in
 * sched_test.c, bound notifications in notification_test.c.
 */
#include "env.h"
#include "harness.h"

#define NUM_REGISTERS (sizeof(seL4_UserContext) / sizeof(seL4_Word))
#define SELF seL4_CapInitThreadTCB
#define ABOVE (MAIN_PRIORITY + 1)

static volatile seL4_Word seen;

static void record(seL4_Word argument)
{
    seen = argument;
}

static void block_for_ever(seL4_Word notification)
{
    seL4_Wait(notification, 0);
    seen = 1;
}

static void count_up(seL4_Word unused)
{
    (void)unused;
    for (;;) {
        seen = seen + 1;
        seL4_Yield();
    }
}

static void runs_after_resume(void)
{
    seen = 0;
    struct thread *thread = spawn_suspended(record, 5, ABOVE);
    EXPECT_EQ(seen, 0);
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    EXPECT_EQ(seen, 5);
}

static void runs_after_write(void)
{
    seen = 0;
    struct thread *thread = spawn_suspended(record, 5, ABOVE);
    seL4_UserContext context = thread_context(thread, record, 6);
    EXPECT_OK(seL4_TCB_WriteRegisters(thread->tcb, 1, 0, NUM_REGISTERS, &context));
    EXPECT_EQ(seen, 6);
}

static void registers_kept(void)
{
    struct thread *thread = spawn_suspended(record, 0, ABOVE);
    seL4_UserContext written, read = {0};
    seL4_Word *words = (seL4_Word *)&written;
    for (seL4_Word i = 0; i < NUM_REGISTERS; i++) {
        words[i] = 0x1111000000000000UL + i * 8;
    }
    written.spsr = 0xf0000000; /* the condition flags are the user's */
    EXPECT_OK(seL4_TCB_WriteRegisters(thread->tcb, 0, 0, NUM_REGISTERS, &written));
    EXPECT_OK(seL4_TCB_ReadRegisters(thread->tcb, 0, 0, NUM_REGISTERS, &read));
    for (seL4_Word i = 0; i < NUM_REGISTERS; i++) {
        if (&words[i] != &written.spsr) {
            EXPECT_EQ(((seL4_Word *)&read)[i], words[i]);
        }
    }
    EXPECT_EQ(read.spsr & 0xf0000000, 0xf0000000);
}

static void spsr_masked(void)
{
    struct thread *thread = spawn_suspended(record, 0, ABOVE);
    seL4_UserContext context = thread_context(thread, record, 0);
    context.spsr = ~0UL;
    EXPECT_OK(seL4_TCB_WriteRegisters(thread->tcb, 0, 0, NUM_REGISTERS, &context));
    EXPECT_OK(seL4_TCB_ReadRegisters(thread->tcb, 0, 0, NUM_REGISTERS, &context));
    EXPECT_EQ(context.spsr & 0x1f, 0); /* EL0, AArch64 */
    EXPECT_EQ(context.spsr & 0x80, 0); /* interrupts stay on */
}

static void partial_transfer(void)
{
    struct thread *thread = spawn_suspended(record, 7, ABOVE);
    seL4_UserContext context = {0};
    context.pc = 0x1234560;
    EXPECT_OK(seL4_TCB_WriteRegisters(thread->tcb, 0, 0, 1, &context));
    context.pc = 0;
    EXPECT_OK(seL4_TCB_ReadRegisters(thread->tcb, 0, 0, NUM_REGISTERS, &context));
    EXPECT_EQ(context.pc, 0x1234560);
    EXPECT_EQ(context.sp, thread->stack_top);
    EXPECT_EQ(context.x0, 7);
    EXPECT_EQ(RAW(thread->tcb, TCBReadRegisters, 0, 2, 0, 2), seL4_NoError);
    EXPECT_EQ(seL4_GetMR(0), 0x1234560);
    EXPECT_EQ(seL4_GetMR(1), thread->stack_top);
}

static void registers_refused(void)
{
    struct thread *thread = spawn_suspended(record, 0, ABOVE);
    seL4_UserContext context = thread_context(thread, record, 0);
    EXPECT_ERR(seL4_TCB_ReadRegisters(thread->tcb, 0, 0, 0, &context), seL4_RangeError, 1, NUM_REGISTERS);
    EXPECT_ERR(seL4_TCB_ReadRegisters(thread->tcb, 0, 0, NUM_REGISTERS + 1, &context), seL4_RangeError, 1,
               NUM_REGISTERS);
    EXPECT_ERR(seL4_TCB_ReadRegisters(SELF, 0, 0, NUM_REGISTERS, &context), seL4_IllegalOperation);
    EXPECT_ERR(seL4_TCB_WriteRegisters(SELF, 0, 0, NUM_REGISTERS, &context), seL4_IllegalOperation);
    EXPECT_EQ(RAW(thread->tcb, TCBReadRegisters, 0, 1, 0), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(thread->tcb, TCBWriteRegisters, 0, 1, 0), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(thread->tcb, TCBWriteRegisters, 0, 5, 0, 4, 0, 0, 0), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(thread->tcb, TCBWriteRegisters, 0, 2, 0, 0), seL4_NoError);
}

static void copies_registers(void)
{
    struct thread *from = spawn_suspended(record, 0, ABOVE), *to = spawn_suspended(record, 0, ABOVE);
    seL4_UserContext context = {0}, read = {0};
    context.pc = 0x5550, context.sp = 0x6660, context.x0 = 1, context.x8 = 8, context.x30 = 30;
    context.x9 = 9, context.x15 = 15, context.x28 = 28;
    EXPECT_OK(seL4_TCB_WriteRegisters(from->tcb, 0, 0, NUM_REGISTERS, &context));
    EXPECT_OK(seL4_TCB_CopyRegisters(to->tcb, from->tcb, 0, 0, 1, 0, 0));
    EXPECT_OK(seL4_TCB_ReadRegisters(to->tcb, 0, 0, NUM_REGISTERS, &read));
    EXPECT_EQ(read.pc, 0x5550);
    EXPECT_EQ(read.sp, 0x6660);
    EXPECT_EQ(read.x0, 1);
    EXPECT_EQ(read.x8, 8);
    EXPECT_EQ(read.x30, 30);
    EXPECT_EQ(read.x9, 0);
    EXPECT_EQ(read.x28, 0);
    EXPECT_OK(seL4_TCB_CopyRegisters(to->tcb, from->tcb, 0, 0, 0, 1, 0));
    EXPECT_OK(seL4_TCB_ReadRegisters(to->tcb, 0, 0, NUM_REGISTERS, &read));
    EXPECT_EQ(read.x9, 9);
    EXPECT_EQ(read.x15, 15);
    EXPECT_EQ(read.x28, 28);
}

static void copy_suspends_and_resumes(void)
{
    seen = 0;
    seL4_CPtr notification = new_notification();
    struct thread *from = spawn(block_for_ever, notification, ABOVE), *to = spawn_suspended(record, 9, ABOVE);
    EXPECT_OK(seL4_TCB_CopyRegisters(to->tcb, from->tcb, 1, 1, 0, 0, 0));
    EXPECT_EQ(seen, 9);
    seL4_Signal(notification);
    EXPECT_EQ(seen, 9); /* the source is suspended */
    EXPECT_ERR(seL4_TCB_CopyRegisters(to->tcb, notification, 0, 0, 0, 0, 0), seL4_InvalidCapability, 1);
    EXPECT_EQ(RAW(to->tcb, TCBCopyRegisters, 0, 1, 0), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(to->tcb, TCBCopyRegisters, 1, 0), seL4_TruncatedMessage);
}

static void suspend_stops(void)
{
    seen = 0;
    struct thread *thread = spawn(count_up, 0, MAIN_PRIORITY);
    while (seen < 3) {
        seL4_Yield();
    }
    EXPECT_OK(seL4_TCB_Suspend(thread->tcb));
    seL4_Word before = seen;
    for (int i = 0; i < 10; i++) {
        seL4_Yield();
    }
    EXPECT_EQ(seen, before);
    EXPECT_OK(seL4_TCB_Suspend(thread->tcb)); /* again: nothing happens */
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    seL4_Yield();
    EXPECT_TRUE(seen > before);
    EXPECT_OK(seL4_TCB_Resume(thread->tcb)); /* of a running thread: nothing happens */
}

static void suspend_unblocks_queue(void)
{
    seL4_CPtr notification = new_notification();
    seen = 0;
    struct thread *thread = spawn(block_for_ever, notification, ABOVE);
    EXPECT_OK(seL4_TCB_Suspend(thread->tcb));
    seL4_Signal(notification); /* nobody waits: it stays */
    EXPECT_EQ(seen, 0);
    EXPECT_OK(seL4_TCB_Resume(thread->tcb)); /* the wait starts again */
    seL4_Signal(mint(notification, seL4_AllRights, 1));
    EXPECT_EQ(seen, 1);
}

static void delete_stops(void)
{
    seen = 0;
    struct thread *thread = spawn(count_up, 0, MAIN_PRIORITY);
    seL4_Yield();
    seL4_Word before = seen;
    EXPECT_TRUE(before > 0);
    EXPECT_OK(seL4_CNode_Delete(CNODE, thread->tcb, DEPTH));
    seL4_Yield();
    EXPECT_EQ(seen, before);
}

static void read_tls_base(seL4_Word unused)
{
    (void)unused;
    seL4_Word base;
    __asm__ volatile("mrs %0, tpidr_el0" : "=r"(base));
    seen = base;
    __asm__ volatile("msr tpidr_el0, %0" : : "r"(thread_self()));
    for (;;) {
        seL4_Yield();
    }
}

static void tls_base(void)
{
    struct thread *thread = spawn_suspended(read_tls_base, 0, MAIN_PRIORITY);
    static seL4_Word other[4];
    EXPECT_OK(seL4_TCB_SetTLSBase(thread->tcb, (seL4_Word)other));
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    seL4_Yield();
    EXPECT_EQ(seen, other);
    EXPECT_EQ(RAW(thread->tcb, TCBSetTLSBase, 0, 0), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(CNODE, TCBSetTLSBase, 0, 1, 0), seL4_IllegalOperation);
}

static void flags(void)
{
    seL4_CPtr tcb = new_tcb();
    seL4_TCB_SetFlags_t result = seL4_TCB_SetFlags(tcb, 0, 0);
    EXPECT_EQ(result.error, seL4_NoError);
    EXPECT_EQ(result.flags, 0);
    EXPECT_EQ(seL4_TCB_SetFlags(tcb, 0, seL4_TCBFlag_fpuDisabled).flags, seL4_TCBFlag_fpuDisabled);
    EXPECT_EQ(seL4_TCB_SetFlags(tcb, 0, ~1UL).flags, seL4_TCBFlag_fpuDisabled); /* unknown ones are ignored */
    EXPECT_EQ(seL4_TCB_SetFlags(tcb, 1, 1).flags, 1);                            /* cleared, then set */
    EXPECT_EQ(seL4_TCB_SetFlags(tcb, 1, 0).flags, 0);
    EXPECT_EQ(RAW(tcb, TCBSetFlags, 0, 1, 0), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(CNODE, TCBSetFlags, 0, 2, 0, 0), seL4_IllegalOperation);
}

static void fill_message(seL4_Word endpoint)
{
    for (int i = 0; i < 20; i++) {
        seL4_SetMR(i, (seL4_Word)(100 + i));
    }
    seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 20));
}

static void other_ipc_buffer(void)
{
    static char page[4096] __attribute__((aligned(4096)));
    seL4_CPtr endpoint = new_endpoint();
    struct thread *thread = spawn_suspended(fill_message, endpoint, ABOVE);
    EXPECT_OK(seL4_TCB_SetIPCBuffer(thread->tcb, (seL4_Word)page + 1024, image_frame(page)));
    thread->tls[2] = (seL4_Word)page + 1024;
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    EXPECT_EQ(seL4_MessageInfo_get_length(seL4_Recv(endpoint, 0)), 20);
    EXPECT_EQ(seL4_GetMR(19), 119);
}

static void no_ipc_buffer(void)
{
    seL4_CPtr endpoint = new_endpoint();
    struct thread *thread = spawn_suspended(fill_message, endpoint, ABOVE);
    EXPECT_OK(seL4_TCB_SetIPCBuffer(thread->tcb, 0, seL4_CapNull));
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    /* Only what fits into registers arrives. */
    EXPECT_EQ(seL4_MessageInfo_get_length(seL4_Recv(endpoint, 0)), 4);
    EXPECT_EQ(seL4_GetMR(3), 103);
}

static void ipc_buffer_refused(void)
{
    seL4_CPtr tcb = new_tcb(), frame = new_frame(), endpoint = new_endpoint();
    EXPECT_ERR(seL4_TCB_SetIPCBuffer(tcb, 0x600200, frame), seL4_AlignmentError);
    EXPECT_ERR(seL4_TCB_SetIPCBuffer(tcb, 0x600400, endpoint), seL4_IllegalOperation);
    EXPECT_OK(seL4_TCB_SetIPCBuffer(tcb, 0x600400, frame));
    EXPECT_EQ(RAW(tcb, TCBSetIPCBuffer, 1, 0), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(tcb, TCBSetIPCBuffer, 0, 1, 0x600400), seL4_TruncatedMessage);
}

static void spaces_refused(void)
{
    seL4_CPtr tcb = new_tcb(), endpoint = new_endpoint(), frame = new_frame(), node = new_cnode(4);
    seL4_CPtr unassigned = new_object(seL4_ARM_VSpaceObject, 0);
    seL4_Word bad_guard = seL4_CNode_CapData_new(0, 61).words[0];
    EXPECT_ERR(seL4_TCB_SetSpace(tcb, 0, endpoint, 0, VSPACE, 0), seL4_IllegalOperation);
    EXPECT_ERR(seL4_TCB_SetSpace(tcb, 0, CNODE, 0, endpoint, 0), seL4_IllegalOperation);
    EXPECT_ERR(seL4_TCB_SetSpace(tcb, 0, CNODE, 0, unassigned, 0), seL4_IllegalOperation);
    EXPECT_ERR(seL4_TCB_SetSpace(tcb, 0, node, bad_guard, VSPACE, 0), seL4_IllegalOperation);
    EXPECT_OK(seL4_TCB_SetSpace(tcb, 0, node, seL4_CNode_CapData_new(0, 60).words[0], VSPACE, 0));
    EXPECT_OK(seL4_TCB_SetSpace(tcb, ~0UL, CNODE, 0, VSPACE, 0)); /* the fault endpoint is looked up when needed */
    EXPECT_EQ(RAW(tcb, TCBSetSpace, 1, 3, 0, 0, 0), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(tcb, TCBSetSpace, 2, 2, 0, 0), seL4_TruncatedMessage);
    EXPECT_ERR(seL4_TCB_Configure(tcb, 0, endpoint, 0, VSPACE, 0, 0x600400, frame), seL4_IllegalOperation);
    EXPECT_ERR(seL4_TCB_Configure(tcb, 0, CNODE, 0, frame, 0, 0x600400, frame), seL4_IllegalOperation);
    EXPECT_ERR(seL4_TCB_Configure(tcb, 0, CNODE, 0, VSPACE, 0, 0x600400, endpoint), seL4_IllegalOperation);
    EXPECT_ERR(seL4_TCB_Configure(tcb, 0, CNODE, 0, VSPACE, 0, 0x600401, frame), seL4_AlignmentError);
    EXPECT_OK(seL4_TCB_Configure(tcb, 0, CNODE, 0, VSPACE, 0, 0, seL4_CapNull));
    EXPECT_EQ(RAW(tcb, TCBConfigure, 2, 4, 0, 0, 0, 0), seL4_TruncatedMessage);
    EXPECT_EQ(RAW(tcb, TCBConfigure, 3, 3, 0, 0, 0), seL4_TruncatedMessage);
}

static void device_buffer_refused(void)
{
    seL4_CPtr tcb = new_tcb(), page = new_slot();
    const seL4_BootInfo *bootinfo = env.bootinfo;
    seL4_CPtr device = 0;
    for (seL4_Word i = 0; i < bootinfo->untyped.end - bootinfo->untyped.start; i++) {
        if (bootinfo->untypedList[i].isDevice && bootinfo->untypedList[i].paddr > 0x80000000) {
            device = bootinfo->untyped.start + i;
        }
    }
    EXPECT_OK(seL4_Untyped_Retype(device, seL4_ARM_SmallPageObject, 0, CNODE, 0, 0, page, 1));
    EXPECT_ERR(seL4_TCB_SetIPCBuffer(tcb, 0x600400, page), seL4_IllegalOperation);
}

static void wrong_labels(void)
{
    seL4_CPtr tcb = new_tcb();
    EXPECT_EQ(RAW(tcb, InvalidInvocation, 3, 4, 0, 0, 0, 0), seL4_IllegalOperation);
    EXPECT_EQ(RAW(tcb, UntypedRetype, 3, 4, 0, 0, 0, 0), seL4_IllegalOperation);
    EXPECT_EQ(RAW(tcb, ARMPageMap, 3, 4, 0, 0, 0, 0), seL4_IllegalOperation);
    EXPECT_EQ(RAW(CNODE, TCBSuspend, 0, 0), seL4_IllegalOperation);
    EXPECT_EQ(RAW(CNODE, TCBResume, 0, 0), seL4_IllegalOperation);
}

static const struct test_case cases[] = {
    {"tcb.resume: the thread runs", runs_after_resume},
    {"tcb.resume, suspend: stop and go", suspend_stops},
    {"tcb.suspend: takes a waiting thread out of the queue", suspend_unblocks_queue},
    {"tcb.write_registers: with resume the thread runs", runs_after_write},
    {"tcb.read_registers: gives what was written", registers_kept},
    {"tcb.write_registers: the mode cannot be raised", spsr_masked},
    {"tcb.read_registers, write_registers: part of the registers", partial_transfer},
    {"tcb.read_registers, write_registers: refusals", registers_refused},
    {"tcb.copy_registers: frame and integer registers", copies_registers},
    {"tcb.copy_registers: suspends, resumes, refuses", copy_suspends_and_resumes},
    {"tcb: deleting the last capability stops the thread", delete_stops},
    {"tcb.set_tls_base: is tpidr_el0", tls_base},
    {"tcb.set_flags: clear, then set", flags},
    {"tcb.set_ipc_buffer: the new buffer is used", other_ipc_buffer},
    {"tcb.set_ipc_buffer: none leaves four registers", no_ipc_buffer},
    {"tcb.set_ipc_buffer: refusals", ipc_buffer_refused},
    {"tcb.set_ipc_buffer: no device frames", device_buffer_refused},
    {"tcb.set_space, configure: refusals", spaces_refused},
    {"tcb: labels of other objects", wrong_labels},
};
TEST_SUITE(tcb_suite, cases);
