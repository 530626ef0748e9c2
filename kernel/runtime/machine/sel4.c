/*
 * The `sel4` imports of components: each is one libsel4 call, nothing more. Component sources declare them in
 * roottask/machine/sel4.ts. Compiles against kernel/libsel4 and against a genuine prefix's libsel4 headers.
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

uint32_t w2c_sel4_irq_handler_ack(struct w2c_sel4 *unused, uint64_t handler)
{
    (void)unused;
    return (uint32_t)seL4_IRQHandler_Ack(handler);
}

uint64_t w2c_sel4_wait(struct w2c_sel4 *unused, uint64_t notification)
{
    (void)unused;
    seL4_Word badge = 0;
    seL4_Wait(notification, &badge);
    return badge;
}
