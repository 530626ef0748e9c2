/* SPDX-License-Identifier: Apache-2.0 */
/* Untyped memory: Retype. Every kernel object begins here.
 *
 *   start            watermark      cleared            end
 *     │ objects in use  │ known zero    │ unknown         │
 *
 * The watermark goes back to the start when no capability made from the memory is left. Memory is zeroed when it is
 * given out, not when it is given back, so that a large region costs nothing until it is used; `cleared` remembers how
 * far that has come, in steps of 2^-15 of the region and at least a page, so that clearing a large object can be
 * interrupted and taken up again. A step is the longest stretch without a look at the interrupts: 32 KiB for a region
 * of 1 GiB. Device memory is never touched.
 */
#include "portable.h"

struct retype {
    struct slot *untyped;
    word_t type, size_bits, object_bits, count; /* size_bits: as given, meaningless for most types */
    struct slot *dest; /* first of `count` empty slots */
};

static word_t step_bits(struct cap untyped)
{
    word_t size_bits = cap_untyped_size_bits(untyped);
    return size_bits > SMALL_PAGE_BITS + 15 ? size_bits - 15 : SMALL_PAGE_BITS;
}

static status_t object_size(struct retype *r, bool device)
{
    switch (r->type) {
    case OBJECT_UNTYPED:
        r->object_bits = r->size_bits;
        if (r->object_bits > MAX_UNTYPED_BITS)
            return fail_range(0, MAX_UNTYPED_BITS);
        return r->size_bits < MIN_UNTYPED_BITS ? fail_argument(1) : STATUS_OK;
    case OBJECT_TCB:
        r->object_bits = TCB_BITS;
        break;
    case OBJECT_ENDPOINT:
        r->object_bits = ENDPOINT_BITS;
        break;
    case OBJECT_NOTIFICATION:
        r->object_bits = NOTIFICATION_BITS;
        break;
    case OBJECT_CNODE:
        r->object_bits = r->size_bits + SLOT_BITS;
        if (r->size_bits == 0)
            return fail_argument(1);
        if (r->object_bits > MAX_UNTYPED_BITS)
            return fail_range(0, MAX_UNTYPED_BITS);
        break;
    default:
        return arch_check_object(r->type, r->size_bits, device, &r->object_bits);
    }
    return device ? fail_argument(1) : STATUS_OK;
}

static status_t find_destination(struct retype *r, struct cap root, cptr_t index, word_t depth, word_t offset)
{
    struct cap node = root;
    if (depth != 0) {
        struct slot *slot;
        status_t status = lookup_target_slot(root, index, depth, &slot);
        if (status != STATUS_OK)
            return status;
        node = slot->cap;
    }
    if (cap_type(node) != CAP_CNODE)
        return fail_lookup(false, LOOKUP_MISSING_CAP, depth, 0, 0);
    word_t slots = BIT(cap_cnode_radix(node));
    if (offset >= slots)
        return fail_range(0, slots - 1);
    if (r->count < 1 || r->count > MAX_RETYPE_FANOUT)
        return fail_range(1, MAX_RETYPE_FANOUT);
    if (r->count > slots - offset)
        return fail_range(1, slots - offset);
    r->dest = cap_cnode_slots(node) + offset;
    for (word_t i = 0; i < r->count; i++)
        if (!slot_is_empty(&r->dest[i]))
            return fail(ERROR_DELETE_FIRST);
    return STATUS_OK;
}

/* Zeroes [start, end) of the region, as far as it is not known to be zero. */
static status_t clear(const struct retype *r, word_t start, word_t end)
{
    struct cap cap = r->untyped->cap;
    char *base = cap_untyped_ptr(cap);
    word_t step = step_bits(cap);
    for (;;) {
        word_t known = cap_untyped_cleared(cap) << step, at = known > start ? known : start;
        if (at >= end)
            return STATUS_OK;
        word_t next = (at & ~MASK(step)) + BIT(step);
        bool whole = next <= end;
        if (!whole)
            next = end;
        memory_zero(base + at, next - at);
        if (r->type >= OBJECT_FIRST_ARCH)
            arch_clean_range(base + at, next - at);
        if (!whole)
            return STATUS_OK;
        r->untyped->cap = cap = cap_untyped_set_cleared(cap, next >> step);
        if (arch_irq_pending())
            return STATUS_PREEMPTED;
    }
}

static struct cap create_object(const struct retype *r, void *memory, bool device)
{
    struct cap cap;
    switch (r->type) {
    case OBJECT_UNTYPED:
        cap = cap_untyped_set_ptr(cap_of_type(CAP_UNTYPED), memory);
        return cap_untyped_set_device(cap_untyped_set_size_bits(cap, r->size_bits), device);
    case OBJECT_TCB:
        thread_create(memory);
        return cap_thread_set_ptr(cap_of_type(CAP_THREAD), memory);
    case OBJECT_ENDPOINT:
        return cap_endpoint_set_rights(cap_endpoint_set_ptr(cap_of_type(CAP_ENDPOINT), memory), RIGHTS_ALL);
    case OBJECT_NOTIFICATION:
        cap = cap_notification_set_ptr(cap_of_type(CAP_NOTIFICATION), memory);
        return cap_notification_set_rights(cap, RIGHT_READ | RIGHT_WRITE);
    case OBJECT_CNODE:
        return cap_cnode_make(memory, r->size_bits);
    default:
        return arch_create_cap(r->type, memory, device);
    }
}

static status_t retype(const struct retype *r)
{
    struct cap cap = r->untyped->cap;
    bool device = cap_untyped_device(cap);
    word_t size = BIT(cap_untyped_size_bits(cap));
    if (!slot_has_children(r->untyped) && cap_untyped_watermark(cap) != 0)
        cap = cap_untyped_set_cleared(cap_untyped_set_watermark(cap, 0), 0);
    word_t used = cap_untyped_watermark(cap);
    if (r->count > (size - used) >> r->object_bits) {
        status_t status = fail(ERROR_NOT_ENOUGH_MEMORY);
        current_error.words = 1;
        current_error.word[0] = size - used;
        return status;
    }
    word_t start = (used + MASK(r->object_bits)) & ~MASK(r->object_bits);
    /* The gap before an aligned start is given up now: `cleared` speaks of all bytes from the watermark on. */
    r->untyped->cap = cap_untyped_set_watermark(cap, start);
    word_t end = start + (r->count << r->object_bits);
    if (!device && r->type != OBJECT_UNTYPED) {
        status_t status = clear(r, start, end);
        if (status != STATUS_OK)
            return status;
    }
    r->untyped->cap = cap_untyped_set_watermark(r->untyped->cap, end);
    char *memory = (char *)cap_untyped_ptr(cap) + start;
    for (word_t i = 0; i < r->count; i++, memory += BIT(r->object_bits))
        cap_insert(&r->dest[i], create_object(r, memory, device), r->untyped, true);
    return STATUS_OK;
}

status_t decode_untyped(struct invocation *inv)
{
    struct tcb *t = current_thread;
    if (inv->label != LABEL_UNTYPED_RETYPE)
        return fail(ERROR_ILLEGAL_OPERATION);
    if (inv->length < 6 || !inv->extra[0])
        return fail(ERROR_TRUNCATED_MESSAGE);
    struct retype r = {
        .untyped = inv->slot,
        .type = msg_get(t, 0),
        .size_bits = msg_get(t, 1),
        .count = msg_get(t, 5),
    };
    if (r.type >= OBJECT_TYPE_COUNT)
        return fail_argument(0);
    if (r.size_bits >= WORD_BITS)
        return fail_range(0, MAX_UNTYPED_BITS);
    status_t status = object_size(&r, cap_untyped_device(inv->slot->cap));
    if (status != STATUS_OK)
        return status;
    status = find_destination(&r, inv->extra[0]->cap, msg_get(t, 2), msg_get(t, 3), msg_get(t, 4));
    return status == STATUS_OK ? retype(&r) : status;
}
