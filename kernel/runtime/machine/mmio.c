/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `mmio` imports of components (lib/machine/mmio.ts): device registers, 32 bits at a time.
 */
#include "mmio.h"

struct w2c_mmio;

uint32_t w2c_mmio_read32(struct w2c_mmio *unused, uint32_t region, uint32_t offset)
{
    (void)unused;
    return *device_register(region, offset);
}

void w2c_mmio_write32(struct w2c_mmio *unused, uint32_t region, uint32_t offset, uint32_t value)
{
    (void)unused;
    *device_register(region, offset) = value;
}
