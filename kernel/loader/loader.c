/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of events between power-on and the kernel's first instruction. docs/boot.md draws the memory map.
 */
#include "loader.h"

static void announce(const struct payload *p, const struct device_tree *tree, uint64_t start_el)
{
    put_text("cohesix loader: entered at EL");
    put_decimal(start_el);
    put_text("; kernel ");
    put_hex(p->kernel_start);
    put_text("..");
    put_hex(p->kernel_end);
    put_text(", root task ");
    put_hex(p->user_start);
    put_text("..");
    put_hex(p->user_end);
    put_text(", device tree ");
    put_hex((uint64_t)tree->base);
    put_text("+");
    put_hex(tree->bytes);
    put_text("\n");
}

_Noreturn void loader_main(uint64_t dtb_hint, uint64_t start_el)
{
    const struct payload *p = &payload_table;
    console_init();
    payload_check(p);
    mmu_enable(p);

    struct device_tree found = fdt_find(p, dtb_hint);
    fdt_check_machine(&found, p);
    /* The tree goes first: QEMU leaves it exactly where the kernel belongs. */
    struct device_tree tree = fdt_move(&found, p);
    clean_range((uint64_t)tree.base, tree.bytes);
    payload_place(p);

    announce(p, &tree, start_el);
    enter_kernel(p->user_start, p->user_end, p->user_pv_offset, p->user_entry, (uint64_t)tree.base, tree.bytes,
                 p->kernel_entry);
}

_Noreturn void loader_wrong_level(uint64_t start_el)
{
    console_init();
    fail_at("entered at an exception level other than EL1 or EL2 (QEMU: leave out secure=on): ", start_el);
}

_Noreturn void loader_exception(uint64_t syndrome, uint64_t address, uint64_t fault_address)
{
    put_text("cohesix loader: unexpected exception, syndrome ");
    put_hex(syndrome);
    put_text(", fault address ");
    put_hex(fault_address);
    put_text("\n");
    fail_at("cannot go on from ", address);
}
