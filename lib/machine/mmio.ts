// SPDX-License-Identifier: Apache-2.0
// Device registers. A region is one mapped 4 KiB device page, named by its index in the component's device window; the
// offset is taken modulo the page and aligned down, so no access can leave the window.

/** Byte size of a region. */
export const REGION_BYTES: u64 = 4096;

/** First virtual address of the device window; region `n` is mapped at `DEVICE_WINDOW + n * REGION_BYTES`. */
export const DEVICE_WINDOW: u64 = 0xa0000000;


@external("mmio", "read32")
export declare function read32(region: u32, offset: u32): u32;


@external("mmio", "write32")
export declare function write32(region: u32, offset: u32, value: u32): void;
