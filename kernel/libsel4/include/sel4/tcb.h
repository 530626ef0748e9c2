/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Methods of threads and of the domain set.
 */
#pragma once

#include <sel4/invoke.h>

LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_ReadRegisters(seL4_TCB _service, seL4_Bool suspend_source,
                                                      seL4_Uint8 arch_flags, seL4_Word count, seL4_UserContext *regs)
{
    struct sel4_reply reply = sel4_invoke_reply(
        _service, TCBReadRegisters, 0, 2, (seL4_Word)(suspend_source & 1) | (seL4_Word)arch_flags << 8, count, 0, 0);
    seL4_Word *words = (seL4_Word *)regs;
    for (seL4_Word i = 0; reply.error == seL4_NoError && i < sizeof(*regs) / sizeof(seL4_Word); i++) {
        words[i] = i < 4 ? reply.mr[i] : seL4_GetMR((int)i);
    }
    return reply.error;
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_WriteRegisters(seL4_TCB _service, seL4_Bool resume_target,
                                                       seL4_Uint8 arch_flags, seL4_Word count, seL4_UserContext *regs)
{
    const seL4_Word *words = (const seL4_Word *)regs;
    const seL4_Word num_words = sizeof(*regs) / sizeof(seL4_Word);
    for (seL4_Word i = 2; i < num_words; i++) {
        seL4_SetMR((int)i + 2, words[i]);
    }
    return sel4_invoke(_service, TCBWriteRegisters, 0, num_words + 2,
                       (seL4_Word)(resume_target & 1) | (seL4_Word)arch_flags << 8, count, words[0], words[1]);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_CopyRegisters(seL4_TCB _service, seL4_TCB source, seL4_Bool suspend_source,
                                                      seL4_Bool resume_target, seL4_Bool transfer_frame,
                                                      seL4_Bool transfer_integer, seL4_Uint8 arch_flags)
{
    seL4_SetCap(0, source);
    seL4_Word flags = (seL4_Word)(suspend_source & 1) | (seL4_Word)(resume_target & 1) << 1 |
                      (seL4_Word)(transfer_frame & 1) << 2 | (seL4_Word)(transfer_integer & 1) << 3 |
                      (seL4_Word)arch_flags << 8;
    return sel4_invoke(_service, TCBCopyRegisters, 1, 1, flags, 0, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_Configure(seL4_TCB _service, seL4_Word fault_ep, seL4_CNode cspace_root,
                                                  seL4_Word cspace_root_data, seL4_CPtr vspace_root,
                                                  seL4_Word vspace_root_data, seL4_Word buffer, seL4_CPtr bufferFrame)
{
    seL4_SetCap(0, cspace_root);
    seL4_SetCap(1, vspace_root);
    seL4_SetCap(2, bufferFrame);
    return sel4_invoke(_service, TCBConfigure, 3, 4, fault_ep, cspace_root_data, vspace_root_data, buffer);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_SetPriority(seL4_TCB _service, seL4_CPtr authority, seL4_Word priority)
{
    seL4_SetCap(0, authority);
    return sel4_invoke(_service, TCBSetPriority, 1, 1, priority, 0, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_SetMCPriority(seL4_TCB _service, seL4_CPtr authority, seL4_Word mcp)
{
    seL4_SetCap(0, authority);
    return sel4_invoke(_service, TCBSetMCPriority, 1, 1, mcp, 0, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_SetSchedParams(seL4_TCB _service, seL4_CPtr authority, seL4_Word mcp,
                                                       seL4_Word priority)
{
    seL4_SetCap(0, authority);
    return sel4_invoke(_service, TCBSetSchedParams, 1, 2, mcp, priority, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_SetIPCBuffer(seL4_TCB _service, seL4_Word buffer, seL4_CPtr bufferFrame)
{
    seL4_SetCap(0, bufferFrame);
    return sel4_invoke(_service, TCBSetIPCBuffer, 1, 1, buffer, 0, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_SetSpace(seL4_TCB _service, seL4_Word fault_ep, seL4_CNode cspace_root,
                                                 seL4_Word cspace_root_data, seL4_CPtr vspace_root,
                                                 seL4_Word vspace_root_data)
{
    seL4_SetCap(0, cspace_root);
    seL4_SetCap(1, vspace_root);
    return sel4_invoke(_service, TCBSetSpace, 2, 3, fault_ep, cspace_root_data, vspace_root_data, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_Suspend(seL4_TCB _service)
{
    return sel4_invoke(_service, TCBSuspend, 0, 0, 0, 0, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_Resume(seL4_TCB _service)
{
    return sel4_invoke(_service, TCBResume, 0, 0, 0, 0, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_BindNotification(seL4_TCB _service, seL4_CPtr notification)
{
    seL4_SetCap(0, notification);
    return sel4_invoke(_service, TCBBindNotification, 1, 0, 0, 0, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_UnbindNotification(seL4_TCB _service)
{
    return sel4_invoke(_service, TCBUnbindNotification, 0, 0, 0, 0, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_SetTLSBase(seL4_TCB _service, seL4_Word tls_base)
{
    return sel4_invoke(_service, TCBSetTLSBase, 0, 1, tls_base, 0, 0, 0);
}

typedef struct seL4_TCB_SetFlags {
    int error;
    seL4_Word flags; /* the flags after the change */
} seL4_TCB_SetFlags_t;

LIBSEL4_INLINE_FUNC seL4_TCB_SetFlags_t seL4_TCB_SetFlags(seL4_TCB _service, seL4_Word clear, seL4_Word set)
{
    struct sel4_reply reply = sel4_invoke_reply(_service, TCBSetFlags, 0, 2, clear, set, 0, 0);
    seL4_TCB_SetFlags_t result = {(int)reply.error, reply.mr[0]};
    return result;
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_DomainSet_Set(seL4_DomainSet _service, seL4_Uint8 domain, seL4_TCB thread)
{
    seL4_SetCap(0, thread);
    return sel4_invoke(_service, DomainSetSet, 1, 1, domain, 0, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_DomainSet_ScheduleConfigure(seL4_DomainSet _service, seL4_Word index,
                                                                seL4_Uint8 domain, seL4_Word duration)
{
    return sel4_invoke(_service, DomainScheduleConfigure, 0, 3, index, domain, duration, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_DomainSet_ScheduleSetStart(seL4_DomainSet _service, seL4_Word index)
{
    return sel4_invoke(_service, DomainScheduleSetStart, 0, 1, index, 0, 0, 0);
}
