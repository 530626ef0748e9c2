// SPDX-License-Identifier: Apache-2.0
// A table of numbers in the frames of a ring channel that only one domain writes: u64 words, each replaced as a whole. Readers see
// each number as it was at some moment; numbers that belong together may be of neighbouring moments.
import { loadAcquire64, storeRelease64 } from '../machine/memory';

export function set(base: u32, index: u32, value: u64): void {
  storeRelease64(base + 8 * index, value);
}

/** The writer may write anything: it is a number to be shown, nothing to compute addresses with. */
export function get(base: u32, index: u32): u64 {
  return loadAcquire64(base + 8 * index);
}
