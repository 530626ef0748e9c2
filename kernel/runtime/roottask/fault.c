/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fault thread (see fault.h): its start, the decoding of fault messages, and the reset.
 */
#include "fault.h"

#include <stdbool.h>
#include <stddef.h>

#include <sel4/sel4.h>

#include "component.h"
#include "console.h"
#include "fail.h"
#include "layout.h"
#include "lines.h"
#include "startup.h"
#include "thread.h"
#include "trap.h"

enum { FAULT_STACK_BYTES = 8192, FAULT_BADGE = 1, PRIORITY = 255 };
enum { PSCI_SYSTEM_RESET = 0x84000009 };

static struct {
    _Alignas(4096) uint8_t guard[4096];
    uint8_t stack[FAULT_STACK_BYTES];
} fault_stack;
static struct tls_block fault_tls;
static union {
    _Alignas(4096) seL4_IPCBuffer buffer;
    uint8_t page[4096];
} fault_ipc;

/* ---- what happened ---- */

struct report {
    const char *kind;
    uint64_t pc, link;
    bool has_address;
    uint64_t address;
};

static bool inside(uint64_t address, const void *start, uint64_t bytes)
{
    return address - (uint64_t)start < bytes;
}

static const char *memory_fault_kind(uint64_t address)
{
    if (inside(address, __stack_guard, (uint64_t)(__stack_bottom - __stack_guard)))
        return "stack overflow";
    if (inside(address, cohesix_memory, MEMORY_WINDOW_BYTES))
        return "out of bounds memory access";
    return "invalid address";
}

static const char *exception_kind(uint64_t pc)
{
    if (!inside(pc, __text_start, (uint64_t)(__text_end - __text_start)) || pc % 4 != 0)
        return "user exception";
    const char *text = trap_text(trap_reason_of_instruction(*(const uint32_t *)pc));
    return text != NULL ? text : "user exception";
}

static struct report decode(seL4_MessageInfo_t info)
{
    struct report report = {"unknown fault", seL4_GetMR(0), 0, false, 0};
    switch (seL4_MessageInfo_get_label(info)) {
    case seL4_Fault_VMFault:
        report.pc = seL4_GetMR(seL4_VMFault_IP);
        report.address = seL4_GetMR(seL4_VMFault_Addr);
        report.has_address = true;
        report.kind = memory_fault_kind(report.address);
        break;
    case seL4_Fault_UserException:
        report.pc = seL4_GetMR(seL4_UserException_FaultIP);
        report.kind = exception_kind(report.pc);
        break;
    case seL4_Fault_CapFault:
        report.kind = "capability fault";
        report.pc = seL4_GetMR(seL4_CapFault_IP);
        report.address = seL4_GetMR(seL4_CapFault_Addr);
        report.has_address = true;
        break;
    case seL4_Fault_UnknownSyscall:
        report.kind = "unknown system call";
        report.pc = seL4_GetMR(seL4_UnknownSyscall_FaultIP);
        break;
    default:
        break;
    }
    return report;
}

static void print_report(const struct report *report)
{
    const char *file;
    uint32_t line;
    console_text("\r\n[fault] domain=roottask kind=");
    console_text(report->kind);
    console_text(" pc=");
    console_hex(report->pc);
    if (report->has_address) {
        console_text(" addr=");
        console_hex(report->address);
    }
    if (lines_lookup_thread((const struct line_table *)cohesix_lines, report->pc, report->link, &file, &line)) {
        console_text(" at ");
        console_text(file);
        console_text(":");
        console_decimal(line);
    }
    console_text("\r\n");
}

/* PSCI through the kernel's SMC capability, where the kernel gives one. */
static void reset(void)
{
#ifdef CONFIG_ALLOW_SMC_CALLS
    seL4_ARM_SMCContext call = {.x0 = PSCI_SYSTEM_RESET}, result;
    console_text("[fault] reset\r\n");
    (void)seL4_ARM_SMC_Call(seL4_CapSMC, &call, &result);
#endif
    console_text("[fault] the kernel allows no SMC calls: reset the machine by hand\r\n");
}

static _Noreturn void fault_thread(void)
{
    seL4_SetIPCBuffer(&fault_ipc.buffer);
    for (;;) {
        seL4_Word badge;
        struct report report = decode(seL4_Recv(startup.fault_endpoint, &badge));
        seL4_UserContext context;
        if (!seL4_TCB_ReadRegisters(seL4_CapInitThreadTCB, 0, 0, sizeof(context) / sizeof(seL4_Word), &context))
            report.link = context.x30;
        print_report(&report);
        reset();
    }
}

/* ---- start ---- */

static void must(seL4_Error error)
{
    if (error != seL4_NoError)
        START_FAIL(FAIL_FAULT_THREAD);
}

void fault_thread_start(void)
{
    seL4_CPtr tcb = startup_object(seL4_TCBObject, seL4_TCBBits);
    startup.fault_endpoint = startup_object(seL4_EndpointObject, seL4_EndpointBits);
    startup_unmap_guard(fault_stack.guard, fault_stack.guard + sizeof(fault_stack.guard));
    must(seL4_TCB_Configure(tcb, 0, seL4_CapInitThreadCNode, 0, seL4_CapInitThreadVSpace, 0,
                            (seL4_Word)&fault_ipc.buffer, startup_image_frame(&fault_ipc)));
    must(seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, PRIORITY, PRIORITY));
    seL4_UserContext context = {.pc = (seL4_Word)fault_thread,
                                .sp = (seL4_Word)fault_stack.stack + sizeof(fault_stack.stack),
                                .tpidr_el0 = (seL4_Word)&fault_tls};
    must(seL4_TCB_WriteRegisters(tcb, 1, 0, sizeof(context) / sizeof(seL4_Word), &context));

    startup.fault_cap = startup_slot();
    must(seL4_CNode_Mint(seL4_CapInitThreadCNode, startup.fault_cap, seL4_WordBits, seL4_CapInitThreadCNode,
                         startup.fault_endpoint, seL4_WordBits, seL4_AllRights, FAULT_BADGE));
    must(seL4_TCB_SetSpace(seL4_CapInitThreadTCB, startup.fault_cap, seL4_CapInitThreadCNode, 0, seL4_CapInitThreadVSpace, 0));
}
