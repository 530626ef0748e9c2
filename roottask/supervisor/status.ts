// SPDX-License-Identifier: Apache-2.0
// The status pages of the instances, as mapped in the root task's linear memory. The instance writes them at any time, so
// every value is loaded once and only used as a number. docs/domains.md has the layout too, kernel/runtime/domain its other side.
//
//   Page   progress u64 · inCall u64 · heapUsed u64 · stackUsed u64 · beats u64 · 24 bytes · control u64 · alarm u64
//          from byte 1024 on: physical addresses of DMA frames, u64 each
import { ROOT_STATUS_OFFSET } from '../../generated/layout';
import { loadAcquire64, storeRelease64 } from '../../lib/machine/memory';
import { Instance } from './instances';

const PAGE: u32 = 4096;
const DMA: u32 = 1024;


@unmanaged
class Page {
  progress: u64;
  inCall: u64;
  heapUsed: u64;
  stackUsed: u64;
  beats: u64;
  unused0: u64;
  unused1: u64;
  unused2: u64;
  control: u64;
  alarm: u64;
}

/** DMA frames of one domain at most. */
export const DMA_FRAMES: u32 = 384;

function page(i: Instance): u32 {
  return ROOT_STATUS_OFFSET + i.number * PAGE;
}

export function progress(i: Instance): u64 {
  return loadAcquire64(page(i) + offsetof<Page>('progress'));
}
export function inCall(i: Instance): u64 {
  return loadAcquire64(page(i) + offsetof<Page>('inCall'));
}
export function heapUsed(i: Instance): u64 {
  return loadAcquire64(page(i) + offsetof<Page>('heapUsed'));
}
export function stackUsed(i: Instance): u64 {
  return loadAcquire64(page(i) + offsetof<Page>('stackUsed'));
}
export function beats(i: Instance): u64 {
  return loadAcquire64(page(i) + offsetof<Page>('beats'));
}
/** Counter value at which the instance wants to be woken; 0: never. */
export function alarm(i: Instance): u64 {
  return loadAcquire64(page(i) + offsetof<Page>('alarm'));
}
/** Tells the instance where its DMA frame `index` is. */
export function setDmaAddress(i: Instance, index: u32, address: u64): void {
  if (index < DMA_FRAMES) storeRelease64(page(i) + DMA + index * 8, address);
}
/** A request of a test image; production never writes it. */
export function setControl(i: Instance, value: u64): void {
  storeRelease64(page(i) + offsetof<Page>('control'), value);
}
