/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The payload table: what the image packer (compiler/src/image/) tells the loader. The packer writes it as assembly
 * beside the bytes it describes; the loader trusts nothing in it before payload_check() has passed. Every field is
 * 64 bits wide so that packer, assembler and C agree on the layout without padding.
 *
 *   +0x00  magic "CHXBOOT1"      +0x40  user_start (phys)
 *   +0x08  ram_start (phys)      +0x48  user_end (phys, exclusive, page aligned)
 *   +0x10  ram_end               +0x50  user_pv_offset (phys - virt, modulo 2^64)
 *   +0x18  kernel_start (phys)   +0x58  user_entry (virt)
 *   +0x20  kernel_end            +0x60  dtb_destination (phys, page aligned)
 *   +0x28  kernel_virt           +0x68  gic_version: 2, 3, or 0 for a kernel that drives both
 *   +0x30  kernel_entry (virt)   +0x70  segments, ascending by destination
 *   +0x38  segment_count
 */
#ifndef LOADER_PAYLOAD_H
#define LOADER_PAYLOAD_H

#include <stdint.h>

#define PAYLOAD_MAGIC 0x31544f4f42584843ul /* "CHXBOOT1", little-endian */
#define PAYLOAD_SEGMENTS_MAX 32u
#define PAGE_BYTES 0x1000ul
#define BLOCK_BYTES 0x200000ul
#define GIB 0x40000000ul

struct segment {
    uint64_t source;     /* where the packer put the bytes, inside the loader's own image */
    uint64_t file_bytes; /* how many of them */
    uint64_t destination;
    uint64_t memory_bytes; /* at least file_bytes; the rest is zero-filled */
};

struct payload {
    uint64_t magic;
    uint64_t ram_start;
    uint64_t ram_end;
    uint64_t kernel_start;
    uint64_t kernel_end;
    uint64_t kernel_virt;
    uint64_t kernel_entry;
    uint64_t segment_count;
    uint64_t user_start;
    uint64_t user_end;
    uint64_t user_pv_offset;
    uint64_t user_entry;
    uint64_t dtb_destination;
    uint64_t gic_version;
    struct segment segments[];
};

/* Defined by the packer's generated assembly and by the linker script. */
extern const struct payload payload_table;
extern const char loader_image_start[];
extern const char loader_image_end[];
extern const char loader_bss_start[];
extern const char loader_bss_end[];

/* Halts with a message unless every field is in bounds and nothing overlaps. Touches only the table itself. */
void payload_check(const struct payload *p);

/* Halts with a message if [start, start + bytes) is not free to hold the device tree. */
void payload_check_dtb(const struct payload *p, uint64_t bytes);

/* Copies every segment to its place, zero-fills the rest and makes it visible to an uncached observer. */
void payload_place(const struct payload *p);

#endif
