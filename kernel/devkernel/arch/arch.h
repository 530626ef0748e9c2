/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of arch/ share with each other. The portable half sees only include/kernel.h. */
#pragma once

#include "abi.h"
#include "kernel.h"
#include "pte.h"

/* ---- The image's own layout (kernel.ld) ---- */
extern char kernel_start[], kernel_text_end[], kernel_rodata_end[], kernel_stack_guard[], kernel_stack_bottom[];
extern char kernel_end[];

#define PAGE_SIZE BIT(SMALL_PAGE_BITS)
#define ROUND_DOWN(v, to) ((v) & ~((word_t)(to) - 1))
#define ROUND_UP(v, to) (((v) + (word_t)(to) - 1) & ~((word_t)(to) - 1))

/* Physical addresses below this are in the kernel window, and may be devices that user space can map. */
#define WINDOW_SIZE BIT(39)
#define DEVICE_TOP BIT(40)

struct range {
    paddr_t start, end; /* end is exclusive */
};

/* ---- platform.c: what the machine is, from the DTB or the defaults for QEMU virt ---- */
enum { MAX_IRQS = 1020 }; /* architectural: the numbers above are special */
enum { MAX_RAM_RANGES = 8, MAX_RESERVED_RANGES = 16, MAX_GIC_RANGES = 4 };
enum conduit { CONDUIT_HVC, CONDUIT_SMC };
struct platform {
    struct range ram[MAX_RAM_RANGES]; /* ascending, page aligned, disjoint */
    uint32_t ram_count;
    struct range reserved[MAX_RESERVED_RANGES]; /* RAM that is not ours to use */
    uint32_t reserved_count;
    struct range gic[MAX_GIC_RANGES]; /* v2: distributor, CPU interface, …; v3: distributor, redistributors, … */
    uint32_t gic_count;
    uint32_t gic_version; /* 2 or 3 */
    paddr_t uart;
    uint32_t timer_irq; /* the kernel's: virtual timer PPI */
    uint32_t irq_limit; /* user space is offered no more than this, and no more than the controller has */
    enum conduit conduit;
};
extern struct platform platform;
void platform_defaults(void);
/* Halts with a message if the blob is malformed, or does not describe a machine that holds the kernel. */
void platform_from_dtb(const void *dtb, word_t bytes, struct range kernel);

/* ---- fdt.c: bounded reader of flattened device trees ---- */
struct fdt_blob {
    const uint8_t *base;
    uint32_t total; /* bytes that may be read */
    uint32_t structs, structs_size, strings, strings_size, reservations;
    uint32_t used; /* the blob without the padding behind it */
};
struct fdt_property {
    const uint8_t *data;
    uint32_t bytes;
};
enum { FDT_MAX_DEPTH = 16 };
/* One node with the properties that the kernel cares about; data NULL where absent. */
struct fdt_node {
    const char *name;
    uint32_t depth;                         /* the root is 0 */
    uint32_t address_cells, size_cells;     /* of the parent: they rule this node's reg */
    struct fdt_property compatible, reg, interrupts, device_type, method, status;
};
const char *fdt_open(struct fdt_blob *blob, const void *dtb, word_t bytes); /* NULL, or why it is refused */
const char *fdt_for_each_node(const struct fdt_blob *blob, void (*visit)(const struct fdt_node *));
bool fdt_reservation(const struct fdt_blob *blob, uint32_t index, struct range *out);
bool fdt_is_compatible(struct fdt_property p, const char *name);
bool fdt_equals(struct fdt_property p, const char *text);
uint32_t fdt_cell(struct fdt_property p, uint32_t index); /* 0 past the end */
bool fdt_reg(const struct fdt_node *node, uint32_t index, struct range *out);

/* ---- kernel_map.c: the kernel's half of the address space ---- */
void kernel_map_early(paddr_t dtb, word_t dtb_bytes); /* image, console, DTB */
void kernel_map_final(void);                          /* all RAM, interrupt controller, console */
bool kernel_map_covers(paddr_t start, word_t bytes);  /* RAM that the kernel can touch */
extern paddr_t empty_vspace; /* a root table with nothing in it */

/* ---- boot_memory.c: physical memory while booting ---- */
void boot_memory_init(struct range user_image);
void boot_memory_reserve(struct range r);
void boot_memory_release(struct range r);
void *boot_alloc(word_t bytes, word_t align); /* zeroed; panics when there is none */
uint32_t boot_memory_ranges(const struct range **out);

/* ---- bootinfo.c: the initial thread's capabilities and boot information ---- */
struct boot_request {
    struct range image;          /* physical */
    word_t image_vaddr;          /* where the image starts for the user */
    word_t entry;
    const void *dtb;             /* NULL: none */
    word_t dtb_bytes;
    struct range dtb_range;      /* physical pages that hold it */
};
struct tcb *create_initial_thread(const struct boot_request *request);

/* ---- vspace.c: page tables of user address spaces ---- */
struct walk {
    pte_t *entry;   /* where the walk stopped */
    word_t bits;    /* log2 of what one entry there covers: 39, 30, 21, 12 */
};
struct walk vspace_walk(pte_t *root, word_t vaddr, word_t target_bits);
bool pte_is_table(pte_t pte, word_t bits);
paddr_t pte_address(pte_t pte);
pte_t pte_for_table(const void *table);
pte_t pte_for_frame(paddr_t pa, word_t bits, word_t rights, word_t attributes);
void pte_write(pte_t *entry, pte_t value);
void tlb_flush_page(word_t asid, word_t vaddr);
void tlb_flush_asid(word_t asid);
void vspace_enter(const struct tcb *t);
void vspace_leave(const pte_t *root); /* the root is going away */
status_t vspace_argument(const struct invocation *inv, pte_t **root, word_t *asid); /* extra cap 0 */

extern const uint8_t frame_bits[3];
status_t frame_decode(struct invocation *inv);
void frame_unmap(struct cap cap);
status_t page_table_decode(struct invocation *inv);
void page_table_unmap(struct cap cap);

/* ---- asid.c ---- */
enum { ASID_POOL_COUNT = 128, ASIDS_PER_POOL = 512 };
struct asid_pool {
    pte_t *root[ASIDS_PER_POOL];
};
_Static_assert(sizeof(struct asid_pool) == BIT(ASID_POOL_BITS), "ASID pool size is ABI");
pte_t *asid_root(word_t asid); /* NULL: not assigned */
void asid_install_pool(word_t base, struct asid_pool *pool);
void asid_release(word_t asid, const pte_t *root);
void asid_release_pool(struct cap pool);
status_t asid_control_decode(struct invocation *inv);
status_t asid_pool_decode(struct invocation *inv);

/* ---- cache.c ---- */
status_t vspace_cache_decode(struct invocation *inv);
status_t frame_cache_decode(struct invocation *inv);

/* ---- smc.c ---- */
status_t smc_decode(struct invocation *inv);
void conduit_call(word_t regs[8]);

/* ---- irq.c and the two interrupt controllers ---- */
struct irq_controller {
    uint32_t (*init)(void);                     /* returns the number of interrupt lines */
    uint32_t (*acknowledge)(uint32_t *token);   /* the interrupt number; ≥ 1020: none */
    void (*finish)(uint32_t token);
    void (*mask)(uint32_t irq, bool masked);
    void (*set_trigger)(uint32_t irq, bool edge);
    bool (*sgi_target_valid)(uint32_t target);
    void (*send_sgi)(uint32_t irq, uint32_t target);
    void (*send_sgi_to_self)(uint32_t irq);
};
extern const struct irq_controller gic2_controller, gic3_controller;
void irq_init(void);
void irq_dispatch(void); /* acknowledges and delivers one interrupt */

/* ---- timer.c ---- */
void timer_init(void);
void timer_interrupt(void);

/* ---- fpu.c ---- */
void fpu_enter(struct tcb *t);            /* sets the trap for the thread that runs next */
bool fpu_trap(struct tcb *t);             /* false: the thread may not use the FPU */

/* ---- exit.c, vectors.S ---- */
_Noreturn void enter_user(struct context *ctx);
