/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults of memory, system calls and instructions: each message word by word, and what a reply does. Capability faults
 * and handlers are in cap_fault_test.c.
 */
#include "env.h"
#include "faulting.h"
#include "harness.h"

#define UNMAPPED 0x7000000000UL /* in a part of the address space that has no second-level table */

/* Exception classes of ESR_EL1, bits 31..26, and the bit that says that the instruction has 32 bits. */
#define ESR(class, rest) ((seL4_Word)(class) << 26 | 1UL << 25 | (rest))
#define CLASS_UNKNOWN 0x00
#define CLASS_FPU 0x07
#define CLASS_SYSTEM 0x18
#define CLASS_FETCH 0x20
#define CLASS_DATA 0x24
#define CLASS_BREAKPOINT 0x3c
#define TRANSLATION_LEVEL(n) (4UL + (n))
#define PERMISSION_LEVEL(n) (0xcUL + (n))
#define WRITE (1UL << 6)

static void map_test_page(seL4_CapRights_t rights)
{
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(seL4_ARM_PageTable_Map(new_object(seL4_ARM_PageTableObject, 0), VSPACE, TEST_VADDR,
                                         seL4_ARM_Default_VMAttributes));
    }
    EXPECT_OK(seL4_ARM_Page_Map(new_frame(), VSPACE, TEST_VADDR, rights, seL4_ARM_Default_VMAttributes));
}

static void read_fault(void)
{
    fault_start(fault_read, UNMAPPED + 0x18);
    fault_receive(seL4_Fault_VMFault, seL4_VMFault_Length);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_IP), fault_at_fault_read);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), UNMAPPED + 0x18);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_PrefetchFault), 0);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_FSR), ESR(CLASS_DATA, TRANSLATION_LEVEL(1)));
}

static void write_fault(void)
{
    fault_start(fault_write, UNMAPPED + 0x20);
    fault_receive(seL4_Fault_VMFault, seL4_VMFault_Length);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_IP), fault_at_fault_write);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), UNMAPPED + 0x20);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_FSR), ESR(CLASS_DATA, WRITE | TRANSLATION_LEVEL(1)));
}

static void permission_fault(void)
{
    map_test_page(seL4_CanRead);
    fault_start(fault_write, TEST_VADDR + 8);
    fault_receive(seL4_Fault_VMFault, seL4_VMFault_Length);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), TEST_VADDR + 8);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_FSR), ESR(CLASS_DATA, WRITE | PERMISSION_LEVEL(3)));
}

static void fetch_fault(void)
{
    fault_start(fault_jump, UNMAPPED + 0x40);
    fault_receive(seL4_Fault_VMFault, seL4_VMFault_Length);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_IP), UNMAPPED + 0x40);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), UNMAPPED + 0x40);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_PrefetchFault), 1);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_FSR), ESR(CLASS_FETCH, TRANSLATION_LEVEL(1)));
}

static void kernel_address(void)
{
    fault_start(fault_read, 0xffffff8040000000UL);
    fault_receive(seL4_Fault_VMFault, seL4_VMFault_Length);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), 0xffffff8040000000UL);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_FSR) >> 26, CLASS_DATA);
    EXPECT_EQ(fault_result, FAULT_PENDING);
}

static void repaired_by_reply(void)
{
    /* The handler maps the page; the reply starts the load again. */
    fault_start(fault_read, TEST_VADDR + 16);
    seL4_CPtr saved = new_slot();
    fault_receive(seL4_Fault_VMFault, seL4_VMFault_Length);
    EXPECT_OK(seL4_CNode_SaveCaller(CNODE, saved, DEPTH));
    map_test_page(seL4_ReadWrite);
    *(volatile seL4_Word *)(TEST_VADDR + 16) = 5678;
    EXPECT_EQ(fault_result, FAULT_PENDING);
    seL4_Send(saved, seL4_MessageInfo_new(0, 0, 0, 0));
    EXPECT_EQ(fault_result, 5678);
}

static void unknown_syscall(void)
{
    struct thread *thread = fault_start(fault_syscall, 0);
    fault_receive(seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Length);
    for (seL4_Word i = 0; i < 7; i++) {
        EXPECT_EQ(seL4_GetMR((int)i), 100 + i);
    }
    EXPECT_EQ(seL4_GetMR(seL4_UnknownSyscall_X7), 1234);
    EXPECT_EQ(seL4_GetMR(seL4_UnknownSyscall_FaultIP), fault_at_fault_syscall);
    EXPECT_EQ(seL4_GetMR(seL4_UnknownSyscall_SP), thread->stack_top);
    /* The word called LR holds the address after the call, not x30. */
    EXPECT_EQ(seL4_GetMR(seL4_UnknownSyscall_LR), fault_at_fault_syscall + 4);
    EXPECT_EQ(seL4_GetMR(seL4_UnknownSyscall_SPSR) & 0x1f, 0);
    EXPECT_EQ(seL4_GetMR(seL4_UnknownSyscall_Syscall), 1234);
    /* Emulated: results in x0 and x1, execution goes on after the call. */
    seL4_SetMR(seL4_UnknownSyscall_X0, 7000);
    seL4_SetMR(seL4_UnknownSyscall_X1, 3);
    seL4_SetMR(seL4_UnknownSyscall_FaultIP, (seL4_Word)fault_at_fault_syscall + 4);
    fault_reply(0, seL4_UnknownSyscall_SPSR + 1);
    EXPECT_EQ(fault_result, 7003);
}

static void syscall_reply_moves(void)
{
    /* FaultIP decides where the thread goes on; the word called LR does not. */
    fault_start(fault_syscall, 0);
    fault_receive(seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Length);
    seL4_SetMR(seL4_UnknownSyscall_FaultIP, (seL4_Word)fault_resumed);
    fault_reply(0, seL4_UnknownSyscall_SPSR + 1);
    EXPECT_EQ(fault_result, 4321);
    fault_start(fault_syscall, 0);
    fault_receive(seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Length);
    seL4_SetMR(seL4_UnknownSyscall_FaultIP, (seL4_Word)fault_at_fault_syscall + 4);
    seL4_SetMR(seL4_UnknownSyscall_LR, (seL4_Word)fault_resumed);
    fault_reply(0, seL4_UnknownSyscall_SPSR + 1);
    EXPECT_EQ(fault_result, 201);
}

static void syscall_reply_part(void)
{
    /* Only the registers that the reply's length covers change; without the IP the call is made again. */
    fault_start(fault_syscall, 0);
    fault_receive(seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Length);
    seL4_SetMR(0, 1);
    seL4_SetMR(1, 2);
    fault_reply(0, 1);
    fault_receive(seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Length);
    EXPECT_EQ(seL4_GetMR(seL4_UnknownSyscall_X0), 1);
    EXPECT_EQ(seL4_GetMR(seL4_UnknownSyscall_X1), 101);
    EXPECT_EQ(seL4_GetMR(seL4_UnknownSyscall_FaultIP), fault_at_fault_syscall);
}

static void syscall_reply_refusing(void)
{
    fault_start(fault_syscall, 0);
    fault_receive(seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Length);
    seL4_SetMR(seL4_UnknownSyscall_FaultIP, (seL4_Word)fault_at_fault_syscall + 4);
    fault_reply(1, seL4_UnknownSyscall_SPSR + 1); /* any label but 0: the thread stays where it is */
    EXPECT_EQ(fault_result, FAULT_PENDING);
}

static void undefined_instruction(void)
{
    struct thread *thread = fault_start(fault_undefined, 55);
    fault_receive(seL4_Fault_UserException, seL4_UserException_Length);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_FaultIP), fault_at_fault_undefined);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_SP), thread->stack_top);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_SPSR) & 0x1f, 0);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_Number), ESR(CLASS_UNKNOWN, 0));
    EXPECT_EQ(seL4_GetMR(seL4_UserException_Code), 0);
    seL4_SetMR(seL4_UserException_FaultIP, (seL4_Word)fault_at_fault_undefined + 4);
    fault_reply(0, 1);
    EXPECT_EQ(fault_result, 55);
}

static void exception_reply_moves(void)
{
    fault_start(fault_undefined, 55);
    fault_receive(seL4_Fault_UserException, seL4_UserException_Length);
    seL4_SetMR(seL4_UserException_FaultIP, (seL4_Word)fault_resumed);
    fault_reply(0, 3);
    EXPECT_EQ(fault_result, 4321);
}

static void exception_reply_refusing(void)
{
    fault_start(fault_undefined, 55);
    fault_receive(seL4_Fault_UserException, seL4_UserException_Length);
    seL4_SetMR(seL4_UserException_FaultIP, (seL4_Word)fault_at_fault_undefined + 4);
    fault_reply(9, 3);
    EXPECT_EQ(fault_result, FAULT_PENDING);
}

static void exception_reply_empty(void)
{
    /* A reply without words starts the instruction again. */
    fault_start(fault_undefined, 55);
    fault_receive(seL4_Fault_UserException, seL4_UserException_Length);
    fault_reply(0, 0);
    fault_receive(seL4_Fault_UserException, seL4_UserException_Length);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_FaultIP), fault_at_fault_undefined);
}

static void breakpoint(void)
{
    fault_start(fault_breakpoint, 55);
    fault_receive(seL4_Fault_UserException, seL4_UserException_Length);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_FaultIP), fault_at_fault_breakpoint);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_Number), ESR(CLASS_BREAKPOINT, 7));
}

static void privileged_register(void)
{
    fault_start(fault_privileged, 55);
    fault_receive(seL4_Fault_UserException, seL4_UserException_Length);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_FaultIP), fault_at_fault_privileged);
}

static void fpu_disabled(void)
{
    struct thread *thread = fault_prepare(fault_fpu, 66);
    EXPECT_EQ(seL4_TCB_SetFlags(thread->tcb, 0, seL4_TCBFlag_fpuDisabled).error, seL4_NoError);
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    fault_receive(seL4_Fault_UserException, seL4_UserException_Length);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_FaultIP), fault_at_fault_fpu);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_Number) >> 26, CLASS_FPU);
    EXPECT_EQ(seL4_TCB_SetFlags(thread->tcb, seL4_TCBFlag_fpuDisabled, 0).flags, 0);
    fault_reply(0, 0);
    EXPECT_EQ(fault_result, 66);
}

static const struct test_case cases[] = {
    {"fault.vm: a read of nothing", read_fault},
    {"fault.vm: a write to nothing", write_fault},
    {"fault.vm: a write to a read-only page", permission_fault},
    {"fault.vm: a jump to nothing", fetch_fault},
    {"fault.vm: kernel addresses", kernel_address},
    {"fault.vm: repaired and replied to, the load goes on", repaired_by_reply},
    {"fault.syscall: registers, and an emulated result", unknown_syscall},
    {"fault.syscall: a reply moves the program counter", syscall_reply_moves},
    {"fault.syscall: a short reply changes the first registers only", syscall_reply_part},
    {"fault.syscall: a reply with a label leaves the thread stopped", syscall_reply_refusing},
    {"fault.exception: an undefined instruction is skipped by the reply", undefined_instruction},
    {"fault.exception: a reply moves the program counter", exception_reply_moves},
    {"fault.exception: a reply with a label leaves the thread stopped", exception_reply_refusing},
    {"fault.exception: an empty reply tries again", exception_reply_empty},
    {"fault.exception: breakpoint instruction", breakpoint},
    {"fault.exception: privileged register", privileged_register},
    {"fault.exception: FPU disabled by flag", fpu_disabled},
};
TEST_SUITE(fault_suite, cases);
