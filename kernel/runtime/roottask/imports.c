/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `startup` imports of the root task (roottask/boot/startup.ts): boot information and the start code's account.
 */
#include <sel4/sel4.h>

#include "component.h"
#include "fault.h"
#include "layout.h"
#include "startup.h"

struct w2c_startup;

uint64_t w2c_startup_bootinfo_word(struct w2c_startup *unused, uint32_t offset)
{
    (void)unused;
    uint64_t limit = PAGE_BYTES + startup.bootinfo->extraLen;
    if (offset % sizeof(uint64_t) != 0 || offset + sizeof(uint64_t) > limit)
        return 0;
    return *(const uint64_t *)((const uint8_t *)startup.bootinfo + offset);
}

uint32_t w2c_startup_slots_used(struct w2c_startup *unused)
{
    (void)unused;
    return startup.slots_used;
}

uint32_t w2c_startup_untyped_index(struct w2c_startup *unused)
{
    (void)unused;
    return startup.untyped_index;
}

uint64_t w2c_startup_untyped_bytes(struct w2c_startup *unused)
{
    (void)unused;
    return startup.untyped_bytes;
}

uint64_t w2c_startup_fault_endpoint(struct w2c_startup *unused)
{
    (void)unused;
    return startup.fault_endpoint;
}

uint64_t w2c_startup_fault_cap(struct w2c_startup *unused)
{
    (void)unused;
    return startup.fault_cap;
}

struct section {
    const uint8_t *start, *end;
};

/* Numbered as SECTION_* in roottask/boot/startup.ts. */
static struct section section_of(uint32_t id)
{
    switch (id) {
    case 0:
        return (struct section){__text_start, __text_end};
    case 1:
        return (struct section){__rodata_start, __rodata_end};
    case 2:
        return (struct section){__data_start, __data_end};
    case 3:
        return (struct section){__bss_start, __bss_end};
    case 4:
        return (struct section){cohesix_memory, cohesix_memory + ROOT_PRIVATE_BYTES};
    case 5:
        return (struct section){__stack_bottom, __stack_top};
    default:
        return (struct section){0, 0};
    }
}

uint64_t w2c_startup_section_start(struct w2c_startup *unused, uint32_t section)
{
    (void)unused;
    return (uint64_t)section_of(section).start;
}

uint64_t w2c_startup_section_end(struct w2c_startup *unused, uint32_t section)
{
    (void)unused;
    return (uint64_t)section_of(section).end;
}

void w2c_startup_set_fault_console(struct w2c_startup *unused, uint32_t region)
{
    (void)unused;
    fault_console_set(region);
}

void w2c_startup_halt(struct w2c_startup *unused)
{
    (void)unused;
    seL4_TCB_Suspend(seL4_CapInitThreadTCB);
}
