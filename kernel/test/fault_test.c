/*
 * Faults: the message of each kind, word by word, what a reply does, and what happens without a handler.
 */
#include "env.h"
#include "harness.h"

#define ABOVE (MAIN_PRIORITY + 1)
#define UNMAPPED 0x7000000000UL /* in a part of the address space that has no second-level table */

void fault_read(seL4_Word address), fault_write(seL4_Word address), fault_jump(seL4_Word address);
void fault_undefined(seL4_Word value), fault_breakpoint(seL4_Word value), fault_fpu(seL4_Word value);
void fault_privileged(seL4_Word value), fault_syscall(seL4_Word unused), fault_resumed(void), return_42(void);
extern char fault_at_fault_read[], fault_at_fault_write[], fault_at_fault_undefined[], fault_at_fault_breakpoint[],
    fault_at_fault_fpu[], fault_at_fault_syscall[], fault_at_fault_privileged[];
extern volatile seL4_Word fault_result;

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

static seL4_CPtr handler;

/* Starts a thread that will fault to `handler`, through a badged capability. */
static struct thread *start(thread_function run, seL4_Word argument)
{
    handler = new_endpoint();
    fault_result = 0xdead;
    struct thread *thread = spawn_suspended(run, argument, ABOVE);
    seL4_CPtr badged = mint(handler, seL4_AllRights, 0xfa);
    EXPECT_OK(seL4_TCB_SetSpace(thread->tcb, badged, CNODE, 0, VSPACE, 0));
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    return thread;
}

/* Receives the fault and checks what all have in common. */
static int receive(seL4_Word label, seL4_Word length)
{
    seL4_Word badge = 0;
    seL4_MessageInfo_t info = seL4_NBRecv(handler, &badge);
    EXPECT_EQ(badge, 0xfa);
    EXPECT_EQ(seL4_MessageInfo_get_length(info), length);
    EXPECT_EQ(seL4_MessageInfo_get_extraCaps(info), 0);
    return EXPECT_EQ(seL4_MessageInfo_get_label(info), label);
}

static void reply(seL4_Word label, seL4_Word length)
{
    seL4_Reply(seL4_MessageInfo_new(label, 0, 0, length));
}

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
    start(fault_read, UNMAPPED + 0x18);
    receive(seL4_Fault_VMFault, seL4_VMFault_Length);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_IP), fault_at_fault_read);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), UNMAPPED + 0x18);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_PrefetchFault), 0);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_FSR), ESR(CLASS_DATA, TRANSLATION_LEVEL(1)));
}

static void write_fault(void)
{
    start(fault_write, UNMAPPED + 0x20);
    receive(seL4_Fault_VMFault, seL4_VMFault_Length);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_IP), fault_at_fault_write);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), UNMAPPED + 0x20);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_FSR), ESR(CLASS_DATA, WRITE | TRANSLATION_LEVEL(1)));
}

static void permission_fault(void)
{
    map_test_page(seL4_CanRead);
    start(fault_write, TEST_VADDR + 8);
    receive(seL4_Fault_VMFault, seL4_VMFault_Length);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), TEST_VADDR + 8);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_FSR), ESR(CLASS_DATA, WRITE | PERMISSION_LEVEL(3)));
}

static void fetch_fault(void)
{
    start(fault_jump, UNMAPPED + 0x40);
    receive(seL4_Fault_VMFault, seL4_VMFault_Length);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_IP), UNMAPPED + 0x40);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), UNMAPPED + 0x40);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_PrefetchFault), 1);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_FSR), ESR(CLASS_FETCH, TRANSLATION_LEVEL(1)));
}

static void kernel_address(void)
{
    start(fault_read, 0xffffff8040000000UL);
    receive(seL4_Fault_VMFault, seL4_VMFault_Length);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), 0xffffff8040000000UL);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_FSR) >> 26, CLASS_DATA);
    EXPECT_EQ(fault_result, 0xdead);
}

static void repaired_by_reply(void)
{
    /* The handler maps the page; the reply starts the load again. */
    start(fault_read, TEST_VADDR + 16);
    seL4_CPtr saved = new_slot();
    receive(seL4_Fault_VMFault, seL4_VMFault_Length);
    EXPECT_OK(seL4_CNode_SaveCaller(CNODE, saved, DEPTH));
    map_test_page(seL4_ReadWrite);
    *(volatile seL4_Word *)(TEST_VADDR + 16) = 5678;
    EXPECT_EQ(fault_result, 0xdead);
    seL4_Send(saved, seL4_MessageInfo_new(0, 0, 0, 0));
    EXPECT_EQ(fault_result, 5678);
}

static void unknown_syscall(void)
{
    struct thread *thread = start(fault_syscall, 0);
    receive(seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Length);
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
    reply(0, seL4_UnknownSyscall_SPSR + 1);
    EXPECT_EQ(fault_result, 7003);
}

static void syscall_reply_moves(void)
{
    /* FaultIP decides where the thread goes on; the word called LR does not. */
    start(fault_syscall, 0);
    receive(seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Length);
    seL4_SetMR(seL4_UnknownSyscall_FaultIP, (seL4_Word)fault_resumed);
    reply(0, seL4_UnknownSyscall_SPSR + 1);
    EXPECT_EQ(fault_result, 4321);
    start(fault_syscall, 0);
    receive(seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Length);
    seL4_SetMR(seL4_UnknownSyscall_FaultIP, (seL4_Word)fault_at_fault_syscall + 4);
    seL4_SetMR(seL4_UnknownSyscall_LR, (seL4_Word)fault_resumed);
    reply(0, seL4_UnknownSyscall_SPSR + 1);
    EXPECT_EQ(fault_result, 201);
}

static void syscall_reply_part(void)
{
    /* Only the registers that the reply's length covers change; without the IP the call is made again. */
    start(fault_syscall, 0);
    receive(seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Length);
    seL4_SetMR(0, 1);
    seL4_SetMR(1, 2);
    reply(0, 1);
    receive(seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Length);
    EXPECT_EQ(seL4_GetMR(seL4_UnknownSyscall_X0), 1);
    EXPECT_EQ(seL4_GetMR(seL4_UnknownSyscall_X1), 101);
    EXPECT_EQ(seL4_GetMR(seL4_UnknownSyscall_FaultIP), fault_at_fault_syscall);
}

static void syscall_reply_refusing(void)
{
    start(fault_syscall, 0);
    receive(seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Length);
    seL4_SetMR(seL4_UnknownSyscall_FaultIP, (seL4_Word)fault_at_fault_syscall + 4);
    reply(1, seL4_UnknownSyscall_SPSR + 1); /* any label but 0: the thread stays where it is */
    EXPECT_EQ(fault_result, 0xdead);
}

static void undefined_instruction(void)
{
    struct thread *thread = start(fault_undefined, 55);
    receive(seL4_Fault_UserException, seL4_UserException_Length);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_FaultIP), fault_at_fault_undefined);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_SP), thread->stack_top);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_SPSR) & 0x1f, 0);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_Number), ESR(CLASS_UNKNOWN, 0));
    EXPECT_EQ(seL4_GetMR(seL4_UserException_Code), 0);
    seL4_SetMR(seL4_UserException_FaultIP, (seL4_Word)fault_at_fault_undefined + 4);
    reply(0, 1);
    EXPECT_EQ(fault_result, 55);
}

static void exception_reply_moves(void)
{
    start(fault_undefined, 55);
    receive(seL4_Fault_UserException, seL4_UserException_Length);
    seL4_SetMR(seL4_UserException_FaultIP, (seL4_Word)fault_resumed);
    reply(0, 3);
    EXPECT_EQ(fault_result, 4321);
}

static void exception_reply_refusing(void)
{
    start(fault_undefined, 55);
    receive(seL4_Fault_UserException, seL4_UserException_Length);
    seL4_SetMR(seL4_UserException_FaultIP, (seL4_Word)fault_at_fault_undefined + 4);
    reply(9, 3);
    EXPECT_EQ(fault_result, 0xdead);
}

static void exception_reply_empty(void)
{
    /* A reply without words starts the instruction again. */
    start(fault_undefined, 55);
    receive(seL4_Fault_UserException, seL4_UserException_Length);
    reply(0, 0);
    receive(seL4_Fault_UserException, seL4_UserException_Length);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_FaultIP), fault_at_fault_undefined);
}

static void breakpoint(void)
{
    start(fault_breakpoint, 55);
    receive(seL4_Fault_UserException, seL4_UserException_Length);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_FaultIP), fault_at_fault_breakpoint);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_Number), ESR(CLASS_BREAKPOINT, 7));
}

static void privileged_register(void)
{
    start(fault_privileged, 55);
    receive(seL4_Fault_UserException, seL4_UserException_Length);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_FaultIP), fault_at_fault_privileged);
}

static void fpu_disabled(void)
{
    handler = new_endpoint();
    fault_result = 0xdead;
    struct thread *thread = spawn_suspended(fault_fpu, 66, ABOVE);
    EXPECT_OK(seL4_TCB_SetSpace(thread->tcb, mint(handler, seL4_AllRights, 0xfa), CNODE, 0, VSPACE, 0));
    EXPECT_EQ(seL4_TCB_SetFlags(thread->tcb, 0, seL4_TCBFlag_fpuDisabled).error, seL4_NoError);
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    receive(seL4_Fault_UserException, seL4_UserException_Length);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_FaultIP), fault_at_fault_fpu);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_Number) >> 26, CLASS_FPU);
    EXPECT_EQ(seL4_TCB_SetFlags(thread->tcb, seL4_TCBFlag_fpuDisabled, 0).flags, 0);
    reply(0, 0);
    EXPECT_EQ(fault_result, 66);
}

/* Capability faults --------------------------------------------------------------------------------------------- */

static void do_recv(seL4_Word cap)
{
    seL4_Recv(cap, 0);
    fault_result = 1;
}

static void do_nbrecv(seL4_Word cap)
{
    seL4_NBRecv(cap, 0);
    fault_result = 1;
}

static void do_send(seL4_Word cap)
{
    seL4_Send(cap, seL4_MessageInfo_new(0, 0, 0, 0));
    fault_result = 1;
}

static void do_nbsend(seL4_Word cap)
{
    seL4_NBSend(cap, seL4_MessageInfo_new(0, 0, 0, 0));
    fault_result = 1;
}

static void do_send_caps(seL4_Word cap)
{
    seL4_SetCap(0, cap);
    seL4_Send(seL4_CapInitThreadTCB, seL4_MessageInfo_new(0, 0, 1, 0));
    fault_result = 1;
}

static void do_call(seL4_Word cap)
{
    seL4_Call(cap, seL4_MessageInfo_new(0, 0, 0, 0));
    fault_result = 1;
}

static void check_cap_fault(seL4_Word cap, seL4_Word in_receive, seL4_Word lookup, seL4_Word bits_left)
{
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_Addr), cap);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_InRecvPhase), in_receive);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_LookupFailureType), lookup);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_BitsLeft), bits_left);
    EXPECT_EQ(fault_result, 0xdead);
}

static void receive_faults(void)
{
    static const thread_function receives[] = {do_recv, do_nbrecv};
    for (unsigned i = 0; i < 2; i++) {
        seL4_CPtr empty = new_slot(), tcb = new_tcb(), endpoint = new_endpoint();
        seL4_CPtr refused[] = {empty, tcb, mint(endpoint, seL4_CanWrite, 0), mint(new_notification(), seL4_CanWrite, 1)};
        for (unsigned j = 0; j < 4; j++) {
            struct thread *thread = start(receives[i], refused[j]);
            receive(seL4_Fault_CapFault, 5);
            check_cap_fault(refused[j], 1, seL4_MissingCapability, 0);
            EXPECT_OK(seL4_TCB_Suspend(thread->tcb));
        }
    }
}

static void send_faults(void)
{
    /* An address that does not resolve: the root's guard is 0. */
    static const thread_function sends[] = {do_send, do_call, do_send_caps};
    seL4_CPtr address = 1UL << 40;
    seL4_Word guard_bits = 64 - env.bootinfo->initThreadCNodeSizeBits;
    for (unsigned i = 0; i < 3; i++) {
        start(sends[i], address);
        receive(seL4_Fault_CapFault, 7);
        check_cap_fault(address, 0, seL4_GuardMismatch, 64);
        EXPECT_EQ(seL4_GetMR(seL4_CapFault_GuardMismatch_GuardFound), 0);
        EXPECT_EQ(seL4_GetMR(seL4_CapFault_GuardMismatch_BitsFound), guard_bits);
    }
}

static void nbsend_does_not_fault(void)
{
    start(do_nbsend, 1UL << 40);
    EXPECT_EQ(fault_result, 1);
}

static void cap_fault_repaired(void)
{
    seL4_CPtr slot = new_slot(), endpoint = new_endpoint();
    start(do_nbrecv, slot);
    receive(seL4_Fault_CapFault, 5);
    seL4_CPtr saved = new_slot();
    EXPECT_OK(seL4_CNode_SaveCaller(CNODE, saved, DEPTH));
    EXPECT_OK(seL4_CNode_Copy(CNODE, slot, DEPTH, CNODE, endpoint, DEPTH, seL4_AllRights));
    seL4_Send(saved, seL4_MessageInfo_new(0, 0, 0, 0));
    EXPECT_EQ(fault_result, 1);
}

static void small_cspace(void)
{
    /* A CSpace of one small CNode whose guard leaves bits over. */
    seL4_CPtr node = new_cnode(4);
    handler = new_endpoint();
    fault_result = 0xdead;
    EXPECT_OK(seL4_CNode_Mint(node, 2, 4, CNODE, handler, DEPTH, seL4_AllRights, 0xfa));
    struct thread *thread = spawn_suspended(do_call, 0x3000000000000000UL, ABOVE);
    seL4_Word guard = seL4_CNode_CapData_new(1, 3).words[0];
    seL4_CPtr fault_cptr = 1UL << 61 | 2UL << 57; /* guard, then slot 2; the rest is not translated */
    EXPECT_OK(seL4_TCB_SetSpace(thread->tcb, fault_cptr, node, guard, VSPACE, 0));
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    EXPECT_EQ(fault_result, 1); /* slot 8 is empty: the call is refused, no fault */
}

/* Handlers that cannot handle ------------------------------------------------------------------------------------ */

static void no_handler(void)
{
    struct thread *thread = spawn_suspended(fault_undefined, 1, ABOVE);
    fault_result = 0xdead;
    EXPECT_OK(seL4_TCB_SetSpace(thread->tcb, 0, CNODE, 0, VSPACE, 0));
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    EXPECT_EQ(fault_result, 0xdead);
    /* Resumed, it starts at the same instruction. */
    seL4_UserContext context = {0};
    EXPECT_OK(seL4_TCB_ReadRegisters(thread->tcb, 1, 0, sizeof(context) / sizeof(seL4_Word), &context));
    EXPECT_EQ(context.pc, fault_at_fault_undefined);
}

static void weak_handlers(void)
{
    seL4_CPtr endpoint = new_endpoint();
    seL4_CPtr weak[] = {mint(endpoint, seL4_CanWrite, 1), mint(endpoint, seL4_CapRights_new(1, 1, 1, 0), 1),
                        new_notification()};
    for (unsigned i = 0; i < 3; i++) {
        struct thread *thread = spawn_suspended(fault_undefined, 1, ABOVE);
        fault_result = 0xdead;
        EXPECT_OK(seL4_TCB_SetSpace(thread->tcb, weak[i], CNODE, 0, VSPACE, 0));
        EXPECT_OK(seL4_TCB_Resume(thread->tcb));
        seL4_Word badge = 0;
        EXPECT_EQ(seL4_MessageInfo_get_label(seL4_NBRecv(endpoint, &badge)), 0);
        EXPECT_EQ(badge, 0);
        EXPECT_EQ(fault_result, 0xdead);
    }
}

static void grant_reply_handler(void)
{
    handler = new_endpoint();
    struct thread *thread = spawn_suspended(fault_undefined, 77, ABOVE);
    seL4_CPtr cap = mint(handler, seL4_CapRights_new(1, 0, 0, 1), 0xfa);
    EXPECT_OK(seL4_TCB_SetSpace(thread->tcb, cap, CNODE, 0, VSPACE, 0));
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    receive(seL4_Fault_UserException, seL4_UserException_Length);
    seL4_SetMR(0, (seL4_Word)fault_at_fault_undefined + 4);
    reply(0, 1);
    EXPECT_EQ(fault_result, 77);
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
    {"fault.cap: receiving without a right or an object", receive_faults},
    {"fault.cap: sending to an address that does not resolve", send_faults},
    {"fault.cap: NBSend never faults", nbsend_does_not_fault},
    {"fault.cap: repaired and replied to, the receive goes on", cap_fault_repaired},
    {"fault.cap: a CSpace that translates seven bits", small_cspace},
    {"fault: without a handler the thread stops", no_handler},
    {"fault: handlers without the rights are none", weak_handlers},
    {"fault: write and grant-reply are enough for a handler", grant_reply_handler},
};
TEST_SUITE(fault_suite, cases);
