// SPDX-License-Identifier: Apache-2.0
// Ordered accesses to linear memory that another domain, or a device, writes at the same time. A plain load in a loop is
// compiled away, and wasm has no acquire or release on unshared memory. Misaligned or outside: a trap.

@external("memory", "load_acquire32")
export declare function loadAcquire32(offset: u32): u32;


@external("memory", "load_acquire64")
export declare function loadAcquire64(offset: u32): u64;


@external("memory", "store_release32")
export declare function storeRelease32(offset: u32, value: u32): void;


@external("memory", "store_release64")
export declare function storeRelease64(offset: u32, value: u64): void;

/** A full barrier. */
@external("memory", "fence")
export declare function fence(): void;
