/* SPDX-License-Identifier: Apache-2.0 */
/* Address space identifiers: 128 pools of 512. A VSpace capability names an ASID, and the pool's entry names the
 * root table in return: a capability whose pool or space is gone is thereby found out.
 *
 *   VSpace capability        pools[128]         struct asid_pool, 4 KiB
 *   [ root | ASID ]──15..9──►[ pool ]──────────►[ root table | root table | … 512 ]
 *        ▲           8..0 ───────────────────────────────▲
 *        └────────── must be equal ──────────────────────┘
 */

#include "arch.h"

static struct asid_pool *pools[ASID_POOL_COUNT];

pte_t *asid_root(word_t asid)
{
    struct asid_pool *pool = pools[asid / ASIDS_PER_POOL];
    return pool ? pool->root[asid % ASIDS_PER_POOL] : NULL;
}

void asid_install_pool(word_t base, struct asid_pool *pool)
{
    ASSERT(!pools[base / ASIDS_PER_POOL]);
    pools[base / ASIDS_PER_POOL] = pool;
}

void asid_release(word_t asid, const pte_t *root)
{
    if (asid_root(asid) == root) {
        vspace_leave(root);
        pools[asid / ASIDS_PER_POOL]->root[asid % ASIDS_PER_POOL] = NULL;
        tlb_flush_asid(asid);
    }
}

void asid_release_pool(struct cap pool)
{
    word_t base = cap_asid_pool_base(pool);
    struct asid_pool *p = cap_asid_pool_ptr(pool);
    if (pools[base / ASIDS_PER_POOL] != p) {
        return;
    }
    for (word_t i = 0; i < ASIDS_PER_POOL; i++) {
        if (p->root[i]) {
            vspace_leave(p->root[i]);
            tlb_flush_asid(base + i);
        }
    }
    pools[base / ASIDS_PER_POOL] = NULL;
}

static status_t check_pool_memory(struct slot *untyped)
{
    struct cap cap = untyped->cap;
    if (cap_type(cap) != CAP_UNTYPED || cap_untyped_size_bits(cap) != ASID_POOL_BITS || cap_untyped_device(cap)) {
        return fail_capability(1);
    }
    return slot_has_children(untyped) ? fail(ERROR_REVOKE_FIRST) : STATUS_OK;
}

status_t asid_control_decode(struct invocation *inv)
{
    if (inv->label != LABEL_ASID_CONTROL_MAKE_POOL) {
        return fail(ERROR_ILLEGAL_OPERATION);
    }
    if (inv->length < 2 || !inv->extra[0] || !inv->extra[1]) {
        return fail(ERROR_TRUNCATED_MESSAGE);
    }
    word_t free = 0;
    while (free < ASID_POOL_COUNT && pools[free]) {
        free++;
    }
    if (free == ASID_POOL_COUNT) {
        return fail(ERROR_DELETE_FIRST);
    }
    struct slot *untyped = inv->extra[0], *dest;
    status_t status = check_pool_memory(untyped);
    if (!status) {
        status = lookup_empty_slot(inv->extra[1]->cap, msg_get(current_thread, 0), msg_get(current_thread, 1), &dest);
    }
    if (status) {
        return status;
    }
    struct asid_pool *pool = cap_untyped_ptr(untyped->cap);
    memory_zero(pool, sizeof(*pool));
    untyped->cap = cap_untyped_set_watermark(untyped->cap, BIT(ASID_POOL_BITS));
    struct cap cap = cap_asid_pool_set_ptr(cap_of_type(CAP_ASID_POOL), pool);
    cap_insert(dest, cap_asid_pool_set_base(cap, free * ASIDS_PER_POOL), untyped, true);
    asid_install_pool(free * ASIDS_PER_POOL, pool);
    return STATUS_OK;
}

status_t asid_pool_decode(struct invocation *inv)
{
    if (inv->label != LABEL_ASID_POOL_ASSIGN) {
        return fail(ERROR_ILLEGAL_OPERATION);
    }
    if (!inv->extra[0]) {
        return fail(ERROR_TRUNCATED_MESSAGE);
    }
    struct slot *vspace = inv->extra[0];
    if (cap_type(vspace->cap) != CAP_VSPACE || cap_vspace_asid(vspace->cap)) {
        return fail_capability(1);
    }
    word_t base = cap_asid_pool_base(inv->slot->cap);
    struct asid_pool *pool = cap_asid_pool_ptr(inv->slot->cap);
    if (!pools[base / ASIDS_PER_POOL]) {
        return fail_lookup(false, LOOKUP_INVALID_ROOT, 0, 0, 0);
    }
    if (pools[base / ASIDS_PER_POOL] != pool) {
        return fail_capability(0);
    }
    for (word_t i = base ? 0 : 1; i < ASIDS_PER_POOL; i++) { /* ASID 0 means none */
        if (!pool->root[i]) {
            pool->root[i] = cap_vspace_ptr(vspace->cap);
            vspace->cap = cap_vspace_set_asid(vspace->cap, base + i);
            return STATUS_OK;
        }
    }
    return fail(ERROR_DELETE_FIRST);
}
