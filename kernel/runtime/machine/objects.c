/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `sel4` imports that only the root task may use (lib/machine/sel4.ts): kernel objects, capabilities, address
 * spaces, threads. Each is one libsel4 call, nothing more. Compiles against kernel/libsel4 and against a genuine
 * prefix's libsel4 headers.
 */
#include <stdint.h>

#include <sel4/sel4.h>

struct w2c_sel4;

static seL4_CapRights_t rights_of(uint64_t word)
{
    return (seL4_CapRights_t){{word}};
}

uint32_t w2c_sel4_untyped_retype(struct w2c_sel4 *unused, uint64_t untyped, uint64_t type, uint64_t size_bits,
                                 uint64_t root, uint64_t node_index, uint64_t node_depth, uint64_t node_offset,
                                 uint64_t count)
{
    (void)unused;
    return (uint32_t)seL4_Untyped_Retype(untyped, type, size_bits, root, node_index, node_depth, node_offset, count);
}

uint32_t w2c_sel4_cnode_copy(struct w2c_sel4 *unused, uint64_t root, uint64_t dest_index, uint64_t dest_depth,
                             uint64_t source_root, uint64_t source_index, uint64_t source_depth, uint64_t rights)
{
    (void)unused;
    return (uint32_t)seL4_CNode_Copy(root, dest_index, (uint8_t)dest_depth, source_root, source_index,
                                     (uint8_t)source_depth, rights_of(rights));
}

uint32_t w2c_sel4_cnode_mint(struct w2c_sel4 *unused, uint64_t root, uint64_t dest_index, uint64_t dest_depth,
                             uint64_t source_root, uint64_t source_index, uint64_t source_depth, uint64_t rights,
                             uint64_t badge)
{
    (void)unused;
    return (uint32_t)seL4_CNode_Mint(root, dest_index, (uint8_t)dest_depth, source_root, source_index,
                                     (uint8_t)source_depth, rights_of(rights), badge);
}

uint32_t w2c_sel4_cnode_delete(struct w2c_sel4 *unused, uint64_t root, uint64_t index, uint64_t depth)
{
    (void)unused;
    return (uint32_t)seL4_CNode_Delete(root, index, (uint8_t)depth);
}

uint32_t w2c_sel4_cnode_revoke(struct w2c_sel4 *unused, uint64_t root, uint64_t index, uint64_t depth)
{
    (void)unused;
    return (uint32_t)seL4_CNode_Revoke(root, index, (uint8_t)depth);
}

uint32_t w2c_sel4_page_table_map(struct w2c_sel4 *unused, uint64_t table, uint64_t vspace, uint64_t vaddr,
                                 uint64_t attributes)
{
    (void)unused;
    return (uint32_t)seL4_ARM_PageTable_Map(table, vspace, vaddr, (seL4_ARM_VMAttributes)attributes);
}

uint32_t w2c_sel4_page_map(struct w2c_sel4 *unused, uint64_t page, uint64_t vspace, uint64_t vaddr, uint64_t rights,
                           uint64_t attributes)
{
    (void)unused;
    return (uint32_t)seL4_ARM_Page_Map(page, vspace, vaddr, rights_of(rights), (seL4_ARM_VMAttributes)attributes);
}

uint32_t w2c_sel4_page_unmap(struct w2c_sel4 *unused, uint64_t page)
{
    (void)unused;
    return (uint32_t)seL4_ARM_Page_Unmap(page);
}

uint64_t w2c_sel4_page_get_address(struct w2c_sel4 *unused, uint64_t page)
{
    (void)unused;
    seL4_ARM_Page_GetAddress_t result = seL4_ARM_Page_GetAddress(page);
    return result.error == seL4_NoError ? result.paddr : UINT64_MAX;
}

uint32_t w2c_sel4_irq_control_get_trigger(struct w2c_sel4 *unused, uint64_t control, uint64_t irq, uint64_t edge,
                                          uint64_t root, uint64_t index, uint64_t depth)
{
    (void)unused;
    return (uint32_t)seL4_IRQControl_GetTrigger(control, irq, edge, root, index, (uint8_t)depth);
}

uint32_t w2c_sel4_irq_handler_set_notification(struct w2c_sel4 *unused, uint64_t handler, uint64_t notification)
{
    (void)unused;
    return (uint32_t)seL4_IRQHandler_SetNotification(handler, notification);
}

uint32_t w2c_sel4_asid_pool_assign(struct w2c_sel4 *unused, uint64_t pool, uint64_t vspace)
{
    (void)unused;
    return (uint32_t)seL4_ARM_ASIDPool_Assign(pool, vspace);
}

uint32_t w2c_sel4_tcb_configure(struct w2c_sel4 *unused, uint64_t tcb, uint64_t fault_endpoint, uint64_t cspace_root,
                                uint64_t cspace_data, uint64_t vspace_root, uint64_t buffer, uint64_t buffer_frame)
{
    (void)unused;
    return (uint32_t)seL4_TCB_Configure(tcb, fault_endpoint, cspace_root, cspace_data, vspace_root, 0, buffer,
                                        buffer_frame);
}

uint32_t w2c_sel4_tcb_set_space(struct w2c_sel4 *unused, uint64_t tcb, uint64_t fault_endpoint, uint64_t cspace_root,
                                uint64_t cspace_data, uint64_t vspace_root)
{
    (void)unused;
    return (uint32_t)seL4_TCB_SetSpace(tcb, fault_endpoint, cspace_root, cspace_data, vspace_root, 0);
}

uint32_t w2c_sel4_tcb_set_sched_params(struct w2c_sel4 *unused, uint64_t tcb, uint64_t authority, uint64_t mcp,
                                       uint64_t priority)
{
    (void)unused;
    return (uint32_t)seL4_TCB_SetSchedParams(tcb, authority, mcp, priority);
}

uint32_t w2c_sel4_tcb_bind_notification(struct w2c_sel4 *unused, uint64_t tcb, uint64_t notification)
{
    (void)unused;
    return (uint32_t)seL4_TCB_BindNotification(tcb, notification);
}

enum { CONTEXT_WORDS = sizeof(seL4_UserContext) / sizeof(seL4_Word) };

uint32_t w2c_sel4_tcb_start(struct w2c_sel4 *unused, uint64_t tcb, uint64_t pc, uint64_t sp, uint64_t x0, uint64_t x1,
                            uint64_t x2)
{
    (void)unused;
    seL4_UserContext context = {.pc = pc, .sp = sp, .x0 = x0, .x1 = x1, .x2 = x2};
    return (uint32_t)seL4_TCB_WriteRegisters(tcb, 1, 0, CONTEXT_WORDS, &context);
}
