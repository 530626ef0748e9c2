/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A component's device window: region `n` is one 4 KiB device page at DEVICE_WINDOW + n * 4 KiB. The window lies
 * outside the linear memory's window, and offsets wrap inside their page, so a component reaches its devices and
 * nothing else. The same numbers stand in lib/machine/mmio.ts for the code that maps the pages.
 */
#pragma once

#include <stdint.h>

#ifndef DEVICE_WINDOW
#define DEVICE_WINDOW 0xa0000000ul /* the root task's; domains have theirs below their image */
#define DEVICE_REGIONS 256u
#endif
#define DEVICE_REGION_BITS 12

static inline volatile uint32_t *device_register(uint32_t region, uint32_t offset)
{
    uint64_t index = region % DEVICE_REGIONS;
    return (volatile uint32_t *)(DEVICE_WINDOW + (index << DEVICE_REGION_BITS) + (offset & 0xffcu));
}
