/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest root task that proves that a seL4 kernel was entered properly: prints the boot info through PL011, which
 * it maps itself, so that it needs no debug system call and runs on debug and release kernels alike. It needs no
 * libsel4: the few numbers it uses are those of seL4 16.0.0 without MCS.
 */
#include <stdint.h>

enum { SYS_CALL = -1, SYS_YIELD = -7 };
enum { LABEL_UNTYPED_RETYPE = 1, LABEL_PAGE_MAP = 40 };
enum { OBJECT_UNTYPED = 0, OBJECT_SMALL_PAGE = 7 };
enum { CAP_CNODE = 2, CAP_VSPACE = 3 };
enum { RIGHTS_READ_WRITE = 3, ATTR_DEVICE_XN = 4 };

#define UART_PHYS 0x09000000ul
#define BOOTINFO_EXTRA_FDT 6

struct region {
    uint64_t start, end;
};

struct untyped {
    uint64_t phys;
    uint8_t size_bits, is_device, pad[6];
};

struct bootinfo {
    uint64_t extra_bytes, node, nodes, iopt_levels;
    uint64_t *ipc_buffer;
    struct region empty, shared_frames, user_frames, user_paging, io_space, extra_pages;
    uint64_t cnode_bits, domain;
    struct region untyped;
    struct untyped untypeds[230];
};

static volatile uint32_t *uart;
static uint64_t *ipc_words; /* message registers, in the IPC buffer behind the tag */
char image_end_marker[] = "end of the root task's data";
static uint8_t zeroes[0x5000];

static uint64_t call(uint64_t cap, uint64_t label, uint64_t extra_caps, uint64_t length, const uint64_t mr[4])
{
    register uint64_t x0 __asm__("x0") = cap;
    register uint64_t x1 __asm__("x1") = label << 12 | extra_caps << 7 | length;
    register uint64_t x2 __asm__("x2") = mr[0];
    register uint64_t x3 __asm__("x3") = mr[1];
    register uint64_t x4 __asm__("x4") = mr[2];
    register uint64_t x5 __asm__("x5") = mr[3];
    register int64_t x7 __asm__("x7") = SYS_CALL;
    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5)
                     : "r"(x7)
                     : "memory");
    return x1 >> 12;
}

static uint64_t retype(uint64_t cap, uint64_t type, uint64_t bits, uint64_t slot)
{
    ipc_words[1 + 4] = slot;    /* MR4: node offset */
    ipc_words[1 + 5] = 1;       /* MR5: one object */
    ipc_words[122] = CAP_CNODE; /* the extra cap: destination root */
    return call(cap, LABEL_UNTYPED_RETYPE, 1, 6, (uint64_t[4]){type, bits, 0, 0});
}

/* Carves the device untyped that holds `phys` down to the one page there; returns its slot, or 0. */
static uint64_t carve_page(const struct bootinfo *bi, uint64_t phys)
{
    uint64_t slot = bi->empty.start;
    for (uint64_t i = 0; i < bi->untyped.end - bi->untyped.start; i++) {
        const struct untyped *u = &bi->untypeds[i];
        if (!u->is_device || phys < u->phys || phys >= u->phys + (1ul << u->size_bits)) {
            continue;
        }
        uint64_t cap = bi->untyped.start + i, at = u->phys;
        for (unsigned bits = u->size_bits; bits > 12;) {
            bits--;
            if (retype(cap, OBJECT_UNTYPED, bits, slot)) {
                return 0;
            }
            if (phys >= at + (1ul << bits)) { /* the upper half is the next child */
                at += 1ul << bits;
                slot++;
                if (retype(cap, OBJECT_UNTYPED, bits, slot)) {
                    return 0;
                }
            }
            cap = slot++;
        }
        return retype(cap, OBJECT_SMALL_PAGE, 0, slot) ? 0 : slot;
    }
    return 0;
}

/* The last page of the image's own 2 MiB: the kernel has made the page table for it already. */
static uint64_t map_uart(const struct bootinfo *bi)
{
    uint64_t page = carve_page(bi, UART_PHYS), virt = (uint64_t)zeroes | 0x1ff000;
    virt &= ~0xffful;
    ipc_words[122] = CAP_VSPACE;
    if (page == 0 ||
        call(page, LABEL_PAGE_MAP, 1, 3, (uint64_t[4]){virt, RIGHTS_READ_WRITE, ATTR_DEVICE_XN, 0})) {
        return 0;
    }
    uart = (volatile uint32_t *)virt;
    return virt;
}

static void put_text(const char *text)
{
    while (*text) {
        while (uart[0x18 / 4] & 0x20) {
        }
        uart[0] = (uint8_t)*text++;
    }
}

static void report(const char *name, uint64_t value)
{
    char digits[2] = {0, 0};
    put_text("roottask: ");
    put_text(name);
    put_text("=0x");
    for (int shift = 60; shift >= 0; shift -= 4) {
        digits[0] = "0123456789abcdef"[(value >> shift) & 15];
        put_text(digits);
    }
    put_text("\r\n");
}

static uint64_t extra_length(const struct bootinfo *bi, uint64_t id)
{
    const uint8_t *at = (const uint8_t *)bi + 0x1000, *end = at + bi->extra_bytes;
    while (at < end) {
        const uint64_t *head = (const uint64_t *)at;
        if (head[0] == id) {
            return head[1];
        }
        at += head[1];
    }
    return 0;
}

__attribute__((noreturn)) void roottask_main(const struct bootinfo *bi)
{
    uint64_t ram = 0, nonzero = 0, counter, frequency;
    ipc_words = bi->ipc_buffer;
    if (!map_uart(bi)) {
        *(volatile uint64_t *)0xdead000 = 0; /* a debug kernel prints the fault */
    }
    for (uint64_t i = 0; i < bi->untyped.end - bi->untyped.start; i++) {
        ram += bi->untypeds[i].is_device ? 0 : 1ul << bi->untypeds[i].size_bits;
    }
    for (uint64_t i = 0; i < sizeof(zeroes); i++) {
        nonzero += zeroes[i] != 0;
    }
    __asm__ volatile("mrs %0, cntpct_el0\n\tmrs %1, cntfrq_el0" : "=r"(counter), "=r"(frequency));
    report("user_pages", bi->user_frames.end - bi->user_frames.start);
    report("untyped_ram", ram);
    report("fdt", extra_length(bi, BOOTINFO_EXTRA_FDT));
    report("bss_nonzero", nonzero);
    report("data", image_end_marker[0]);
    report("counter", counter > 0);
    report("frequency", frequency);
    put_text("roottask: done\r\n");
    for (;;) {
        register int64_t x7 __asm__("x7") = SYS_YIELD;
        __asm__ volatile("svc #0" : : "r"(x7) : "memory");
    }
}
