/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities and capability slots: their bit layout and the place of their tree links.
 *
 *  slot (32 bytes, SLOT_BITS = 5)
 *  +0   word 0  type[4:0] and per-type fields
 *  +8   word 1  per-type fields (badge, guard, mapping)
 *  +16  links in the derivation tree
 *  +24  links in the derivation tree | flags
 *
 * The first two words are a `struct cap`; the other two are private to src/mdb.c. Everyone else goes through the
 * functions below. Type codes are those that the debug capability identification call reports.
 */
#pragma once

#include "types.h"

enum cap_type {
    CAP_NULL = 0,
    CAP_FRAME = 1,
    CAP_UNTYPED = 2,
    CAP_PAGE_TABLE = 3,
    CAP_ENDPOINT = 4,
    CAP_NOTIFICATION = 6,
    CAP_REPLY = 8,
    CAP_VSPACE = 9,
    CAP_CNODE = 10,
    CAP_ASID_CONTROL = 11,
    CAP_THREAD = 12,
    CAP_ASID_POOL = 13,
    CAP_IRQ_CONTROL = 14,
    CAP_SMC = 15, /* not an seL4 code: genuine kernels number it by configuration */
    CAP_IRQ_HANDLER = 16,
    CAP_ZOMBIE = 18,
    CAP_DOMAIN = 20,
    CAP_SGI_SIGNAL = 27,
};

struct cap {
    word_t w[2];
};

/* Rights as the ABI packs them in a message word. */
enum { RIGHT_WRITE = 1, RIGHT_READ = 2, RIGHT_GRANT = 4, RIGHT_GRANT_REPLY = 8, RIGHTS_ALL = 15 };

struct slot {
    _Alignas(BIT(SLOT_BITS)) struct cap cap; /* links drop the low bits of a slot's address */
    word_t mdb[2];
};
_Static_assert(sizeof(struct slot) == BIT(SLOT_BITS), "slot size is ABI");

/* Field accessors: CAP_FIELD(frame, size, 0, 5, 2) defines cap_frame_size(c) and cap_frame_set_size(c, v):
 * word index, lowest bit, width. The value is stored unsigned. */
#define CAP_FIELD(kind, name, word, shift, width)                                                   \
    static inline word_t cap_##kind##_##name(struct cap c)                                          \
    {                                                                                               \
        return (c.w[word] >> (shift)) & ((width) == 64 ? ~0ull : MASK((width) & 63));               \
    }                                                                                               \
    static inline struct cap cap_##kind##_set_##name(struct cap c, word_t v)                        \
    {                                                                                               \
        word_t m = ((width) == 64 ? ~0ull : MASK((width) & 63)) << (shift);                         \
        c.w[word] = (c.w[word] & ~m) | ((v << (shift)) & m);                                        \
        return c;                                                                                   \
    }

/* Kernel pointers are stored as their low 48 bits; bit 47 extends upwards. */
#define CAP_POINTER(kind, name, word, shift)                                                        \
    CAP_FIELD(kind, name##_bits, word, shift, 48)                                                   \
    static inline void *cap_##kind##_##name(struct cap c)                                           \
    {                                                                                               \
        return (void *)(word_t)((int64_t)(cap_##kind##_##name##_bits(c) << 16) >> 16);              \
    }                                                                                               \
    static inline struct cap cap_##kind##_set_##name(struct cap c, const void *p)                   \
    {                                                                                               \
        return cap_##kind##_set_##name##_bits(c, (word_t)p);                                        \
    }

static inline enum cap_type cap_type(struct cap c) { return (enum cap_type)(c.w[0] & MASK(5)); }
static inline struct cap cap_of_type(enum cap_type t) { return (struct cap){{t, 0}}; }
static inline struct cap cap_null(void) { return cap_of_type(CAP_NULL); }

/*              kind      field      word shift width */
CAP_POINTER(untyped, ptr, 0, 16)
CAP_FIELD(untyped, size_bits, 0, 5, 6)
CAP_FIELD(untyped, device, 0, 11, 1)
CAP_FIELD(untyped, watermark, 1, 0, 48) /* bytes in use from the start */
CAP_FIELD(untyped, cleared, 1, 48, 16)  /* from the watermark to this many steps (src/untyped.c) all bytes are zero */

CAP_POINTER(frame, ptr, 0, 16)  /* kernel-window address, device frames too */
CAP_FIELD(frame, size, 0, 5, 2) /* 0 small, 1 large, 2 huge */
CAP_FIELD(frame, rights, 0, 7, 2) /* RIGHT_READ | RIGHT_WRITE */
CAP_FIELD(frame, device, 0, 9, 1)
CAP_FIELD(frame, vaddr, 1, 0, 48)
CAP_FIELD(frame, asid, 1, 48, 16) /* 0: not mapped */

CAP_POINTER(page_table, ptr, 0, 16)
CAP_FIELD(page_table, mapped, 0, 5, 1)
CAP_FIELD(page_table, level, 0, 6, 2) /* 1..3: the level of the table that it is, root is 0 */
CAP_FIELD(page_table, vaddr, 1, 0, 48)
CAP_FIELD(page_table, asid, 1, 48, 16)

CAP_POINTER(vspace, ptr, 0, 16)
CAP_FIELD(vspace, asid, 1, 48, 16) /* 0: no ASID assigned */

CAP_POINTER(asid_pool, ptr, 0, 16)
CAP_FIELD(asid_pool, base, 1, 48, 16) /* first ASID of the pool */

CAP_POINTER(endpoint, ptr, 0, 16)
CAP_FIELD(endpoint, rights, 0, 5, 4)
CAP_FIELD(endpoint, badge, 1, 0, 64)

CAP_POINTER(notification, ptr, 0, 16)
CAP_FIELD(notification, rights, 0, 5, 4) /* RIGHT_READ: wait; RIGHT_WRITE: signal */
CAP_FIELD(notification, badge, 1, 0, 64)

CAP_FIELD(cnode, radix, 0, 5, 6)
CAP_FIELD(cnode, guard_bits, 0, 11, 6)
CAP_FIELD(cnode, ptr_shifted, 0, 17, 43) /* pointer >> SLOT_BITS, low 48 bits of the pointer */
CAP_FIELD(cnode, guard, 1, 0, 64)

CAP_POINTER(thread, ptr, 0, 16)

CAP_POINTER(reply, ptr, 0, 16) /* the TCB that waits for the reply */
CAP_FIELD(reply, master, 0, 5, 1)
CAP_FIELD(reply, can_grant, 0, 6, 1)

CAP_FIELD(smc, badge, 1, 0, 64) /* 0: any function; else the only one that may be called */

CAP_FIELD(irq_handler, irq, 1, 0, 32)
CAP_FIELD(sgi, irq, 1, 0, 32)
CAP_FIELD(sgi, target, 1, 32, 32)

/* A zombie is what is left of a CNode or TCB whose slots are still being deleted. */
CAP_POINTER(zombie, ptr, 0, 16)
CAP_FIELD(zombie, bits, 0, 5, 6)   /* radix, or 63 for a TCB */
CAP_FIELD(zombie, count, 1, 0, 48) /* slots that remain */
