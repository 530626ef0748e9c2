/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Set-up of the test program and the allocators behind env.h. The bookkeeping is deliberately dumb: slots are counted
 * up, memory is one arena, and the end of a case revokes and deletes everything.
 */
#include "env.h"

#include "harness.h"

__thread seL4_IPCBuffer *__sel4_ipc_buffer;
struct env env;
static struct thread main_thread_block;
/* What tpidr_el0 of the initial thread points to; start.S loads it. */
seL4_Word main_tls[4];

extern char image_start[], image_end[];

static char ipc_buffers[NUM_THREADS + 2][4096] __attribute__((aligned(4096)));
static seL4_Word stacks[NUM_THREADS + 2][1024] __attribute__((aligned(16)));
static struct thread threads[NUM_THREADS + 2];
static unsigned num_threads;
static struct thread *watchdog, *fault_handler;

seL4_CPtr new_slots(unsigned count)
{
    seL4_CPtr first = env.next_slot;
    env.next_slot += count;
    if (env.next_slot > env.bootinfo->empty.end) {
        EXPECT_EQ(env.next_slot, env.bootinfo->empty.end);
        env.next_slot = env.first_case_slot;
    }
    return first;
}

seL4_CPtr new_slot(void)
{
    return new_slots(1);
}

static seL4_Error retype(seL4_CPtr untyped, seL4_Word type, seL4_Word size_bits, seL4_CPtr slot, seL4_Word count)
{
    return seL4_Untyped_Retype(untyped, type, size_bits, CNODE, 0, 0, slot, count);
}

seL4_CPtr new_object(seL4_Word type, seL4_Word size_bits)
{
    seL4_CPtr slot = new_slot();
    return EXPECT_OK(retype(env.arena, type, size_bits, slot, 1)) ? slot : 0;
}

seL4_CPtr new_endpoint(void)
{
    return new_object(seL4_EndpointObject, 0);
}

seL4_CPtr new_notification(void)
{
    return new_object(seL4_NotificationObject, 0);
}

seL4_CPtr new_untyped(seL4_Word size_bits)
{
    return new_object(seL4_UntypedObject, size_bits);
}

seL4_CPtr new_cnode(seL4_Word radix)
{
    return new_object(seL4_CapTableObject, radix);
}

seL4_CPtr new_tcb(void)
{
    return new_object(seL4_TCBObject, 0);
}

seL4_CPtr new_frame(void)
{
    return new_object(seL4_ARM_SmallPageObject, 0);
}

seL4_CPtr new_vspace(void)
{
    seL4_CPtr vspace = new_object(seL4_ARM_VSpaceObject, 0);
    return vspace && EXPECT_OK(seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace)) ? vspace : 0;
}

seL4_CPtr mint(seL4_CPtr source, seL4_CapRights_t rights, seL4_Word badge)
{
    seL4_CPtr slot = new_slot();
    return EXPECT_OK(seL4_CNode_Mint(CNODE, slot, DEPTH, CNODE, source, DEPTH, rights, badge)) ? slot : 0;
}

seL4_CPtr copy(seL4_CPtr source)
{
    seL4_CPtr slot = new_slot();
    return EXPECT_OK(seL4_CNode_Copy(CNODE, slot, DEPTH, CNODE, source, DEPTH, seL4_AllRights)) ? slot : 0;
}

int slot_is_empty(seL4_CPtr slot)
{
    /* Moving a capability onto itself is refused in any case; the refusal tells whether there is one. */
    return seL4_CNode_Move(CNODE, slot, DEPTH, CNODE, slot, DEPTH) == seL4_FailedLookup;
}

seL4_CPtr image_frame(const void *address)
{
    return env.bootinfo->userImageFrames.start + (seL4_CPtr)((const char *)address - image_start) / 4096;
}

struct result raw_invoke(seL4_CPtr service, seL4_Word label, seL4_Word num_caps, const seL4_CPtr *caps,
                         seL4_Word length, const seL4_Word *words)
{
    for (seL4_Word i = 0; i < num_caps; i++) {
        seL4_SetCap((int)i, caps[i]);
    }
    for (seL4_Word i = 0; i < length; i++) {
        seL4_SetMR((int)i, words[i]);
    }
    seL4_MessageInfo_t info = seL4_Call(service, seL4_MessageInfo_new(label, 0, num_caps, length));
    struct result result = {(seL4_Error)seL4_MessageInfo_get_label(info), seL4_MessageInfo_get_length(info)};
    return result;
}

/* Threads ------------------------------------------------------------------------------------------------------- */

struct thread *thread_self(void)
{
    seL4_Word *tls;
    __asm__("mrs %0, tpidr_el0" : "=r"(tls));
    return (struct thread *)tls[0];
}

static void thread_exit(void)
{
    seL4_TCB_Suspend(thread_self()->tcb);
    for (;;) { /* in a CSpace of its own that does not work: a fault stops it */
        seL4_Recv(seL4_CapNull, 0);
    }
}

seL4_UserContext thread_context(struct thread *thread, thread_function run, seL4_Word argument)
{
    seL4_UserContext context = {0};
    context.pc = (seL4_Word)run;
    context.sp = (seL4_Word)thread->stack_top;
    context.x0 = argument;
    context.x30 = (seL4_Word)thread_exit;
    context.tpidr_el0 = (seL4_Word)thread->tls;
    return context;
}

static struct thread *make_thread(struct thread *thread, unsigned index, thread_function run, seL4_Word argument,
                                  seL4_Word priority)
{
    thread->buffer = (seL4_IPCBuffer *)ipc_buffers[index];
    thread->stack_top = &stacks[index][1024];
    thread->tls[0] = (seL4_Word)thread;
    thread->tls[2] = (seL4_Word)thread->buffer;
    thread->tcb = new_tcb();
    EXPECT_OK(seL4_TCB_Configure(thread->tcb, env.fault_ep, CNODE, 0, VSPACE, 0, (seL4_Word)thread->buffer,
                                 image_frame(thread->buffer)));
    EXPECT_OK(seL4_TCB_SetSchedParams(thread->tcb, seL4_CapInitThreadTCB, priority, priority));
    seL4_UserContext context = thread_context(thread, run, argument);
    EXPECT_OK(seL4_TCB_WriteRegisters(thread->tcb, 0, 0, sizeof(context) / sizeof(seL4_Word), &context));
    return thread;
}

struct thread *spawn_suspended(thread_function run, seL4_Word argument, seL4_Word priority)
{
    unsigned index = num_threads < NUM_THREADS ? num_threads++ : NUM_THREADS - 1;
    return make_thread(&threads[index], index, run, argument, priority);
}

struct thread *spawn(thread_function run, seL4_Word argument, seL4_Word priority)
{
    struct thread *thread = spawn_suspended(run, argument, priority);
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
    return thread;
}

/* Watchers ------------------------------------------------------------------------------------------------------ */

void env_restart_main(seL4_Word pc, seL4_Word argument)
{
    seL4_UserContext context = {0};
    seL4_TCB_ReadRegisters(seL4_CapInitThreadTCB, 1, 0, sizeof(context) / sizeof(seL4_Word), &context);
    context.pc = pc;
    context.x0 = argument;
    context.tpidr_el0 = (seL4_Word)main_tls;
    seL4_TCB_WriteRegisters(seL4_CapInitThreadTCB, 1, 0, sizeof(context) / sizeof(seL4_Word), &context);
}

/* Runs at the lowest priority, so only when everyone else is blocked. Cases that wait for a device are far quicker
 * than this loop. */
static void watch_for_deadlock(seL4_Word unused)
{
    (void)unused;
    for (;;) {
        unsigned long epoch = case_epoch();
        volatile unsigned long spins = 0;
        while (spins < 20000000 && case_epoch() == epoch) {
            spins = spins + 1;
        }
        if (case_epoch() == epoch) {
            abort_case("blocked for ever", 0, 0);
        }
    }
}

/* Receives faults that no case asked for. */
static void handle_faults(seL4_Word unused)
{
    (void)unused;
    for (;;) {
        seL4_MessageInfo_t info = seL4_Recv(env.fault_ep, 0);
        switch (seL4_MessageInfo_get_label(info)) {
        case seL4_Fault_VMFault:
            abort_case("unexpected VM fault (ip, address)", seL4_GetMR(0), seL4_GetMR(1));
            break;
        case seL4_Fault_CapFault:
            abort_case("unexpected cap fault (ip, address)", seL4_GetMR(0), seL4_GetMR(1));
            break;
        default:
            abort_case("unexpected fault (label, first word)", seL4_MessageInfo_get_label(info), seL4_GetMR(0));
            break;
        }
    }
}

/* Set-up -------------------------------------------------------------------------------------------------------- */

static seL4_CPtr largest_ram_untyped(const seL4_BootInfo *bootinfo)
{
    seL4_Word best = 0, best_bits = 0;
    for (seL4_Word i = 0; i < bootinfo->untyped.end - bootinfo->untyped.start; i++) {
        const seL4_UntypedDesc *desc = &bootinfo->untypedList[i];
        if (!desc->isDevice && desc->sizeBits > best_bits) {
            best = bootinfo->untyped.start + i;
            best_bits = desc->sizeBits;
        }
    }
    return best;
}

/* Halves the device untyped that covers an address until a page remains. */
static seL4_CPtr device_page(const seL4_BootInfo *bootinfo, seL4_Word paddr)
{
    seL4_CPtr untyped = 0;
    seL4_Word base = 0, bits = 0;
    for (seL4_Word i = 0; i < bootinfo->untyped.end - bootinfo->untyped.start; i++) {
        const seL4_UntypedDesc *desc = &bootinfo->untypedList[i];
        if (desc->isDevice && paddr >= desc->paddr && paddr - desc->paddr < 1UL << desc->sizeBits) {
            untyped = bootinfo->untyped.start + i;
            base = desc->paddr;
            bits = desc->sizeBits;
        }
    }
    while (untyped && bits > seL4_PageBits) {
        seL4_CPtr halves = new_slots(2);
        bits--;
        if (retype(untyped, seL4_UntypedObject, bits, halves, 2)) {
            return 0;
        }
        seL4_Word upper = (paddr - base) >> bits;
        base += upper << bits;
        untyped = halves + upper;
    }
    seL4_CPtr page = new_slot();
    return untyped && !retype(untyped, seL4_ARM_SmallPageObject, 0, page, 1) ? page : 0;
}

static void map_uart(const seL4_BootInfo *bootinfo, seL4_CPtr memory)
{
    seL4_CPtr table = new_slot();
    seL4_CPtr page = device_page(bootinfo, 0x09000000);
    seL4_Error error = page ? seL4_NoError : seL4_FailedLookup;
    error = error ? error : retype(memory, seL4_ARM_PageTableObject, 0, table, 1);
    error = error ? error : seL4_ARM_PageTable_Map(table, VSPACE, UART_VADDR, seL4_ARM_Default_VMAttributes);
    error = error ? error : seL4_ARM_Page_Map(page, VSPACE, UART_VADDR, seL4_ReadWrite, seL4_ARM_ExecuteNever);
    env.uart_mapped = !error;
}

void env_init(const seL4_BootInfo *bootinfo)
{
    seL4_SetIPCBuffer(bootinfo->ipcBuffer);
    main_tls[0] = (seL4_Word)&main_thread_block;
    main_thread_block.tcb = seL4_CapInitThreadTCB;
    main_thread_block.buffer = bootinfo->ipcBuffer;
    env.bootinfo = bootinfo;
    env.next_slot = bootinfo->empty.start;
    env.big_untyped = largest_ram_untyped(bootinfo);
    seL4_CPtr own_memory = new_slot();
    retype(env.big_untyped, seL4_UntypedObject, 16, own_memory, 1);
    map_uart(bootinfo, own_memory);
    /* The watchers' objects come from memory that no case revokes. */
    env.arena = own_memory;
    env.fault_ep = new_endpoint();
    watchdog = make_thread(&threads[NUM_THREADS], NUM_THREADS, watch_for_deadlock, 0, seL4_MinPrio);
    fault_handler = make_thread(&threads[NUM_THREADS + 1], NUM_THREADS + 1, handle_faults, 0, seL4_MaxPrio);
    env.arena = new_slot();
    EXPECT_OK(retype(env.big_untyped, seL4_UntypedObject, ARENA_BITS, env.arena, 1));
    env.first_case_slot = env.next_slot;
    EXPECT_OK(seL4_TCB_SetSpace(seL4_CapInitThreadTCB, env.fault_ep, CNODE, 0, VSPACE, 0));
    EXPECT_OK(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, MAIN_PRIORITY));
    EXPECT_OK(seL4_TCB_Resume(watchdog->tcb));
    EXPECT_OK(seL4_TCB_Resume(fault_handler->tcb));
}

void env_finish(void)
{
    seL4_TCB_Suspend(watchdog->tcb);
    seL4_TCB_Suspend(fault_handler->tcb);
}

void env_begin_case(void)
{
    num_threads = 0;
    env.next_slot = env.first_case_slot;
}

void env_end_case(void)
{
    seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, MAIN_PRIORITY);
    seL4_CNode_Revoke(CNODE, env.arena, DEPTH);
    for (seL4_CPtr slot = env.first_case_slot; slot < env.next_slot; slot++) {
        seL4_CNode_Delete(CNODE, slot, DEPTH);
    }
}
