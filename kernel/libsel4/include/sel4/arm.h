/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Methods of the Arm objects: address spaces, page tables, pages, address-space identifiers, secure monitor calls.
 */
#pragma once

#include <sel4/invoke.h>

LIBSEL4_INLINE_FUNC seL4_Error seL4_ARM_VSpace_Clean_Data(seL4_ARM_VSpace _service, seL4_Word start, seL4_Word end)
{
    return sel4_invoke(_service, ARMVSpaceClean_Data, 0, 2, start, end, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_ARM_VSpace_Invalidate_Data(seL4_ARM_VSpace _service, seL4_Word start, seL4_Word end)
{
    return sel4_invoke(_service, ARMVSpaceInvalidate_Data, 0, 2, start, end, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_ARM_VSpace_CleanInvalidate_Data(seL4_ARM_VSpace _service, seL4_Word start,
                                                                    seL4_Word end)
{
    return sel4_invoke(_service, ARMVSpaceCleanInvalidate_Data, 0, 2, start, end, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_ARM_VSpace_Unify_Instruction(seL4_ARM_VSpace _service, seL4_Word start,
                                                                 seL4_Word end)
{
    return sel4_invoke(_service, ARMVSpaceUnify_Instruction, 0, 2, start, end, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_ARM_PageTable_Map(seL4_ARM_PageTable _service, seL4_CPtr vspace, seL4_Word vaddr,
                                                      seL4_ARM_VMAttributes attr)
{
    seL4_SetCap(0, vspace);
    return sel4_invoke(_service, ARMPageTableMap, 1, 2, vaddr, (seL4_Word)attr, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_ARM_PageTable_Unmap(seL4_ARM_PageTable _service)
{
    return sel4_invoke(_service, ARMPageTableUnmap, 0, 0, 0, 0, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_ARM_Page_Map(seL4_ARM_Page _service, seL4_CPtr vspace, seL4_Word vaddr,
                                                 seL4_CapRights_t rights, seL4_ARM_VMAttributes attr)
{
    seL4_SetCap(0, vspace);
    return sel4_invoke(_service, ARMPageMap, 1, 3, vaddr, rights.words[0], (seL4_Word)attr, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_ARM_Page_Unmap(seL4_ARM_Page _service)
{
    return sel4_invoke(_service, ARMPageUnmap, 0, 0, 0, 0, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_ARM_Page_Clean_Data(seL4_ARM_Page _service, seL4_Word start_offset,
                                                        seL4_Word end_offset)
{
    return sel4_invoke(_service, ARMPageClean_Data, 0, 2, start_offset, end_offset, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_ARM_Page_Invalidate_Data(seL4_ARM_Page _service, seL4_Word start_offset,
                                                             seL4_Word end_offset)
{
    return sel4_invoke(_service, ARMPageInvalidate_Data, 0, 2, start_offset, end_offset, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_ARM_Page_CleanInvalidate_Data(seL4_ARM_Page _service, seL4_Word start_offset,
                                                                  seL4_Word end_offset)
{
    return sel4_invoke(_service, ARMPageCleanInvalidate_Data, 0, 2, start_offset, end_offset, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_ARM_Page_Unify_Instruction(seL4_ARM_Page _service, seL4_Word start_offset,
                                                               seL4_Word end_offset)
{
    return sel4_invoke(_service, ARMPageUnify_Instruction, 0, 2, start_offset, end_offset, 0, 0);
}

typedef struct seL4_ARM_Page_GetAddress {
    int error;
    seL4_Word paddr;
} seL4_ARM_Page_GetAddress_t;

LIBSEL4_INLINE_FUNC seL4_ARM_Page_GetAddress_t seL4_ARM_Page_GetAddress(seL4_ARM_Page _service)
{
    struct sel4_reply reply = sel4_invoke_reply(_service, ARMPageGetAddress, 0, 0, 0, 0, 0, 0);
    seL4_ARM_Page_GetAddress_t result = {(int)reply.error, reply.mr[0]};
    return result;
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_ARM_ASIDControl_MakePool(seL4_ARM_ASIDControl _service, seL4_Untyped untyped,
                                                             seL4_CNode root, seL4_Word index, seL4_Uint8 depth)
{
    seL4_SetCap(0, untyped);
    seL4_SetCap(1, root);
    return sel4_invoke(_service, ARMASIDControlMakePool, 2, 2, index, depth, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_ARM_ASIDPool_Assign(seL4_ARM_ASIDPool _service, seL4_CPtr vspace)
{
    seL4_SetCap(0, vspace);
    return sel4_invoke(_service, ARMASIDPoolAssign, 1, 0, 0, 0, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_ARM_SMC_Call(seL4_ARM_SMC _service, seL4_ARM_SMCContext *smc_args,
                                                 seL4_ARM_SMCContext *smc_response)
{
    seL4_SetMR(4, smc_args->x4);
    seL4_SetMR(5, smc_args->x5);
    seL4_SetMR(6, smc_args->x6);
    seL4_SetMR(7, smc_args->x7);
    struct sel4_reply reply =
        sel4_invoke_reply(_service, ARMSMCCall, 0, 8, smc_args->x0, smc_args->x1, smc_args->x2, smc_args->x3);
    if (reply.error == seL4_NoError) {
        seL4_ARM_SMCContext result = {reply.mr[0],   reply.mr[1],   reply.mr[2],   reply.mr[3],
                                      seL4_GetMR(4), seL4_GetMR(5), seL4_GetMR(6), seL4_GetMR(7)};
        *smc_response = result;
    }
    return reply.error;
}
