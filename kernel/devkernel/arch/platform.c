/* SPDX-License-Identifier: Apache-2.0 */
/* What machine this is: RAM, interrupt controller, console, timer interrupt and firmware conduit, read from the DTB.
 * Without a DTB the kernel assumes QEMU's virt machine with 1 GiB of RAM and a GICv2. */

#include "arch.h"

struct platform platform = {.uart = 0x09000000}; /* the console must work before the DTB is read */

enum { PPI_BASE = 16, VIRTUAL_TIMER_INDEX = 2, INTERRUPT_CELLS = 3 };
/* On QEMU virt the kernel offers as many interrupts as a genuine seL4 built for it, whatever the controller has; all of
 * the machine's devices are among them. */
enum { QEMU_VIRT_IRQS = 160 };
enum { GICV3_DISTRIBUTOR_BYTES = 0x10000 };
enum { GIC_RANGE_LIMIT = 0x4000000 }; /* no more device space than this is believed to be an interrupt controller */

static const char *refusal; /* the first complaint of the visitor */

void platform_defaults(void)
{
    platform = (struct platform){
        .ram = {{0x40000000, 0x80000000}},
        .ram_count = 1,
        .gic = {{0x08000000, 0x08010000}, {0x08010000, 0x08020000}},
        .gic_count = 2,
        .gic_version = 2,
        .uart = 0x09000000,
        .timer_irq = 27,
        .irq_limit = QEMU_VIRT_IRQS,
        .conduit = CONDUIT_HVC,
    };
}

static bool is_enabled(const struct fdt_node *node)
{
    return !node->status.data || fdt_equals(node->status, "okay") || fdt_equals(node->status, "ok");
}

static void add_ram(const struct fdt_node *node)
{
    struct range r;
    for (uint32_t i = 0; fdt_reg(node, i, &r); i++) {
        r.start = ROUND_UP(r.start, PAGE_SIZE);
        r.end = ROUND_DOWN(r.end < WINDOW_SIZE ? r.end : WINDOW_SIZE, PAGE_SIZE);
        if (r.start >= r.end) {
            continue;
        }
        if (platform.ram_count == MAX_RAM_RANGES) {
            refusal = "more than 8 memory ranges";
            return;
        }
        uint32_t at = platform.ram_count++;
        for (; at && platform.ram[at - 1].start > r.start; at--) {
            platform.ram[at] = platform.ram[at - 1];
        }
        platform.ram[at] = r;
    }
}

static void set_gic(const struct fdt_node *node, uint32_t version)
{
    struct range r;
    if (platform.gic_version) {
        return; /* the first one counts */
    }
    platform.gic_version = version;
    for (uint32_t i = 0; i < MAX_GIC_RANGES && fdt_reg(node, i, &r); i++) {
        word_t least = version == 3 && !i ? GICV3_DISTRIBUTOR_BYTES : 1;
        if ((r.start & (PAGE_SIZE - 1)) || r.end > WINDOW_SIZE || r.end - r.start < least ||
            r.end - r.start > GIC_RANGE_LIMIT) {
            refusal = "the interrupt controller's registers are misplaced";
            return;
        }
        r.end = ROUND_UP(r.end, PAGE_SIZE);
        platform.gic[platform.gic_count++] = r;
    }
    if (platform.gic_count < 2) {
        refusal = "the interrupt controller lacks register ranges";
    }
}

static void visit_node(const struct fdt_node *node)
{
    struct range r;
    if (node->depth == 0 && fdt_is_compatible(node->compatible, "linux,dummy-virt")) {
        platform.irq_limit = QEMU_VIRT_IRQS;
    }
    if (node->depth != 1 || !is_enabled(node)) {
        return; /* what the kernel needs stands directly below the root, where no bus translates addresses */
    }
    if (fdt_equals(node->device_type, "memory")) {
        add_ram(node);
    } else if (fdt_is_compatible(node->compatible, "arm,cortex-a15-gic") ||
               fdt_is_compatible(node->compatible, "arm,gic-400")) {
        set_gic(node, 2);
    } else if (fdt_is_compatible(node->compatible, "arm,gic-v3")) {
        set_gic(node, 3);
    } else if (fdt_is_compatible(node->compatible, "arm,pl011") && !platform.uart) {
        if (fdt_reg(node, 0, &r) && r.start < WINDOW_SIZE && !(r.start & (PAGE_SIZE - 1))) {
            platform.uart = r.start;
        }
    } else if (fdt_is_compatible(node->compatible, "arm,armv8-timer")) {
        uint32_t type = fdt_cell(node->interrupts, VIRTUAL_TIMER_INDEX * INTERRUPT_CELLS);
        uint32_t number = fdt_cell(node->interrupts, VIRTUAL_TIMER_INDEX * INTERRUPT_CELLS + 1);
        if (type != 1 || number > 15) {
            refusal = "the timer's interrupts are not private ones";
        } else {
            platform.timer_irq = PPI_BASE + number;
        }
    } else if (fdt_is_compatible(node->compatible, "arm,psci-0.2") ||
               fdt_is_compatible(node->compatible, "arm,psci-1.0")) {
        platform.conduit = fdt_equals(node->method, "smc") ? CONDUIT_SMC : CONDUIT_HVC;
    }
}

static void add_reservations(const struct fdt_blob *blob)
{
    struct range r;
    for (uint32_t i = 0; fdt_reservation(blob, i, &r); i++) {
        if (i == MAX_RESERVED_RANGES) {
            refusal = "more than 16 reserved ranges";
            return;
        }
        r.start = ROUND_DOWN(r.start, PAGE_SIZE);
        r.end = r.end > DEVICE_TOP ? DEVICE_TOP : ROUND_UP(r.end, PAGE_SIZE);
        platform.reserved[platform.reserved_count++] = r;
    }
}

static _Noreturn void refuse(const char *why)
{
    console_puts("devkernel: the device tree is refused: ");
    console_puts(why);
    console_puts("; halted\n");
    arch_halt();
}

static bool overlap(struct range a, struct range b)
{
    return a.start < b.end && b.start < a.end;
}

/* Registers that the kernel maps must be apart from RAM and from each other. */
static const char *check_registers(void)
{
    struct range uart = {platform.uart, platform.uart + PAGE_SIZE};
    for (uint32_t i = 0; i < platform.ram_count; i++) {
        if (overlap(platform.ram[i], uart)) {
            return "the console's registers lie in memory";
        }
    }
    for (uint32_t i = 0; i < platform.gic_count; i++) {
        if (overlap(platform.gic[i], uart)) {
            return "the interrupt controller's registers overlap the console's";
        }
        for (uint32_t j = 0; j < platform.ram_count; j++) {
            if (overlap(platform.gic[i], platform.ram[j])) {
                return "the interrupt controller's registers lie in memory";
            }
        }
        for (uint32_t j = 0; j < i; j++) {
            if (overlap(platform.gic[i], platform.gic[j])) {
                return "the interrupt controller's registers overlap each other";
            }
        }
    }
    return NULL;
}

static const char *check(struct range kernel)
{
    bool found = false;
    for (uint32_t i = 0; i < platform.ram_count; i++) {
        const struct range *r = &platform.ram[i];
        if (i && r->start < platform.ram[i - 1].end) {
            return "memory ranges overlap";
        }
        found |= r->start <= kernel.start && kernel.end <= r->end;
    }
    if (!found) {
        return "the kernel is not inside its memory";
    }
    if (!platform.gic_version) {
        return "it names no GICv2 or GICv3";
    }
    return check_registers();
}

void platform_from_dtb(const void *dtb, word_t bytes, struct range kernel)
{
    struct fdt_blob blob;
    refusal = NULL;
    paddr_t console = platform.uart;
    const char *why = fdt_open(&blob, dtb, bytes);
    if (why) {
        refuse(why);
    }
    platform = (struct platform){.timer_irq = 27, .irq_limit = MAX_IRQS, .conduit = CONDUIT_HVC};
    why = fdt_for_each_node(&blob, visit_node);
    if (!platform.uart) {
        platform.uart = console;
    }
    add_reservations(&blob);
    why = why ? why : refusal ? refusal : check(kernel);
    if (why) {
        platform.uart = console; /* the only one that is mapped so far */
        refuse(why);
    }
}
