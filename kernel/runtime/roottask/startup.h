/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The account of what the start code made before the component runs; the component reads it through the `startup`
 * imports (imports.c) and continues from there.
 */
#pragma once

#include <stdint.h>

#include <sel4/sel4.h>

struct startup {
    const seL4_BootInfo *bootinfo;
    uint32_t slots_used;     /* from bootinfo->empty.start on */
    uint32_t untyped_index;  /* of bootinfo->untypedList */
    uint64_t untyped_bytes;  /* in use, from its start */
    seL4_CPtr fault_endpoint;
    seL4_CPtr fault_cap; /* badged, the first thread's fault handler */
};
extern struct startup startup;

/* One object in the next slot; stops the start on failure. */
seL4_CPtr startup_object(seL4_Word type, seL4_Word bits);
/* The next slot, empty. */
seL4_CPtr startup_slot(void);
/* The frame that the kernel mapped at an address of the image. */
seL4_CPtr startup_image_frame(const void *address);
/* Takes pages of the image out of the address space. */
void startup_unmap_guard(const uint8_t *first, const uint8_t *end);
