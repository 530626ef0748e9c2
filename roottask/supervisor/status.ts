// SPDX-License-Identifier: Apache-2.0
// The status pages of the instances, as mapped in the root task's linear memory. The instance writes them at any time, so
// every value is loaded once and only used as a number. Layout: docs/domains.md.
import { INSTANCE_COUNT, ROOT_STATUS_OFFSET } from '../../generated/layout';
import { loadAcquire64, storeRelease64 } from '../../lib/machine/memory';

const PAGE: u32 = 4096;
const PROGRESS: u32 = 0;
const IN_CALL: u32 = 8;
const HEAP_USED: u32 = 16;
const STACK_USED: u32 = 24;
const BEATS: u32 = 32;
const CONTROL: u32 = 64;
const ALARM: u32 = 72;
const DMA: u32 = 1024;
/** DMA frames of one domain at most. */
export const DMA_FRAMES: u32 = 384;


@inline
function page(instance: u32): u32 {
  return ROOT_STATUS_OFFSET + (instance < INSTANCE_COUNT ? instance : 0) * PAGE;
}

export function progress(instance: u32): u64 {
  return loadAcquire64(page(instance) + PROGRESS);
}
export function inCall(instance: u32): u64 {
  return loadAcquire64(page(instance) + IN_CALL);
}
export function heapUsed(instance: u32): u64 {
  return loadAcquire64(page(instance) + HEAP_USED);
}
export function stackUsed(instance: u32): u64 {
  return loadAcquire64(page(instance) + STACK_USED);
}
export function beats(instance: u32): u64 {
  return loadAcquire64(page(instance) + BEATS);
}
/** Counter value at which the instance wants to be woken; 0: never. */
export function alarm(instance: u32): u64 {
  return loadAcquire64(page(instance) + ALARM);
}
/** Tells the instance where its DMA frame `index` is. */
export function setDmaAddress(instance: u32, index: u32, address: u64): void {
  if (index < DMA_FRAMES) storeRelease64(page(instance) + DMA + index * 8, address);
}
/** A request of a test image; production never writes it. */
export function setControl(instance: u32, value: u64): void {
  storeRelease64(page(instance) + CONTROL, value);
}
