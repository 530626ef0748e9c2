// SPDX-License-Identifier: Apache-2.0
// Registers of a virtio-mmio transport (virtio 1.2, section 4.2): byte offsets in a slot of 512 bytes.

export const MAGIC: u32 = 0x000;
export const VERSION: u32 = 0x004;
export const DEVICE_ID: u32 = 0x008;
export const DEVICE_FEATURES: u32 = 0x010;
export const DEVICE_FEATURES_SELECT: u32 = 0x014;
export const DRIVER_FEATURES: u32 = 0x020;
export const DRIVER_FEATURES_SELECT: u32 = 0x024;
export const GUEST_PAGE_SIZE: u32 = 0x028; // legacy only
export const QUEUE_SELECT: u32 = 0x030;
export const QUEUE_SIZE_MAX: u32 = 0x034;
export const QUEUE_SIZE: u32 = 0x038;
export const QUEUE_ALIGN: u32 = 0x03c; // legacy only
export const QUEUE_PFN: u32 = 0x040; // legacy only
export const QUEUE_READY: u32 = 0x044;
export const QUEUE_NOTIFY: u32 = 0x050;
export const INTERRUPT_STATUS: u32 = 0x060;
export const INTERRUPT_ACK: u32 = 0x064;
export const STATUS: u32 = 0x070;
export const QUEUE_DESCRIPTORS: u32 = 0x080; // 64 bits, low word first
export const QUEUE_AVAILABLE: u32 = 0x090;
export const QUEUE_USED: u32 = 0x0a0;
export const CONFIG: u32 = 0x100;

export const MAGIC_VALUE: u32 = 0x74726976; // "virt"
export const VERSION_LEGACY: u32 = 1;
export const VERSION_MODERN: u32 = 2;
export const DEVICE_NETWORK: u32 = 1;

export const STATUS_ACKNOWLEDGE: u32 = 1;
export const STATUS_DRIVER: u32 = 2;
export const STATUS_DRIVER_OK: u32 = 4;
export const STATUS_FEATURES_OK: u32 = 8;
export const STATUS_FAILED: u32 = 128;

/** Feature bits: the network device's in the low word, VERSION_1 in the high one. */
/** The card completes checksums of frames that are sent; it says of received ones that there is nothing to check. */
export const FEATURE_CHECKSUM: u32 = 1 << 0;
export const FEATURE_GUEST_CHECKSUM: u32 = 1 << 1;
export const FEATURE_MAC: u32 = 1 << 5;
export const FEATURE_HIGH_VERSION_1: u32 = 1;
