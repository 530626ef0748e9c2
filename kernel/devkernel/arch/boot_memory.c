/* SPDX-License-Identifier: Apache-2.0 */
/* Physical memory while the kernel boots: a sorted list of free ranges. What boot objects do not take becomes the
 * initial thread's untyped memory. */

#include "arch.h"

enum { MAX_FREE_RANGES = 64 };

static struct range free_ranges[MAX_FREE_RANGES];
static uint32_t free_count;

static void insert_at(uint32_t at, struct range r)
{
    if (free_count == MAX_FREE_RANGES) {
        kernel_panic(__FILE__, __LINE__, "boot memory is in too many pieces");
    }
    for (uint32_t i = free_count++; i > at; i--) {
        free_ranges[i] = free_ranges[i - 1];
    }
    free_ranges[at] = r;
}

static void remove_at(uint32_t at)
{
    free_count--;
    for (uint32_t i = at; i < free_count; i++) {
        free_ranges[i] = free_ranges[i + 1];
    }
}

/* Takes r out of the free list, whatever part of it is free. */
void boot_memory_reserve(struct range r)
{
    for (uint32_t i = 0; i < free_count;) {
        struct range *f = &free_ranges[i];
        if (r.end <= f->start || f->end <= r.start) {
            i++;
            continue;
        }
        struct range tail = {r.end, f->end};
        if (f->start < r.start) {
            f->end = r.start;
            i++;
        } else {
            remove_at(i);
        }
        if (tail.start < tail.end) {
            insert_at(i, tail);
        }
    }
}

void boot_memory_release(struct range r)
{
    uint32_t at = 0;
    while (at < free_count && free_ranges[at].start < r.start) {
        at++;
    }
    insert_at(at, r);
    for (uint32_t i = 0; i + 1 < free_count;) { /* join neighbours; overlaps are swallowed */
        if (free_ranges[i].end >= free_ranges[i + 1].start) {
            if (free_ranges[i].end < free_ranges[i + 1].end) {
                free_ranges[i].end = free_ranges[i + 1].end;
            }
            remove_at(i + 1);
        } else {
            i++;
        }
    }
}

void boot_memory_init(struct range user_image)
{
    for (uint32_t i = 0; i < platform.ram_count; i++) {
        insert_at(free_count, platform.ram[i]);
    }
    for (uint32_t i = 0; i < platform.reserved_count; i++) {
        boot_memory_reserve(platform.reserved[i]);
    }
    boot_memory_reserve((struct range){PTR_TO_PHYS(kernel_start), PTR_TO_PHYS(kernel_end)});
    boot_memory_reserve(user_image);
}

void *boot_alloc(word_t bytes, word_t align)
{
    for (uint32_t i = 0; i < free_count; i++) {
        paddr_t start = ROUND_UP(free_ranges[i].start, align);
        if (start < free_ranges[i].end && bytes <= free_ranges[i].end - start) {
            boot_memory_reserve((struct range){start, start + bytes});
            memory_zero(PHYS_TO_PTR(start), bytes);
            return PHYS_TO_PTR(start);
        }
    }
    kernel_panic(__FILE__, __LINE__, "no memory for the initial thread's objects");
}

uint32_t boot_memory_ranges(const struct range **out)
{
    *out = free_ranges;
    return free_count;
}
