/* SPDX-License-Identifier: Apache-2.0 */
/* From the first instruction to the first thread. */

#include "arch.h"
#include "sysreg.h"

#ifndef DEVKERNEL_VERSION
#define DEVKERNEL_VERSION "0.1.0"
#endif

enum { MAX_DTB_BYTES = 2 << 20 };

/* Arguments as the loader leaves them in x0..x5 (start.S). */
_Noreturn void boot_main(paddr_t image_start, paddr_t image_end, word_t pv_offset, word_t entry, paddr_t dtb,
                         word_t dtb_bytes);

static _Noreturn void refuse(const char *why)
{
    console_puts("devkernel: cannot start the user image: ");
    console_puts(why);
    console_puts("; halted\n");
    arch_halt();
}

/* The boot objects behind the image end this far above it at most: IPC buffer, boot information, the DTB. */
#define BEHIND_IMAGE (4ull << 20)

static void check_image(const struct boot_request *r)
{
    const struct range *image = &r->image;
    word_t bytes = image->end - image->start;
    if ((image->start | image->end | r->image_vaddr) & (PAGE_SIZE - 1)) {
        refuse("it is not page aligned");
    }
    if (image->start >= image->end || !kernel_map_covers(image->start, bytes)) {
        refuse("it is not inside memory");
    }
    if (image->start < PTR_TO_PHYS(kernel_end) && image->end > PTR_TO_PHYS(kernel_start)) {
        refuse("it overlaps the kernel");
    }
    if (r->image_vaddr > USER_TOP || bytes + BEHIND_IMAGE > USER_TOP - r->image_vaddr) {
        refuse("it does not fit below the top of user space");
    }
    if (r->entry < r->image_vaddr || r->entry >= r->image_vaddr + bytes || (r->entry & 3)) {
        refuse("its entry point is outside");
    }
}

static void print_machine(void)
{
    word_t mib = 0;
    for (uint32_t i = 0; i < platform.ram_count; i++) {
        mib += (platform.ram[i].end - platform.ram[i].start) >> 20;
    }
    console_puts("cohesix devkernel " DEVKERNEL_VERSION " (seL4 16.0.0 ABI; not seL4, not verified)\n");
    console_puts("devkernel: ");
    console_dec(mib);
    console_puts(" MiB RAM, GICv");
    console_dec(platform.gic_version);
    console_puts(platform.conduit == CONDUIT_SMC ? ", PSCI by smc\n" : ", PSCI by hvc\n");
}

_Noreturn void boot_main(paddr_t image_start, paddr_t image_end, word_t pv_offset, word_t entry, paddr_t dtb,
                         word_t dtb_bytes)
{
    bool dtb_ok = dtb && dtb_bytes && dtb_bytes <= MAX_DTB_BYTES && dtb < WINDOW_SIZE - MAX_DTB_BYTES && !(dtb & 7);
    bool dtb_bad = dtb && !dtb_ok;
    kernel_map_early(dtb, dtb_ok ? dtb_bytes : 0);
    if (dtb_bad) {
        console_puts("devkernel: the device tree is refused: misaligned, empty or larger than 2 MiB; halted\n");
        arch_halt();
    }
    if (dtb) {
        platform_from_dtb(PHYS_TO_PTR(dtb), dtb_bytes,
                          (struct range){PTR_TO_PHYS(kernel_start), PTR_TO_PHYS(kernel_end)});
    } else {
        platform_defaults();
    }
    kernel_map_final();
    print_machine();

    struct boot_request request = {
        .image = {image_start, image_end},
        .image_vaddr = image_start - pv_offset,
        .entry = entry,
        .dtb = dtb ? PHYS_TO_PTR(dtb) : NULL,
        .dtb_bytes = dtb_bytes,
        .dtb_range = {ROUND_DOWN(dtb, PAGE_SIZE), ROUND_UP(dtb + dtb_bytes, PAGE_SIZE)},
    };
    if (dtb && !kernel_map_covers(request.dtb_range.start, request.dtb_range.end - request.dtb_range.start)) {
        refuse("the device tree is not inside memory");
    }
    check_image(&request);
    irq_init();
    timer_init();
    WRITE_SYSREG("cpacr_el1", 0);
    struct tcb *initial = create_initial_thread(&request);
    thread_resume_ready(initial);
    kernel_exit();
}
