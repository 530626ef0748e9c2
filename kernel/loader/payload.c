/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The payload table at run time: validated before anything is written, then carried out. A table that fails a check was
 * damaged after the packer wrote it, or was written by a packer that does not match this loader.
 */
#include "loader.h"

static bool inside(uint64_t start, uint64_t bytes, uint64_t low, uint64_t high)
{
    return start >= low && start <= high && bytes <= high - start;
}

static bool overlaps_loader(uint64_t start, uint64_t end)
{
    return ranges_overlap(start, end, (uint64_t)loader_image_start, (uint64_t)loader_image_end);
}

static void check_ram(const struct payload *p)
{
    if (p->magic != PAYLOAD_MAGIC) {
        fail_at("bad payload: the table does not begin with its magic but with ", p->magic);
    }
    if (p->ram_start % BLOCK_BYTES || p->ram_end % BLOCK_BYTES || p->ram_start >= p->ram_end ||
        p->ram_end > 512 * GIB) {
        fail_at("bad payload: impossible RAM range, from ", p->ram_start);
    }
    if (!inside((uint64_t)loader_image_start, (uint64_t)(loader_image_end - loader_image_start), p->ram_start,
                p->ram_end)) {
        fail_at("the loader itself lies outside RAM: ", (uint64_t)loader_image_start);
    }
}

static void check_kernel(const struct payload *p)
{
    uint64_t window = GIB - (p->kernel_virt & (GIB - 1));
    if (p->kernel_start >= p->kernel_end ||
        !inside(p->kernel_start, p->kernel_end - p->kernel_start, p->ram_start, p->ram_end)) {
        fail_at("bad payload: the kernel lies outside RAM: ", p->kernel_start);
    }
    if (p->kernel_start % BLOCK_BYTES || p->kernel_virt % BLOCK_BYTES || p->kernel_virt >> 48 != 0xffff ||
        p->kernel_end - p->kernel_start > window) {
        fail_at("bad payload: the kernel cannot be mapped with 2 MiB blocks at ", p->kernel_virt);
    }
    if (p->kernel_entry - p->kernel_virt >= p->kernel_end - p->kernel_start) {
        fail_at("bad payload: the kernel's entry point lies outside it: ", p->kernel_entry);
    }
}

static void check_user(const struct payload *p)
{
    if (p->user_start % PAGE_BYTES || p->user_end % PAGE_BYTES || p->user_pv_offset % PAGE_BYTES) {
        fail_at("bad payload: the root task is not page-aligned: ", p->user_start);
    }
    if (p->user_start >= p->user_end || !inside(p->user_start, p->user_end - p->user_start, p->ram_start, p->ram_end)) {
        fail_at("bad payload: the root task does not fit in RAM: ", p->user_start);
    }
    if (ranges_overlap(p->user_start, p->user_end, p->kernel_start, p->kernel_end)) {
        fail_at("bad payload: the root task overlaps the kernel: ", p->user_start);
    }
    uint64_t entry = p->user_entry + p->user_pv_offset;
    if (entry < p->user_start || entry >= p->user_end) {
        fail_at("bad payload: the root task's entry point lies outside it: ", p->user_entry);
    }
}

static void check_segments(const struct payload *p)
{
    uint64_t reached = 0;
    if (p->segment_count == 0 || p->segment_count > PAYLOAD_SEGMENTS_MAX) {
        fail_at("bad payload: impossible number of segments: ", p->segment_count);
    }
    for (uint64_t i = 0; i < p->segment_count; i++) {
        const struct segment *s = &p->segments[i];
        if (s->file_bytes > s->memory_bytes ||
            !inside(s->source, s->file_bytes, (uint64_t)loader_image_start, (uint64_t)loader_image_end)) {
            fail_at("bad payload: a segment's bytes are not all in the image: ", s->source);
        }
        if (!inside(s->destination, s->memory_bytes, p->kernel_start, p->kernel_end) &&
            !inside(s->destination, s->memory_bytes, p->user_start, p->user_end)) {
            fail_at("bad payload: a segment belongs neither to the kernel nor to the root task: ", s->destination);
        }
        if (s->destination < reached) {
            fail_at("bad payload: two segments overlap at ", s->destination);
        }
        reached = s->destination + s->memory_bytes;
    }
}

void payload_check(const struct payload *p)
{
    check_ram(p);
    check_kernel(p);
    check_user(p);
    check_segments(p);
    if (overlaps_loader(p->kernel_start, p->kernel_end) || overlaps_loader(p->user_start, p->user_end)) {
        fail_at("bad payload: it would be copied over the loader at ", (uint64_t)loader_image_start);
    }
}

void payload_check_dtb(const struct payload *p, uint64_t bytes)
{
    uint64_t start = p->dtb_destination, end = start + bytes;
    if (start % PAGE_BYTES || !inside(start, bytes, p->ram_start, p->ram_end)) {
        fail_at("the device tree does not fit in RAM at ", start);
    }
    if (overlaps_loader(start, end) || ranges_overlap(start, end, p->kernel_start, p->kernel_end) ||
        ranges_overlap(start, end, p->user_start, p->user_end)) {
        fail_at("no room for the device tree at ", start);
    }
}

void payload_place(const struct payload *p)
{
    for (uint64_t i = 0; i < p->segment_count; i++) {
        const struct segment *s = &p->segments[i];
        move_bytes((void *)s->destination, (const void *)s->source, s->file_bytes);
        zero_bytes((void *)(s->destination + s->file_bytes), s->memory_bytes - s->file_bytes);
        clean_range(s->destination, s->memory_bytes);
    }
}
