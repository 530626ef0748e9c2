/* SPDX-License-Identifier: Apache-2.0 */
/* What the portable half asks about the capability types that belong to arch/: creation, copies, deletion, identity,
 * and which decoder an invocation goes to. */

#include "arch.h"

status_t arch_check_object(word_t type, word_t size_bits, bool device, word_t *object_bits)
{
    (void)size_bits; /* all of these have one size */
    switch (type) {
    case OBJECT_SMALL_PAGE:
        *object_bits = SMALL_PAGE_BITS;
        return STATUS_OK;
    case OBJECT_LARGE_PAGE:
        *object_bits = LARGE_PAGE_BITS;
        return STATUS_OK;
    case OBJECT_HUGE_PAGE:
        *object_bits = HUGE_PAGE_BITS;
        return STATUS_OK;
    case OBJECT_VSPACE:
        *object_bits = VSPACE_BITS;
        break;
    case OBJECT_PAGE_TABLE:
        *object_bits = PAGE_TABLE_BITS;
        break;
    default:
        return fail_argument(0);
    }
    return device ? fail_argument(1) : STATUS_OK; /* only frames come from device memory */
}

static struct cap create_frame(void *memory, word_t size, bool device)
{
    struct cap cap = cap_frame_set_ptr(cap_of_type(CAP_FRAME), memory);
    cap = cap_frame_set_size(cap, size);
    cap = cap_frame_set_rights(cap, RIGHT_READ | RIGHT_WRITE);
    return cap_frame_set_device(cap, device);
}

struct cap arch_create_cap(word_t type, void *memory, bool device)
{
    switch (type) {
    case OBJECT_SMALL_PAGE:
        return create_frame(memory, 0, device);
    case OBJECT_LARGE_PAGE:
        return create_frame(memory, 1, device);
    case OBJECT_HUGE_PAGE:
        return create_frame(memory, 2, device);
    case OBJECT_VSPACE:
        return cap_vspace_set_ptr(cap_of_type(CAP_VSPACE), memory);
    case OBJECT_PAGE_TABLE:
        return cap_page_table_set_ptr(cap_of_type(CAP_PAGE_TABLE), memory);
    default:
        kernel_panic(__FILE__, __LINE__, "object type was not checked");
    }
}

status_t arch_derive_cap(struct slot *slot, struct cap in, struct cap *out)
{
    (void)slot;
    *out = in;
    switch (cap_type(in)) {
    case CAP_FRAME:
        *out = cap_frame_set_asid(cap_frame_set_vaddr(in, 0), 0);
        return STATUS_OK;
    case CAP_PAGE_TABLE: /* two capabilities to an unmapped table could map it twice */
        return cap_page_table_mapped(in) ? STATUS_OK : fail(ERROR_ILLEGAL_OPERATION);
    case CAP_VSPACE: /* likewise for an ASID */
        return cap_vspace_asid(in) ? STATUS_OK : fail(ERROR_ILLEGAL_OPERATION);
    case CAP_ASID_CONTROL:
    case CAP_ASID_POOL:
    case CAP_SMC:
        return STATUS_OK;
    default:
        kernel_panic(__FILE__, __LINE__, "not an architecture capability");
    }
}

struct cap arch_mask_rights(struct cap cap, word_t rights)
{
    return cap_type(cap) == CAP_FRAME ? cap_frame_set_rights(cap, cap_frame_rights(cap) & rights) : cap;
}

void arch_finalise_cap(struct cap cap, bool final)
{
    switch (cap_type(cap)) {
    case CAP_FRAME: /* every capability has its own mapping */
        frame_unmap(cap);
        break;
    case CAP_PAGE_TABLE:
        if (final) {
            page_table_unmap(cap);
        }
        break;
    case CAP_VSPACE:
        if (final && cap_vspace_asid(cap)) {
            asid_release(cap_vspace_asid(cap), cap_vspace_ptr(cap));
        }
        break;
    case CAP_ASID_POOL:
        if (final) {
            asid_release_pool(cap);
        }
        break;
    default:
        break;
    }
}

bool arch_same_object(struct cap a, struct cap b)
{
    if (cap_type(a) != cap_type(b)) {
        return false;
    }
    switch (cap_type(a)) {
    case CAP_FRAME:
        return cap_frame_ptr(a) == cap_frame_ptr(b) && cap_frame_size(a) == cap_frame_size(b) &&
               cap_frame_device(a) == cap_frame_device(b);
    case CAP_PAGE_TABLE:
        return cap_page_table_ptr(a) == cap_page_table_ptr(b);
    case CAP_VSPACE:
        return cap_vspace_ptr(a) == cap_vspace_ptr(b);
    case CAP_ASID_POOL:
        return cap_asid_pool_ptr(a) == cap_asid_pool_ptr(b);
    case CAP_ASID_CONTROL:
    case CAP_SMC:
        return true;
    default:
        return false;
    }
}

status_t arch_decode(struct invocation *inv)
{
    switch (cap_type(inv->slot->cap)) {
    case CAP_FRAME:
        return frame_decode(inv);
    case CAP_PAGE_TABLE:
        return page_table_decode(inv);
    case CAP_VSPACE:
        return vspace_cache_decode(inv);
    case CAP_ASID_CONTROL:
        return asid_control_decode(inv);
    case CAP_ASID_POOL:
        return asid_pool_decode(inv);
    case CAP_SMC:
        return smc_decode(inv);
    default:
        kernel_panic(__FILE__, __LINE__, "not an architecture capability");
    }
}

/* ---- IPC buffers ---- */

bool arch_valid_ipc_buffer(struct cap frame, word_t vaddr, status_t *why)
{
    if (cap_type(frame) != CAP_FRAME || cap_frame_device(frame)) {
        *why = fail(ERROR_ILLEGAL_OPERATION);
        return false;
    }
    if (vaddr & MASK(IPC_BUFFER_BITS)) {
        *why = fail(ERROR_ALIGNMENT);
        return false;
    }
    return true;
}

word_t *arch_ipc_buffer(struct tcb *t, bool for_write)
{
    struct cap cap = t->slots[TCB_IPC_BUFFER].cap;
    word_t need = for_write ? RIGHT_READ | RIGHT_WRITE : RIGHT_READ;
    if (!t->ipc_buffer || cap_type(cap) != CAP_FRAME || cap_frame_device(cap) ||
        (cap_frame_rights(cap) & need) != need) {
        return NULL;
    }
    word_t offset = t->ipc_buffer & MASK(frame_bits[cap_frame_size(cap)]);
    return (word_t *)((word_t)cap_frame_ptr(cap) + offset);
}
