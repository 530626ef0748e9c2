/* SPDX-License-Identifier: Apache-2.0 */
/* What the initial thread starts with: its CNode, address space, thread, boot information, and a capability to every
 * resource of the machine.
 *
 *   user virtual memory                      root CNode (2^13 slots)
 *   image_vaddr  ┌──────────────────┐        0–15   fixed capabilities
 *                │ user image       │        16…    page tables of the initial address space, large levels first
 *   image end    ├──────────────────┤        then   frames of the extra boot information
 *                │ IPC buffer       │        then   frames of the user image, in order
 *   +0x1000      ├──────────────────┤        then   untyped memory: devices, then RAM
 *                │ boot information │        then   empty slots
 *   +0x2000      ├──────────────────┤
 *                │ FDT chunk, if any│ 2^n pages
 *                └──────────────────┘
 */

#include "arch.h"
#include "sysreg.h"

enum { ROOT_CNODE_BITS = 13, MAX_UNTYPEDS = 230, INITIAL_ASID = 1, FIRST_FREE_SLOT = 16 };
enum { EXTRA_PADDING = 0, EXTRA_FDT = 6, EXTRA_HEADER = 16 };
enum {
    SLOT_TCB = 1,
    SLOT_CNODE,
    SLOT_VSPACE,
    SLOT_IRQ_CONTROL,
    SLOT_ASID_CONTROL,
    SLOT_ASID_POOL,
    SLOT_BOOTINFO = 9,
    SLOT_IPC_BUFFER = 10,
    SLOT_DOMAIN = 11,
    SLOT_SMC = 15,
};

struct slot_region {
    word_t start, end;
};
struct untyped_desc {
    word_t paddr;
    uint8_t size_bits, is_device, padding[6];
};
struct boot_info {
    word_t extra_bytes, node_id, node_count, io_page_table_levels, ipc_buffer;
    struct slot_region empty, shared_frames, user_image_frames, user_image_paging, io_space_caps, extra_pages;
    word_t cnode_size_bits; /* one byte and its padding */
    word_t initial_domain;
    struct slot_region untyped;
    struct untyped_desc untyped_list[MAX_UNTYPEDS];
};
_Static_assert(offsetof(struct boot_info, untyped_list) == 0xa8, "boot information is ABI");
_Static_assert(sizeof(struct boot_info) == 0xf08, "boot information is ABI");

/* Everything that the steps below share; it lives only while booting. */
struct builder {
    struct slot *cnode;
    struct boot_info *info;
    pte_t *root;
    word_t next_slot;
    word_t image_end, ipc_vaddr, info_vaddr, extra_vaddr, user_end;
    word_t extra_bits; /* log2 bytes of the extra boot information; 0: none */
    void *extra, *ipc_buffer;
};
static struct builder build;

static void put_cap(word_t index, struct cap cap)
{
    cap_insert(&build.cnode[index], cap, NULL, false);
}

static void append_cap(struct cap cap)
{
    if (build.next_slot == BIT(ROOT_CNODE_BITS)) {
        kernel_panic(__FILE__, __LINE__, "the user image needs more slots than the root CNode has");
    }
    put_cap(build.next_slot++, cap);
}

/* ---- Address space ---- */

static word_t count_tables(word_t start, word_t end, word_t bits)
{
    return ((end - 1) >> bits) - (start >> bits) + 1;
}

/* One table for each 2^bits bytes of user addresses in use; bits 39: level 1, 30: level 2, 21: level 3. */
static void create_tables(word_t start, word_t bits, word_t level)
{
    word_t count = count_tables(start, build.user_end, bits);
    for (word_t i = 0; i < count; i++) {
        word_t vaddr = ROUND_DOWN(start, BIT(bits)) + (i << bits);
        void *table = boot_alloc(PAGE_SIZE, PAGE_SIZE);
        struct walk w = vspace_walk(build.root, vaddr, bits);
        ASSERT(w.bits == bits && !*w.entry);
        *w.entry = pte_for_table(table);
        struct cap cap = cap_of_type(CAP_PAGE_TABLE);
        cap = cap_page_table_set_ptr(cap, table);
        cap = cap_page_table_set_mapped(cap, 1);
        cap = cap_page_table_set_level(cap, level);
        cap = cap_page_table_set_vaddr(cap, vaddr);
        append_cap(cap_page_table_set_asid(cap, INITIAL_ASID));
    }
}

static struct cap map_frame(void *frame, word_t vaddr, word_t attributes)
{
    struct walk w = vspace_walk(build.root, vaddr, SMALL_PAGE_BITS);
    ASSERT(w.bits == SMALL_PAGE_BITS && !*w.entry);
    *w.entry = pte_for_frame(PTR_TO_PHYS(frame), SMALL_PAGE_BITS, RIGHT_READ | RIGHT_WRITE, attributes);
    struct cap cap = cap_of_type(CAP_FRAME);
    cap = cap_frame_set_ptr(cap, frame);
    cap = cap_frame_set_rights(cap, RIGHT_READ | RIGHT_WRITE);
    cap = cap_frame_set_vaddr(cap, vaddr);
    return cap_frame_set_asid(cap, INITIAL_ASID);
}

static void create_vspace(const struct boot_request *request)
{
    struct asid_pool *pool = boot_alloc(sizeof(struct asid_pool), PAGE_SIZE);
    build.root = boot_alloc(BIT(VSPACE_BITS), BIT(VSPACE_BITS));
    pool->root[INITIAL_ASID] = build.root;
    asid_install_pool(0, pool);
    put_cap(SLOT_ASID_CONTROL, cap_of_type(CAP_ASID_CONTROL));
    put_cap(SLOT_ASID_POOL, cap_asid_pool_set_ptr(cap_of_type(CAP_ASID_POOL), pool));
    put_cap(SLOT_VSPACE,
            cap_vspace_set_asid(cap_vspace_set_ptr(cap_of_type(CAP_VSPACE), build.root), INITIAL_ASID));

    build.info->user_image_paging.start = build.next_slot;
    create_tables(request->image_vaddr, 39, 1);
    create_tables(request->image_vaddr, HUGE_PAGE_BITS, 2);
    create_tables(request->image_vaddr, LARGE_PAGE_BITS, 3);
    build.info->user_image_paging.end = build.next_slot;
}

static void map_frames(const struct boot_request *request)
{
    word_t data = ATTRIBUTE_CACHEABLE | ATTRIBUTE_EXECUTE_NEVER;
    put_cap(SLOT_IPC_BUFFER, map_frame(build.ipc_buffer, build.ipc_vaddr, data));
    put_cap(SLOT_BOOTINFO, map_frame(build.info, build.info_vaddr, data));

    word_t first = build.next_slot;
    word_t extra_bytes = build.extra_bits ? BIT(build.extra_bits) : 0;
    for (word_t at = 0; at < extra_bytes; at += PAGE_SIZE) {
        append_cap(map_frame((char *)build.extra + at, build.extra_vaddr + at, data));
    }
    if (extra_bytes) { /* else the region reads 0 to 0 */
        build.info->extra_pages = (struct slot_region){first, build.next_slot};
    }

    build.info->user_image_frames.start = build.next_slot;
    for (paddr_t at = request->image.start; at < request->image.end; at += PAGE_SIZE) {
        append_cap(map_frame(PHYS_TO_PTR(at), request->image_vaddr + (at - request->image.start),
                             ATTRIBUTE_CACHEABLE));
    }
    build.info->user_image_frames.end = build.next_slot;
    dsb(); /* the table walker sees the entries from here on */
}

/* ---- Extra boot information: the DTB without the padding behind it ---- */

static void write32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

static void plan_extra(const struct boot_request *request, struct fdt_blob *blob)
{
    if (request->dtb) {
        ASSERT(!fdt_open(blob, request->dtb, request->dtb_bytes)); /* it was read once already */
        build.extra_bits = SMALL_PAGE_BITS;
        while (BIT(build.extra_bits) < EXTRA_HEADER + ROUND_UP(blob->used, 8)) {
            build.extra_bits++;
        }
    }
}

static void fill_extra(const struct fdt_blob *blob)
{
    word_t *at = build.extra;
    word_t chunk = EXTRA_HEADER + ROUND_UP(blob->used, 8);
    if (BIT(build.extra_bits) - chunk < EXTRA_HEADER) { /* what remains is too small for a chunk of its own */
        chunk = BIT(build.extra_bits);
    }
    at[0] = EXTRA_FDT;
    at[1] = chunk;
    __builtin_memcpy(at + 2, blob->base, blob->used);
    write32((uint8_t *)(at + 2) + 4, blob->used);
    if (chunk < BIT(build.extra_bits)) {
        word_t *padding = at + chunk / sizeof(word_t);
        padding[0] = EXTRA_PADDING;
        padding[1] = BIT(build.extra_bits) - chunk;
    }
    build.info->extra_bytes = BIT(build.extra_bits);
}

/* ---- Untyped memory ---- */

static void append_untyped(paddr_t start, word_t bits, bool device)
{
    word_t n = build.info->untyped.end - build.info->untyped.start;
    if (n == MAX_UNTYPEDS || build.next_slot == BIT(ROOT_CNODE_BITS)) {
        console_puts("devkernel: no room in the boot information for untyped memory at ");
        console_hex(start);
        console_puts("\n");
        return;
    }
    struct cap cap = cap_of_type(CAP_UNTYPED);
    cap = cap_untyped_set_ptr(cap, PHYS_TO_PTR(start));
    cap = cap_untyped_set_size_bits(cap, bits);
    append_cap(cap_untyped_set_device(cap, device));
    build.info->untyped_list[n] =
        (struct untyped_desc){.paddr = start, .size_bits = (uint8_t)bits, .is_device = device};
    build.info->untyped.end = build.next_slot;
}

/* Cuts a range into naturally aligned powers of two. */
static void append_range(struct range r, bool device)
{
    while (r.start < r.end) {
        word_t bits = r.start ? (word_t)__builtin_ctzll(r.start) : WORD_BITS - 1;
        while (BIT(bits) > r.end - r.start) {
            bits--;
        }
        append_untyped(r.start, bits, device);
        r.start += BIT(bits);
    }
}

/* All physical addresses but RAM and the interrupt controller, in ascending order. */
static void append_devices(void)
{
    paddr_t at = 0;
    while (at < DEVICE_TOP) {
        struct range next = {DEVICE_TOP, DEVICE_TOP}; /* the first taken range that ends above `at` */
        for (uint32_t i = 0; i < platform.ram_count; i++) {
            if (platform.ram[i].end > at && platform.ram[i].start < next.start) {
                next = platform.ram[i];
            }
        }
        for (uint32_t i = 0; i < platform.gic_count; i++) {
            if (platform.gic[i].end > at && platform.gic[i].start < next.start) {
                next = platform.gic[i];
            }
        }
        append_range((struct range){at, next.start}, true);
        at = next.end > at ? next.end : at;
    }
}

static void create_untypeds(const struct boot_request *request)
{
    if (request->dtb) { /* copied by now */
        boot_memory_release(request->dtb_range);
    }
    build.info->untyped.start = build.info->untyped.end = build.next_slot;
    append_devices();
    const struct range *free_ranges;
    uint32_t count = boot_memory_ranges(&free_ranges);
    for (uint32_t i = 0; i < count; i++) {
        append_range(free_ranges[i], false);
    }
}

/* ---- Thread ---- */

static struct tcb *create_thread(const struct boot_request *request)
{
    struct tcb *t = boot_alloc(BIT(TCB_BITS), BIT(TCB_BITS));
    struct slot *cnode = build.cnode;
    put_cap(SLOT_TCB, cap_thread_set_ptr(cap_of_type(CAP_THREAD), t));
    cap_insert(&t->slots[TCB_CSPACE], cnode[SLOT_CNODE].cap, &cnode[SLOT_CNODE], false);
    cap_insert(&t->slots[TCB_VSPACE], cnode[SLOT_VSPACE].cap, &cnode[SLOT_VSPACE], false);
    cap_insert(&t->slots[TCB_IPC_BUFFER], cnode[SLOT_IPC_BUFFER].cap, &cnode[SLOT_IPC_BUFFER], false);
    t->ipc_buffer = build.ipc_vaddr;
    arch_init_context(&t->ctx);
    t->ctx.x[0] = build.info_vaddr;
    t->ctx.pc = request->entry;
    t->priority = NUM_PRIORITIES - 1;
    t->mcp = NUM_PRIORITIES - 1;
    t->state = THREAD_RUNNING;
    __builtin_memcpy(t->name, "roottask", sizeof("roottask"));
    return thread_init_slice(t);
}

static void create_cnode(void)
{
    build.cnode = boot_alloc(BIT(ROOT_CNODE_BITS + SLOT_BITS), BIT(ROOT_CNODE_BITS + SLOT_BITS));
    struct cap cap = cap_of_type(CAP_CNODE);
    cap = cap_cnode_set_radix(cap, ROOT_CNODE_BITS);
    cap = cap_cnode_set_guard_bits(cap, WORD_BITS - ROOT_CNODE_BITS);
    put_cap(SLOT_CNODE, cap_cnode_set_ptr_shifted(cap, (word_t)build.cnode >> SLOT_BITS));
}

struct tcb *create_initial_thread(const struct boot_request *request)
{
    struct fdt_blob blob;
    boot_memory_init(request->image);
    if (request->dtb) {
        boot_memory_reserve(request->dtb_range);
    }
    build.image_end = request->image_vaddr + (request->image.end - request->image.start);
    build.ipc_vaddr = build.image_end;
    build.info_vaddr = build.image_end + PAGE_SIZE;
    build.extra_vaddr = build.image_end + 2 * PAGE_SIZE;
    plan_extra(request, &blob);
    build.user_end = build.extra_vaddr + (build.extra_bits ? BIT(build.extra_bits) : 0);
    build.next_slot = FIRST_FREE_SLOT;

    create_cnode();
    build.info = boot_alloc(PAGE_SIZE, PAGE_SIZE);
    build.ipc_buffer = boot_alloc(PAGE_SIZE, PAGE_SIZE);
    build.info->node_count = 1;
    build.info->ipc_buffer = build.ipc_vaddr;
    build.info->cnode_size_bits = ROOT_CNODE_BITS;
    if (build.extra_bits) {
        build.extra = boot_alloc(BIT(build.extra_bits), PAGE_SIZE);
        fill_extra(&blob);
    }
    put_cap(SLOT_IRQ_CONTROL, cap_of_type(CAP_IRQ_CONTROL));
    put_cap(SLOT_DOMAIN, cap_of_type(CAP_DOMAIN));
    put_cap(SLOT_SMC, cap_of_type(CAP_SMC));
    create_vspace(request);
    map_frames(request);
    struct tcb *t = create_thread(request);
    create_untypeds(request);
    build.info->empty = (struct slot_region){build.next_slot, BIT(ROOT_CNODE_BITS)};
    return t;
}
