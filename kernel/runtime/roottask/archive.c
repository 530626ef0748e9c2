/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Look-ups in the archive, and the `startup` imports that rest on them: frames of its pages, source lines and trap
 * reasons of faulting components, and the completion of a call to a server that died.
 */
#include "archive.h"

#include <sel4/sel4.h>

#include "access.h"
#include "layout.h"
#include "startup.h"
#include "trap.h"

struct w2c_startup;

const struct archive_component *archive_component(uint32_t index)
{
    return index < archive_component_count ? &archive_components[index] : NULL;
}

bool archive_instruction(const struct archive_component *component, uint64_t pc, uint32_t *instruction)
{
    if (component == NULL || pc % sizeof(uint32_t) != 0)
        return false;
    uint64_t offset = pc - component->text_vaddr;
    if (offset >= component->text_bytes)
        return false;
    *instruction = *(const uint32_t *)(archive_pages + component->first_page * PAGE_BYTES + offset);
    return true;
}

uint64_t w2c_startup_archive_frame(struct w2c_startup *unused, uint32_t index)
{
    (void)unused;
    return startup_image_frame(archive_pages + (uint64_t)index * PAGE_BYTES);
}

/* Copies as much of a text as fits; returns the number of bytes. */
static uint32_t copy_text(const char *text, uint32_t to, uint32_t capacity)
{
    uint8_t *target = LINEAR_RANGE(to, capacity);
    uint32_t length = 0;
    while (length < capacity && text[length] != '\0') {
        target[length] = (uint8_t)text[length];
        length++;
    }
    return length;
}

static seL4_UserContext registers(uint64_t tcb)
{
    seL4_UserContext context = {0};
    if (seL4_TCB_ReadRegisters(tcb, 0, 0, sizeof(context) / sizeof(seL4_Word), &context) != seL4_NoError)
        return (seL4_UserContext){0};
    return context;
}

uint64_t w2c_startup_thread_pc(struct w2c_startup *unused, uint64_t tcb)
{
    (void)unused;
    return registers(tcb).pc;
}

uint32_t w2c_startup_source_line(struct w2c_startup *unused, uint32_t component, uint64_t pc, uint64_t tcb, uint32_t name,
                                 uint32_t capacity, uint32_t name_length)
{
    (void)unused;
    const struct archive_component *entry = archive_component(component);
    const char *file;
    uint32_t line;
    if (entry == NULL || !lines_valid(entry->lines, entry->lines_bytes))
        return 0;
    if (!lines_lookup_thread(entry->lines, pc, registers(tcb).x30, &file, &line))
        return 0;
    *(uint32_t *)LINEAR_RANGE(name_length, sizeof(uint32_t)) = copy_text(file, name, capacity);
    return line;
}

uint32_t w2c_startup_trap_text(struct w2c_startup *unused, uint32_t component, uint64_t pc, uint32_t to,
                               uint32_t capacity)
{
    (void)unused;
    uint32_t instruction;
    if (!archive_instruction(archive_component(component), pc, &instruction))
        return 0;
    const char *text = trap_text(trap_reason_of_instruction(instruction));
    return text == NULL ? 0 : copy_text(text, to, capacity);
}

enum { SVC_INSTRUCTION = 0xd4000001, INSTRUCTION_BYTES = 4 };

uint32_t w2c_startup_finish_call(struct w2c_startup *unused, uint64_t tcb, uint32_t component, uint64_t label)
{
    (void)unused;
    seL4_UserContext context;
    const seL4_Word words = sizeof(context) / sizeof(seL4_Word);
    seL4_Error error = seL4_TCB_ReadRegisters(tcb, 1, 0, words, &context);
    if (error != seL4_NoError)
        return (uint32_t)error;
    /* A thread that was suspended in its call stands on the system call and would issue it again: step over it with the
     * reply in the registers. Anywhere else it is not in the call (yet, or any more) and just goes on. */
    uint32_t instruction;
    if (!archive_instruction(archive_component(component), context.pc, &instruction) || instruction != SVC_INSTRUCTION)
        return (uint32_t)seL4_TCB_Resume(tcb);
    context.pc += INSTRUCTION_BYTES;
    context.x0 = 0;
    context.x1 = seL4_MessageInfo_new(label, 0, 0, 0).words[0];
    return (uint32_t)seL4_TCB_WriteRegisters(tcb, 1, 0, words, &context);
}
