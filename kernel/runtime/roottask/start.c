/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the kernel's hand-over to the component: gives the first thread its thread register and IPC buffer, takes the
 * stack's guard pages away, maps linear memory in its window, starts the fault thread, and runs the component.
 *
 * Objects come from one untyped, in an order that leaves no gap in it:
 *   2 MiB linear memory | page tables | fault thread's TCB | fault endpoint
 */
#include <stdbool.h>

#include <sel4/sel4.h>

#include "component.h"
#include "fail.h"
#include "fault.h"
#include "../machine/ipc.h"
#include "layout.h"
#include "startup.h"
#include "thread.h"

__thread seL4_IPCBuffer *__sel4_ipc_buffer;

struct startup startup;

/* The root task calls nobody; ipc.c wants the word all the same. */
static volatile uint64_t in_call;
volatile uint64_t *const machine_in_call = &in_call;
struct tls_block first_thread_tls; /* start.S enters it */

enum { LARGE_PAGE_BYTES = 1 << seL4_LargePageBits };

_Static_assert(ROOT_PRIVATE_BYTES % LARGE_PAGE_BYTES == 0, "private linear memory is mapped in large pages: no slack behind it");

/* The smallest RAM untyped that holds everything above with room to spare. */
static void choose_untyped(const seL4_BootInfo *info)
{
    const seL4_Word wanted = ROOT_PRIVATE_BYTES + LARGE_PAGE_BYTES;
    seL4_Word count = info->untyped.end - info->untyped.start;
    bool found = false;
    for (seL4_Word i = 0; i < count; i++) {
        const seL4_UntypedDesc *candidate = &info->untypedList[i];
        if (candidate->isDevice || ((seL4_Word)1 << candidate->sizeBits) < wanted)
            continue;
        if (found && candidate->sizeBits >= info->untypedList[startup.untyped_index].sizeBits)
            continue;
        startup.untyped_index = (uint32_t)i;
        found = true;
    }
    if (!found)
        START_FAIL(FAIL_NO_UNTYPED);
}

seL4_CPtr startup_object(seL4_Word type, seL4_Word bits)
{
    const seL4_BootInfo *info = startup.bootinfo;
    seL4_CPtr slot = info->empty.start + startup.slots_used;
    seL4_Word size = (seL4_Word)1 << bits;
    if (seL4_Untyped_Retype(info->untyped.start + startup.untyped_index, type, 0, seL4_CapInitThreadCNode, 0, 0, slot, 1))
        START_FAIL(FAIL_RETYPE);
    startup.slots_used++;
    startup.untyped_bytes = ((startup.untyped_bytes + size - 1) & ~(size - 1)) + size;
    return slot;
}

seL4_CPtr startup_slot(void)
{
    return startup.bootinfo->empty.start + startup.slots_used++;
}

/* Adds page tables until the page has a place. */
static void map_large_page(seL4_CPtr page, seL4_Word vaddr)
{
    const seL4_ARM_VMAttributes data = seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever;
    for (;;) {
        seL4_Error error = seL4_ARM_Page_Map(page, seL4_CapInitThreadVSpace, vaddr, seL4_ReadWrite, data);
        if (error == seL4_NoError)
            return;
        if (error != seL4_FailedLookup)
            START_FAIL(FAIL_MAP);
        seL4_CPtr table = startup_object(seL4_ARM_PageTableObject, seL4_PageTableBits);
        if (seL4_ARM_PageTable_Map(table, seL4_CapInitThreadVSpace, vaddr, seL4_ARM_Default_VMAttributes))
            START_FAIL(FAIL_MAP);
    }
}

static void map_linear_memory(void)
{
    seL4_CPtr pages[ROOT_PRIVATE_BYTES / LARGE_PAGE_BYTES];
    const unsigned count = ROOT_PRIVATE_BYTES / LARGE_PAGE_BYTES;
    for (unsigned i = 0; i < count; i++)
        pages[i] = startup_object(seL4_ARM_LargePageObject, seL4_LargePageBits);
    for (unsigned i = 0; i < count; i++)
        map_large_page(pages[i], (seL4_Word)cohesix_memory + (seL4_Word)i * LARGE_PAGE_BYTES);
}

static seL4_CPtr image_frame(const void *address)
{
    return startup.bootinfo->userImageFrames.start + ((seL4_Word)address - (seL4_Word)__image_start) / PAGE_BYTES;
}

seL4_CPtr startup_image_frame(const void *address)
{
    return image_frame(address);
}

void startup_unmap_guard(const uint8_t *first, const uint8_t *end)
{
    for (const uint8_t *page = first; page < end; page += PAGE_BYTES) {
        if (seL4_ARM_Page_Unmap(image_frame(page)))
            START_FAIL(FAIL_GUARD);
    }
}

_Noreturn void roottask_start(seL4_BootInfo *info)
{
    seL4_SetIPCBuffer(info->ipcBuffer);
    startup.bootinfo = info;
    choose_untyped(info);
    startup_unmap_guard(__stack_guard, __stack_bottom);
    map_linear_memory();
    fault_thread_start();
    cohesix_instantiate();
    COMPONENT(start)(&cohesix_instance);
    heap_seal();
    for (;;)
        COMPONENT(turn)(&cohesix_instance);
}
