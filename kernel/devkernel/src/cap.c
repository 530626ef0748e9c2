/* SPDX-License-Identifier: Apache-2.0 */
/* What can be made out of a capability: copies, copies with fewer rights, badges and guards; and which capabilities
 * name the same object. For every file that copies or compares capabilities. */
#include "portable.h"

struct slot *cap_cnode_slots(struct cap cap)
{
    return (struct slot *)(word_t)((int64_t)(cap_cnode_ptr_shifted(cap) << (16 + SLOT_BITS)) >> 16);
}

struct cap cap_cnode_make(struct slot *slots, word_t radix)
{
    struct cap cap = cap_cnode_set_radix(cap_of_type(CAP_CNODE), radix);
    return cap_cnode_set_ptr_shifted(cap, ((word_t)slots & MASK(48)) >> SLOT_BITS);
}

status_t cap_derive(struct slot *slot, struct cap in, struct cap *out)
{
    *out = cap_null();
    switch (cap_type(in)) {
    case CAP_NULL:
    case CAP_ZOMBIE:
    case CAP_REPLY:
    case CAP_IRQ_CONTROL:
        return STATUS_OK;
    case CAP_UNTYPED:
        if (slot_has_children(slot))
            return fail(ERROR_REVOKE_FIRST);
        *out = in;
        return STATUS_OK;
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION:
    case CAP_CNODE:
    case CAP_THREAD:
    case CAP_IRQ_HANDLER:
    case CAP_DOMAIN:
    case CAP_SGI_SIGNAL:
        *out = in;
        return STATUS_OK;
    default:
        return arch_derive_cap(slot, in, out);
    }
}

struct cap cap_with_rights(struct cap cap, word_t rights)
{
    switch (cap_type(cap)) {
    case CAP_ENDPOINT:
        return cap_endpoint_set_rights(cap, cap_endpoint_rights(cap) & rights);
    case CAP_NOTIFICATION:
        return cap_notification_set_rights(cap, cap_notification_rights(cap) & rights);
    case CAP_REPLY:
        return rights & RIGHT_GRANT ? cap : cap_reply_set_can_grant(cap, 0);
    case CAP_FRAME:
        return arch_mask_rights(cap, rights);
    default:
        return cap;
    }
}

static struct cap with_guard(struct cap cap, word_t data)
{
    word_t guard_bits = data & MASK(6);
    if (guard_bits + cap_cnode_radix(cap) > WORD_BITS)
        return cap_null();
    cap = cap_cnode_set_guard_bits(cap, guard_bits);
    return cap_cnode_set_guard(cap, (data >> 6) & MASK(guard_bits));
}

struct cap cap_with_data(struct cap cap, word_t data, bool preserve)
{
    switch (cap_type(cap)) {
    case CAP_ENDPOINT:
        return preserve || cap_endpoint_badge(cap) ? cap_null() : cap_endpoint_set_badge(cap, data);
    case CAP_NOTIFICATION:
        return preserve || cap_notification_badge(cap) ? cap_null() : cap_notification_set_badge(cap, data);
    case CAP_SMC:
        return preserve || cap_smc_badge(cap) ? cap_null() : cap_smc_set_badge(cap, data);
    case CAP_CNODE:
        return with_guard(cap, data);
    default:
        return cap; /* the data word means nothing to the others */
    }
}

/* The object of a CNode or TCB capability, of a zombie of either, or NULL. */
static const void *container_of_cap(struct cap cap)
{
    switch (cap_type(cap)) {
    case CAP_CNODE:
        return cap_cnode_slots(cap);
    case CAP_THREAD:
        return cap_thread_ptr(cap);
    case CAP_ZOMBIE:
        return cap_zombie_ptr(cap);
    default:
        return NULL;
    }
}

bool cap_same_object(struct cap a, struct cap b)
{
    if (container_of_cap(a))
        return container_of_cap(a) == container_of_cap(b);
    if (cap_type(a) != cap_type(b))
        return false;
    switch (cap_type(a)) {
    case CAP_ENDPOINT:
        return cap_endpoint_ptr(a) == cap_endpoint_ptr(b);
    case CAP_NOTIFICATION:
        return cap_notification_ptr(a) == cap_notification_ptr(b);
    case CAP_IRQ_HANDLER:
        return cap_irq_handler_irq(a) == cap_irq_handler_irq(b);
    case CAP_FRAME:
    case CAP_PAGE_TABLE:
    case CAP_VSPACE:
    case CAP_ASID_POOL:
    case CAP_ASID_CONTROL:
        return arch_same_object(a, b);
    default:
        return false; /* untyped, reply, domain, SMC, IRQ control, SGI: nothing is finalised with the last one */
    }
}
