/* SPDX-License-Identifier: Apache-2.0 */
/* The derivation tree: which capability was made from which. Owned by this file alone; everyone else inserts, moves
 * and unlinks through the functions below.
 *
 * Every slot that holds a capability is a node. Children of a node form a ring in which the last one points up:
 *
 *       parent --child--> first --next--> second --next--> last
 *          ^                | ^             | ^             | |
 *          |                | +----prev-----+ +----prev-----+ |
 *          |                +--------------prev-------------->|   (the first one's prev is the last)
 *          +-----------------------next----------------------+    (the last one's next is the parent)
 *
 * So a node needs three links, and inserting, moving, and unlinking with hand-over of all children to the parent are
 * each a constant number of steps. Two words hold the three links, since a slot is 32-byte aligned and lies in the
 * kernel's window: a link is 40 bits of (address - LINK_BASE) / 32, 0 for none.
 *
 *   mdb[0]   63        40 39                  0
 *            [ prev low  |     first child     ]
 *   mdb[1]   63    56 55              16 15   0
 *            [ flags |       next       | prev high ]
 *
 * Roots (capabilities made at boot, reply masters) are children of a sentinel that is no capability.
 *
 * An *original* capability gets children when it is copied; a copy of a copy becomes its sibling. Capabilities to one
 * object therefore stay together: they are an original and its descendants or, once the original is gone, neighbours
 * in one ring. cap_is_final() depends on that and looks at the neighbours only.
 */
#include "portable.h"

#ifndef LINK_BASE
#define LINK_BASE KERNEL_WINDOW_OFFSET
#endif
#define LINK_BITS 40
#define PREV_LOW_BITS 24

enum { FLAG_FIRST = 1, FLAG_LAST = 2, FLAG_ORIGINAL = 4 };

static struct slot root;

static word_t link_of(const struct slot *slot) { return slot ? ((word_t)slot - LINK_BASE) >> SLOT_BITS : 0; }
static struct slot *slot_of(word_t link) { return link ? (struct slot *)((link << SLOT_BITS) + LINK_BASE) : NULL; }

static struct slot *get_child(const struct slot *s) { return slot_of(s->mdb[0] & MASK(LINK_BITS)); }
static struct slot *get_next(const struct slot *s) { return slot_of((s->mdb[1] >> 16) & MASK(LINK_BITS)); }
static struct slot *get_prev(const struct slot *s)
{
    return slot_of((s->mdb[0] >> LINK_BITS) | (s->mdb[1] & MASK(16)) << PREV_LOW_BITS);
}
static word_t get_flags(const struct slot *s) { return s->mdb[1] >> 56; }
static bool has_flag(const struct slot *s, word_t flag) { return (get_flags(s) & flag) != 0; }

static void set_child(struct slot *s, const struct slot *to)
{
    s->mdb[0] = (s->mdb[0] & ~MASK(LINK_BITS)) | link_of(to);
}
static void set_next(struct slot *s, const struct slot *to)
{
    s->mdb[1] = (s->mdb[1] & ~(MASK(LINK_BITS) << 16)) | link_of(to) << 16;
}
static void set_prev(struct slot *s, const struct slot *to)
{
    word_t link = link_of(to);
    s->mdb[0] = (s->mdb[0] & MASK(LINK_BITS)) | link << LINK_BITS;
    s->mdb[1] = (s->mdb[1] & ~MASK(16)) | link >> PREV_LOW_BITS;
}
static void set_flag(struct slot *s, word_t flag, bool on)
{
    s->mdb[1] = on ? s->mdb[1] | flag << 56 : s->mdb[1] & ~(flag << 56);
}

/* The parent of a first or last child, in constant time. */
static struct slot *parent_of_end(const struct slot *s)
{
    return has_flag(s, FLAG_LAST) ? get_next(s) : get_next(get_prev(s));
}

static void link_first_child(struct slot *parent, struct slot *s)
{
    struct slot *old_first = get_child(parent);
    if (old_first) {
        set_prev(s, get_prev(old_first));
        set_prev(old_first, s);
        set_flag(old_first, FLAG_FIRST, false);
        set_next(s, old_first);
    } else {
        set_prev(s, s);
        set_next(s, parent);
        set_flag(s, FLAG_LAST, true);
    }
    set_flag(s, FLAG_FIRST, true);
    set_child(parent, s);
}

static void link_after(struct slot *sibling, struct slot *s)
{
    struct slot *next = get_next(sibling); /* the parent when sibling was last */
    set_prev(s, sibling);
    set_next(s, next);
    set_next(sibling, s);
    if (has_flag(sibling, FLAG_LAST)) {
        set_flag(sibling, FLAG_LAST, false);
        set_flag(s, FLAG_LAST, true);
        set_prev(get_child(next), s);
    } else {
        set_prev(next, s);
    }
}

/* Points all that pointed to `old` at the run of ring members `first`..`last`. */
static void replace_in_ring(struct slot *old, struct slot *first, struct slot *last)
{
    bool was_first = has_flag(old, FLAG_FIRST), was_last = has_flag(old, FLAG_LAST);
    struct slot *prev = get_prev(old), *next = get_next(old);
    struct slot *parent = was_first || was_last ? parent_of_end(old) : NULL;
    set_flag(first, FLAG_FIRST, was_first);
    set_flag(last, FLAG_LAST, was_last);
    set_next(last, next);
    set_prev(first, prev == old ? last : prev);
    if (was_first)
        set_child(parent, first);
    else
        set_next(prev, first);
    if (!was_last)
        set_prev(next, last);
    else if (!was_first)
        set_prev(get_child(parent), last);
}

static void drop_from_ring(struct slot *old)
{
    bool was_first = has_flag(old, FLAG_FIRST), was_last = has_flag(old, FLAG_LAST);
    struct slot *prev = get_prev(old), *next = get_next(old);
    if (was_first && was_last) {
        set_child(next, NULL);
    } else if (was_first) {
        set_child(get_next(prev), next);
        set_prev(next, prev);
        set_flag(next, FLAG_FIRST, true);
    } else if (was_last) {
        set_next(prev, next);
        set_flag(prev, FLAG_LAST, true);
        set_prev(get_child(next), prev);
    } else {
        set_next(prev, next);
        set_prev(next, prev);
    }
}

static bool is_badging(struct cap from, struct cap to)
{
    switch (cap_type(from)) {
    case CAP_ENDPOINT:
        return cap_endpoint_badge(from) == 0 && cap_endpoint_badge(to) != 0;
    case CAP_NOTIFICATION:
        return cap_notification_badge(from) == 0 && cap_notification_badge(to) != 0;
    default:
        return false;
    }
}

/* from NULL: a root. as_child: a new object's capability, made by invoking `from`. Otherwise a copy of `from`. */
void cap_insert(struct slot *dest, struct cap cap, struct slot *from, bool as_child)
{
    ASSERT(slot_is_empty(dest) && cap_type(cap) != CAP_NULL);
    bool untyped_copy = from && !as_child && cap_type(cap) == CAP_UNTYPED;
    bool original = !from || as_child || untyped_copy || is_badging(from->cap, cap);
    dest->cap = untyped_copy ? cap_untyped_set_cleared(cap_untyped_set_watermark(cap, 0), 0) : cap;
    dest->mdb[0] = dest->mdb[1] = 0;
    set_flag(dest, FLAG_ORIGINAL, original);
    if (!from)
        link_first_child(&root, dest);
    else if (as_child || has_flag(from, FLAG_ORIGINAL))
        link_first_child(from, dest);
    else
        link_after(from, dest);
    /* Both name the same memory: as long as the copy lives nothing may be allocated through the older one. */
    if (untyped_copy)
        from->cap = cap_untyped_set_watermark(from->cap, BIT(cap_untyped_size_bits(from->cap)));
}

void slot_move(struct slot *dest, struct slot *src, struct cap cap)
{
    ASSERT(slot_is_empty(dest));
    struct slot *child = get_child(src);
    dest->mdb[0] = src->mdb[0];
    dest->mdb[1] = src->mdb[1];
    replace_in_ring(src, dest, dest);
    if (child)
        set_next(get_prev(child), dest);
    dest->cap = cap;
    *src = (struct slot){0};
}

void slot_swap(struct slot *a, struct slot *b)
{
    if (a == b || (slot_is_empty(a) && slot_is_empty(b)))
        return;
    if (slot_is_empty(b)) {
        slot_move(b, a, a->cap);
    } else if (slot_is_empty(a)) {
        slot_move(a, b, b->cap);
    } else {
        /* A stack slot cannot be linked to, so the exchange goes by way of a static one. */
        static struct slot transit;
        slot_move(&transit, a, a->cap);
        slot_move(a, b, b->cap);
        slot_move(b, &transit, transit.cap);
    }
}

void slot_unlink(struct slot *slot)
{
    struct slot *child = get_child(slot);
    if (child) {
        struct slot *last = get_prev(child);
        replace_in_ring(slot, child, last);
    } else {
        drop_from_ring(slot);
    }
    *slot = (struct slot){0};
}

bool slot_has_children(const struct slot *slot) { return get_child(slot) != NULL; }
struct slot *slot_first_child(const struct slot *slot) { return get_child(slot); }

bool cap_is_final(const struct slot *slot)
{
    struct slot *child = get_child(slot);
    bool first = has_flag(slot, FLAG_FIRST), last = has_flag(slot, FLAG_LAST);
    if (child && cap_same_object(slot->cap, child->cap))
        return false;
    if (!first && cap_same_object(slot->cap, get_prev(slot)->cap))
        return false;
    if (!last && cap_same_object(slot->cap, get_next(slot)->cap))
        return false;
    return !((first || last) && cap_same_object(slot->cap, parent_of_end(slot)->cap));
}

struct slot *mdb_first(void) { return get_child(&root); }

struct slot *mdb_successor(const struct slot *slot)
{
    if (get_child(slot))
        return get_child(slot);
    while (slot != &root && has_flag(slot, FLAG_LAST))
        slot = get_next(slot);
    return slot == &root ? NULL : get_next(slot);
}
